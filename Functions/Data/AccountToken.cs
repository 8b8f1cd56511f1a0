namespace Functions.Data;

/// <summary>What a link in a mail proves, once and until it expires. The link's token itself is nowhere but in the mail.</summary>
public sealed class AccountToken
{
    /// <summary>SHA-256 of the token.</summary>
    public required byte[] Digest { get; init; }

    public int UserId { get; init; }

    public AccountTokenPurpose Purpose { get; init; }

    /// <summary>The mailbox that the mail went to: what the token proves is that its bearer reads mail there.</summary>
    public required string Mailbox { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }
}
