using System.Globalization;
using System.Text.RegularExpressions;
using Functions.Redis.Connections;

namespace Functions.Health;

/// <summary>The memory of one server of Redis, in bytes.</summary>
/// <param name="Used">What its data take.</param>
/// <param name="Maximum">Where it begins to evict keys or to refuse writes; 0 for no such limit.</param>
internal readonly partial record struct RedisMemory(long Used, long Maximum)
{
    /// <summary>From here on it is nearly full, and what is evicted or refused next is not for the application to choose.</summary>
    private const double NearlyFull = 0.9;

    private bool IsNearlyFull => Maximum > 0 && Used >= NearlyFull * Maximum;

    /// <summary>Reads the answer to <c>INFO memory</c>.</summary>
    public static RedisMemory Parse(string info)
    {
        var memory = default(RedisMemory);
        foreach (Match field in Fields().Matches(info))
        {
            var bytes = long.Parse(field.Groups["bytes"].ValueSpan, CultureInfo.InvariantCulture);
            memory = field.Groups["name"].Value == "maxmemory" ? memory with { Maximum = bytes } : memory with { Used = bytes };
        }

        return memory;
    }

    /// <summary>Asks every server that has data; empty if none can be reached.</summary>
    public static async Task<IReadOnlyList<RedisMemory>> ReadAsync(RedisConnection redis)
    {
        var masters = (await redis.GetMultiplexerAsync()).GetServers().Where(server => server is { IsConnected: true, IsReplica: false });
        var infos = await Task.WhenAll(masters.Select(server => server.InfoRawAsync("memory")));
        return [.. infos.Select(info => Parse(info ?? ""))];
    }

    /// <summary>How <paramref name="servers"/> are together: as well as the fullest of them.</summary>
    public static HealthCheck Check(IEnumerable<RedisMemory> servers)
    {
        var all = servers.ToArray();
        var full = Array.FindAll(all, server => server.IsNearlyFull);
        return new HealthCheck(full.Length > 0 ? HealthStatus.Degraded : HealthStatus.Healthy)
        {
            Used = Megabytes(all.Sum(server => server.Used)),
            Note = full.Length == 0 ? null : $"{Megabytes(full[0].Used)} of {Megabytes(full[0].Maximum)} are in use",
        };
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.##}M");

    // Redis names its memory used_memory; Garnet, which is part of the local host's process and has no limit, tells that of the process.
    [GeneratedRegex(@"^(?<name>used_memory|proc_physical_memory_size|maxmemory):(?<bytes>\d+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Fields();
}
