using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using Functions.Redis.Connections;
using Functions.Redis.Sessions;
using Microsoft.Extensions.Logging.Abstractions;

namespace Functions.Benchmarks.Events;

/// <summary>
/// Event-stream clients, each of another user, on one local host in a process of its own: how long a broadcast takes from
/// <c>POST /events</c> to the last of them, and what an idle client costs in memory.
/// </summary>
/// <remarks><c>dotnet run -c Release --project Functions.Benchmarks -- events [clients] [broadcasts]</c></remarks>
internal static class EventStreamLoad
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    public static async Task RunAsync(int clients, int broadcasts)
    {
        using var host = await LocalHostUnderLoad.StartAsync();
        using var admin = await host.SignInAsync();
        await admin.GetAsync("health");

        await using var connection = new RedisConnection(BenchmarkRedis.Options, NullLoggerFactory.Instance);
        var sessions = new SessionStore(connection, new SessionOptions());
        var tokens = await Task.WhenAll(Enumerable.Range(0, clients + 10).Select(async i =>
            (await sessions.CreateAsync((1_000_000 + i).ToString(CultureInfo.InvariantCulture))).Token));

        var arrivals = new long[broadcasts][];
        var counts = new int[broadcasts];
        void Received(int number, long at)
        {
            if (number >= 0 && number < broadcasts)
            {
                arrivals[number][Interlocked.Increment(ref counts[number]) - 1] = at;
            }
        }

        for (var i = 0; i < broadcasts; i++)
        {
            arrivals[i] = new long[clients + 10];
        }

        // The first few compile the code and fill the pools; what they take is not what a client costs.
        var connected = new List<EventStreamClient>();
        foreach (var token in tokens.Take(10))
        {
            await ConnectAsync(token);
        }

        await Task.Delay(3000);
        var before = host.ReadMemory();
        await Parallel.ForEachAsync(tokens.Skip(10), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (token, _) => await ConnectAsync(token));
        await Task.Delay(15_000);
        var after = host.ReadMemory();
        System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{clients} clients: resident set {before / 1048576.0:0.0} MiB before, {after / 1048576.0:0.0} MiB after, {(after - before) / 1024.0 / clients:0.0} KiB per idle client"));

        var last = new List<double>();
        var each = new List<double>();
        for (var number = 0; number < broadcasts; number++)
        {
            var started = Stopwatch.GetTimestamp();
            using var published = await admin.PostAsJsonAsync("events", new { type = "product_updated", data = new { product_id = number, changes = Array.Empty<string>() } });
            published.EnsureSuccessStatusCode();
            while (Volatile.Read(ref counts[number]) < connected.Count)
            {
                if (Stopwatch.GetElapsedTime(started) > Deadline)
                {
                    throw new TimeoutException($"Broadcast {number} reached {counts[number]} of {connected.Count} clients.");
                }

                await Task.Delay(5);
            }

            if (number > 0)
            {
                var times = arrivals[number].Take(connected.Count).Select(at => Stopwatch.GetElapsedTime(started, at).TotalMilliseconds).ToList();
                last.Add(times.Max());
                each.AddRange(times);
            }

            var rest = TimeSpan.FromSeconds(1) - Stopwatch.GetElapsedTime(started);
            await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
        }

        Report("POST /events to the last client", last);
        Report("POST /events to each client", each);
        connected.ForEach(client => client.Dispose());

        async Task ConnectAsync(string token)
        {
            var client = new EventStreamClient(host.Port, token);
            await client.StartAsync(Received);
            lock (connected)
            {
                connected.Add(client);
            }
        }
    }

    internal static void Report(string what, List<double> milliseconds)
    {
        milliseconds.Sort();
        System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: p50 {At(0.5):0.00} ms, p99 {At(0.99):0.00} ms, maximum {milliseconds[^1]:0.00} ms ({milliseconds.Count} samples)"));

        double At(double quantile) => milliseconds[(int)Math.Min(milliseconds.Count - 1, quantile * milliseconds.Count)];
    }
}
