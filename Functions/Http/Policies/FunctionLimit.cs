using Functions.Redis.RateLimiting;

namespace Functions.Http.Policies;

/// <summary>A rate limit of a function.</summary>
/// <param name="Attribute">As it is declared: who is counted.</param>
/// <param name="Policy">As the settings have it: how much is allowed.</param>
/// <param name="IsOfNetwork">Whether it counts the next larger network instead of the address.</param>
public readonly record struct FunctionLimit(RateLimitAttribute Attribute, RateLimitPolicy Policy, bool IsOfNetwork = false);
