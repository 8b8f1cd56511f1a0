using System.Globalization;

namespace Functions.Tests.Servers;

/// <summary>
/// Counts what the servers executed since it was started (<c>INFO commandstats</c>, summed over the nodes), whoever sent it: so for a
/// server of the test's own. Redis counts also the commands that scripts call; Garnet counts only what clients send. Replicas count
/// what their masters send them. <c>INFO</c> itself is left out, and so is what a client sends of its own, for no call of anybody: its
/// pulse, and what it says when it connects.
/// </summary>
public sealed class CommandCounter
{
    private static readonly string[] OfClients = ["ping", "config|get", "client|setname"];

    private readonly IRedisServer _server;
    private readonly IReadOnlyDictionary<string, long> _before;

    private CommandCounter(IRedisServer server, IReadOnlyDictionary<string, long> before)
    {
        _server = server;
        _before = before;
    }

    public static async Task<CommandCounter> StartAsync(IRedisServer server) => new(server, await ReadAsync(server));

    /// <summary>The calls since the start, by lower-case command name (<c>get</c>, <c>config|set</c>). Commands without calls are absent.</summary>
    public async Task<IReadOnlyDictionary<string, long>> CountAsync()
    {
        var now = await ReadAsync(_server);
        return now.Select(pair => KeyValuePair.Create(pair.Key, pair.Value - _before.GetValueOrDefault(pair.Key)))
            .Where(pair => pair.Value > 0 && !OfClients.Contains(pair.Key))
            .ToDictionary();
    }

    private static async Task<IReadOnlyDictionary<string, long>> ReadAsync(IRedisServer server)
    {
        var calls = new Dictionary<string, long>();
        foreach (var endpoint in server.Endpoints)
        {
            // cmdstat_get:calls=21,usec=175,…
            foreach (var (name, statistics) in RedisInfo.Parse(await RespConnection.CallOnceAsync(endpoint, "INFO", "commandstats")))
            {
                var count = long.Parse(statistics["calls=".Length..statistics.IndexOf(',', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
                var command = name["cmdstat_".Length..];
                calls[command] = calls.GetValueOrDefault(command) + count;
            }
        }
        calls.Remove("info");
        return calls;
    }
}
