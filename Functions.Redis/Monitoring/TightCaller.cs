namespace Functions.Redis.Monitoring;

/// <summary>A caller who has little left of a limit.</summary>
/// <param name="Partition">Who, as limits count callers.</param>
/// <param name="Policy">The limit.</param>
/// <param name="Remaining">What was left.</param>
/// <param name="Limit">Of how many.</param>
/// <param name="At">When.</param>
public sealed record TightCaller(string Partition, string Policy, int Remaining, int Limit, DateTimeOffset At);
