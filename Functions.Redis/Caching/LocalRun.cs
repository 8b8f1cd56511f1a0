namespace Functions.Redis.Caching;

/// <summary>A run of a factory whose value goes to the first level at most.</summary>
/// <param name="Guards">Taken before it began.</param>
/// <param name="Flight">The run.</param>
internal sealed record LocalRun<T>(LocalGuards Guards, CacheFlight<FilledValue<T>> Flight);
