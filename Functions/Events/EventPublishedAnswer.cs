namespace Functions.Events;

/// <summary>The answer of <c>POST /events</c>.</summary>
public sealed record EventPublishedAnswer(string EventId);
