namespace Functions.Redis.Sessions;

/// <summary>A session in a list.</summary>
/// <param name="Session">The session.</param>
/// <param name="Position">Where it stands among the sessions of its user: later logins have greater numbers. A list goes on behind it.</param>
public sealed record ListedSession(Session Session, long Position);
