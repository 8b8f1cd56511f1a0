namespace Functions.Data;

/// <summary>How e-mail addresses are compared.</summary>
public static class EmailAddress
{
    /// <summary>The form in which two spellings of one address are equal: trimmed and in lower case.</summary>
#pragma warning disable CA1308 // Addresses are conventionally compared in lower case.
    public static string Normalize(string email) => email.Trim().ToLowerInvariant();
#pragma warning restore CA1308
}
