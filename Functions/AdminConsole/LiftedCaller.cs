namespace Functions.AdminConsole;

/// <summary>A caller whose limits are lifted.</summary>
/// <param name="Caller">Who: <c>user:5</c> or <c>address:203.0.113.7</c>.</param>
/// <param name="EndsAt">Until when.</param>
public sealed record LiftedCaller(string Caller, DateTimeOffset EndsAt);
