using Functions.OpenApi;

namespace Functions.Users;

/// <summary>The answer of <c>DELETE /users/{id}</c>.</summary>
/// <param name="Deleted">Always true.</param>
/// <param name="CachesCleared">How many cache tags were invalidated: everything that was cached about the user.</param>
/// <param name="SessionsClosed">How many sessions the user had open.</param>
[Example("""{"deleted": true, "caches_cleared": 1, "sessions_closed": 2}""")]
public sealed record UserDeletedAnswer(bool Deleted, int CachesCleared, int SessionsClosed);
