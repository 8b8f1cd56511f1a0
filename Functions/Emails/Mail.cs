namespace Functions.Emails;

/// <summary>What a mail says.</summary>
/// <param name="To">The address that it goes to.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">Plain text.</param>
public sealed record Mail(string? To, string Subject, string Text)
{
    /// <summary>Whether nobody wrote it, so that nobody wants to be answered that the recipient is away. Default false.</summary>
    public bool IsAutomatic { get; init; }
}
