namespace Functions.Http.Policies;

/// <summary>Who is counted by a rate limit.</summary>
public enum RateLimitKey
{
    /// <summary>The client's address.</summary>
    Address,

    /// <summary>The user; the function must require a session.</summary>
    User,

    /// <summary>The session; the function must require a session.</summary>
    Session,

    /// <summary>
    /// What a request header says, such as an API key that a gateway has checked; a request without the header is counted by its address.
    /// A client that chooses the header itself chooses who is counted: combine it with a limit by address.
    /// </summary>
    Header,

    /// <summary>What only the function knows, such as a field of the body: it asks <see cref="FunctionRateLimits"/> itself.</summary>
    Function,
}
