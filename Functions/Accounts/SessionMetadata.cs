namespace Functions.Accounts;

/// <summary>From where a session was opened.</summary>
/// <param name="Ip">The address of the client.</param>
/// <param name="UserAgent">What the client said it was.</param>
public sealed record SessionMetadata(string? Ip, string? UserAgent);
