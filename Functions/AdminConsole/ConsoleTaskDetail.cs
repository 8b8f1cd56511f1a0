using System.Text.Json;

namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/tasks/{id}</c>.</summary>
/// <param name="Task">The task.</param>
/// <param name="Payload">What of its payload the handler lets administrators see; null for nothing.</param>
/// <param name="PayloadBytes">How large the payload is.</param>
public sealed record ConsoleTaskDetail(ConsoleTask Task, JsonElement? Payload, int PayloadBytes);
