using System.Text.Json;
using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/tasks/{id}</c>.</summary>
/// <param name="Task">The task.</param>
/// <param name="Payload">What of its payload the handler lets administrators see; null for nothing.</param>
/// <param name="PayloadBytes">How large the payload is.</param>
[Example("""{"task": {"task": {"id": "018f3c5e9b7a4d2c8e1f6a5b4c3d2e1f", "name": "send_email", "state": "dead", "priority": "normal", "attempts": 5, "max_attempts": 5, "progress": null, "created_at": "2026-11-23T10:00:00Z", "started_at": "2026-11-23T10:07:01Z", "finished_at": "2026-11-23T10:07:03.25Z", "next_attempt_at": null, "result": null, "error": "The mail server did not answer."}, "owner": "5"}, "payload": {"to": "ada@example.org", "subject": "Your order"}, "payload_bytes": 84}""")]
public sealed record ConsoleTaskDetail(ConsoleTask Task, JsonElement? Payload, int PayloadBytes);
