using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Functions.Redis.Caching;
using Functions.Tests.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Functions.Tests.Caching;

/// <summary>
/// Turns this assembly, run by itself, into an instance of the application that has a cache. It reads a command per line
/// (<c>number name arguments…</c>), runs all at the same time, answers each with a line (<c>number answer</c>), and ends with its input.
/// </summary>
internal static class CacheDriver
{
    public const string Variable = "CACHE_DRIVER";

    [ModuleInitializer]
    internal static void RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } settings)
        {
            return;
        }

        // Code of this copy of the assembly may not run on another thread until this has returned. So a second copy does the work.
        Environment.SetEnvironmentVariable(Variable, null);
        var copy = new AssemblyLoadContext(Variable).LoadFromAssemblyPath(typeof(CacheDriver).Assembly.Location);
        copy.GetType(typeof(CacheDriver).FullName!)!.GetMethod(nameof(Run))!.Invoke(null, [settings]);
        Environment.Exit(0);
    }

    /// <param name="settings">Connection string and prefix, separated by a bar.</param>
    public static void Run(string settings)
    {
        var (connectionString, prefix) = settings.Split('|') is [var first, var second] ? (first, second) : throw new ArgumentException(settings);
        var connection = TestConnections.Create(connectionString);
        var cache = new RedisHybridCache(
            connection, new CacheOptions { KeyPrefix = prefix }, new ServiceCollection().BuildServiceProvider(), TimeProvider.System, NullLogger<RedisHybridCache>.Instance);
        var database = connection.GetDatabaseAsync().AsTask().GetAwaiter().GetResult();
        var output = new object();
        Write("ready");
        while (System.Console.In.ReadLine() is { } line)
        {
            var words = line.Split(' ');
            _ = Task.Run(async () =>
            {
                try
                {
                    Write($"{words[0]} {await RunAsync(words[1], words[2..])}");
                }
                catch (Exception exception)
                {
                    Write($"{words[0]} failed: {exception.ToString().ReplaceLineEndings(" ")}");
                }
            });
        }

        void Write(string line)
        {
            lock (output)
            {
                System.Console.Out.WriteLine(line);
                System.Console.Out.Flush();
            }
        }

        Task<string> RunAsync(string command, string[] arguments) => (command, arguments) switch
        {
            ("misses", [var key, var readers]) => ReadAsync(key, int.Parse(readers, CultureInfo.InvariantCulture)),
            ("hang", [var key]) => HangAsync(key),
            ("model", [var seed, var invalidations]) => new CacheProcessModel(cache, database, prefix).RunAsync(
                int.Parse(seed, CultureInfo.InvariantCulture), int.Parse(invalidations, CultureInfo.InvariantCulture)),
            _ => throw new ArgumentException(command),
        };

        // Answers with the values that the readers got.
        async Task<string> ReadAsync(string key, int readers)
        {
            var reads = await Task.WhenAll(Enumerable.Range(0, readers).Select(_ => cache.ReadAsync(key, async (_, cancellation) =>
            {
                var call = (long)await database.StringIncrementAsync($"{prefix}calls:{key}");
                await Task.Delay(50, cancellation);
                return call;
            })));
            return string.Join(',', reads.Select(read => read.Value).Distinct());
        }

        // Answers when the factory runs; it never returns.
        async Task<string> HangAsync(string key)
        {
            var factory = new SlowFactory<long>(0);
            _ = cache.ReadAsync(key, factory.RunAsync);
            await factory.Started;
            return "hangs";
        }
    }
}
