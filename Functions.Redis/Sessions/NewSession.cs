namespace Functions.Redis.Sessions;

/// <summary>A session just opened, with the only copy of its token.</summary>
/// <param name="Token">What the client shows from now on: 32 random bytes in base64url. Redis knows only its SHA-256.</param>
/// <param name="Session">The session.</param>
public sealed record NewSession(string Token, Session Session);
