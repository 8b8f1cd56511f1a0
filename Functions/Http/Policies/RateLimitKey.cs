namespace Functions.Http.Policies;

/// <summary>Who is counted by a rate limit.</summary>
public enum RateLimitKey
{
    /// <summary>The client's address.</summary>
    Address,

    /// <summary>The user; the function must require a session.</summary>
    User,
}
