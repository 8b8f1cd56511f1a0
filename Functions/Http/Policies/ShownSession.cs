using Functions.Redis.Sessions;

namespace Functions.Http.Policies;

/// <summary>The session that a request shows, before it is known whether it is one.</summary>
/// <param name="ByHeader">Whether the header <c>X-Session-ID</c> is there; it wins over the cookie.</param>
/// <param name="ByCookie">Whether the cookie is there.</param>
/// <param name="Token">The token; null if there is none, or the cookie is not signed by us.</param>
/// <param name="Authentication">The answer of Redis, on its way.</param>
internal sealed record ShownSession(bool ByHeader, bool ByCookie, string? Token, Task<Session?> Authentication);
