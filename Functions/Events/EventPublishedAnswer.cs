using Functions.OpenApi;

namespace Functions.Events;

/// <summary>The answer of <c>POST /events</c>.</summary>
[Example("""{"event_id": "0f9d6f0e5b0c4b7f8a3d2c1b0a9f8e7d"}""")]
public sealed record EventPublishedAnswer(string EventId);
