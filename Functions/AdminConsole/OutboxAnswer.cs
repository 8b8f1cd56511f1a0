using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/outbox</c>.</summary>
/// <param name="Waiting">Events that are committed and not yet published.</param>
/// <param name="Published">Events that are published and not yet confirmed to be handled.</param>
/// <param name="Held">Events that could not be published or handled, and wait for their next time.</param>
/// <param name="OldestSeconds">The age of the oldest of them all, in seconds; 0 without any.</param>
[Example("""{"waiting": 0, "published": 2, "held": 0, "oldest_seconds": 0.4}""")]
public sealed record OutboxAnswer(int Waiting, int Published, int Held, double OldestSeconds);
