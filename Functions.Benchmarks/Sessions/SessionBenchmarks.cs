using BenchmarkDotNet.Attributes;
using Functions.Redis.Connections;
using Functions.Redis.Sessions;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Functions.Benchmarks.Sessions;

/// <summary>
/// Authentication of a request: the session is read, touched where due, and parsed; beside a bare read of a string of that size. One caller:
/// latency; 64 over one connection: the time per request is the inverse of the throughput.
/// </summary>
[MemoryDiagnoser]
public class SessionBenchmarks
{
    private const int Requests = 640;

    private static readonly Dictionary<string, string> Metadata = new()
    {
        ["ip"] = "203.0.113.7",
        ["user_agent"] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    };

    private readonly List<ServiceProvider> _providers = [];
    private SessionStore _store = null!;
    private IDatabase _database = null!;
    private RedisKey _key;
    private string _token = "";

    [Params(1, 64)]
    public int Callers { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        var services = new ServiceCollection().AddLogging();
        services.AddRedis(BenchmarkRedis.Options);
        services.AddRedisSessions();
        _providers.Add(services.BuildServiceProvider());
        _store = _providers[0].GetRequiredService<SessionStore>();
        _database = await _providers[0].GetRequiredService<RedisConnection>().GetDatabaseAsync();
        (_token, var session) = await _store.CreateAsync("4711", Metadata);
        _key = "session:" + session.Id;
    }

    [GlobalCleanup]
    public async Task CleanupAsync() => await _providers[0].DisposeAsync();

    [Benchmark(Baseline = true, OperationsPerInvoke = Requests, Description = "StringGetAsync")]
    public Task Bare() => AllAsync(() => _database.StringGetAsync(_key));

    [Benchmark(OperationsPerInvoke = Requests, Description = "AuthenticateAsync")]
    public Task Authenticate() => AllAsync(() => _store.AuthenticateAsync(_token));

    private Task AllAsync(Func<Task> request) => Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
    {
        for (var i = 0; i < Requests / Callers; i++)
        {
            await request();
        }
    }));
}
