using Functions.OpenApi;

namespace Functions.Accounts;

/// <summary>A mail about an account that is to be sent: the data of the event <c>account_mail</c>, and what its task carries.</summary>
/// <remarks>Streams show the event to its user, and Redis keeps both: neither has a token. The task makes it when it sends the mail.</remarks>
/// <param name="Kind">Which mail.</param>
/// <param name="UserId">Whose account; null where only the address is known.</param>
/// <param name="Email">The address that <see cref="PasswordReset"/> was asked for, or that <see cref="AddressChanged"/> goes to.</param>
[Example("""{"kind": "verification", "user_id": 5, "email": null}""")]
public sealed record AccountMail(string Kind, int? UserId = null, string? Email = null)
{
    public const string EventType = "account_mail";

    /// <summary>A link that verifies the address that is to be verified, if there is one.</summary>
    public const string Verification = "verification";

    /// <summary>A link to set a new password, if the address has an account.</summary>
    public const string PasswordReset = "password_reset";

    /// <summary>Tells the present address that another is to replace it.</summary>
    public const string AddressChangeRequested = "address_change_requested";

    /// <summary>Tells the former address that another has replaced it.</summary>
    public const string AddressChanged = "address_changed";
}
