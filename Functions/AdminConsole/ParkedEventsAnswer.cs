namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/events/parked</c>: the latest 100.</summary>
public sealed record ParkedEventsAnswer(IReadOnlyList<ParkedEventItem> Items);
