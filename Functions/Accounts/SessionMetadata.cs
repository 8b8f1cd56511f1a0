namespace Functions.Accounts;

/// <summary>From where a session was opened.</summary>
public sealed record SessionMetadata(string? Ip, string? UserAgent);
