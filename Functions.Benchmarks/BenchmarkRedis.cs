using Functions.Redis.Connections;

namespace Functions.Benchmarks;

/// <summary>The Redis server that all benchmarks and their peers use.</summary>
internal static class BenchmarkRedis
{
    public static string ConnectionString => Environment.GetEnvironmentVariable("REDIS") ?? "localhost:6379";

    public static RedisOptions Options => new() { ConnectionString = ConnectionString };
}
