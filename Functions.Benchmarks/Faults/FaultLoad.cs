using System.Globalization;
using Functions.Data;
using Functions.Tests.Faults.MixedLoad;
using Microsoft.AspNetCore.Identity;

namespace Functions.Benchmarks.Faults;

/// <summary>
/// The mixed load of the fault tests at a part of the measured maximum, while each fault happens once: how many requests fail, for how long, and whether
/// anything is lost.
/// </summary>
internal static class FaultLoad
{
    private const int Clients = 32;
    private static readonly TimeSpan Measuring = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    // As in the application: logins cost what they cost.
    private static readonly PasswordHasher<User> Hasher = new();

    /// <summary>Runs it.</summary>
    /// <param name="duration">Of the load with faults.</param>
    /// <param name="share">Of the maximum.</param>
    public static async Task RunAsync(TimeSpan duration, double share)
    {
        await using var servers = await FaultyServers.StartAsync();
        var rate = share * await MeasureAsync(servers);

        await using var load = await LoadRun.StartAsync([servers.Host], servers.Postgres, Clients, rate, Hasher);
        var faults = servers.Faults;
        var moments = new List<(string Name, TimeSpan Begin, TimeSpan End)>();
        foreach (var (i, (name, happen)) in faults.Index())
        {
            var begin = Settling + ((duration - Settling) * i / faults.Count);
            await Task.Delay(begin > load.Now ? begin - load.Now : TimeSpan.Zero);
            begin = load.Now;
            await happen();
            moments.Add((name, begin, load.Now));
        }

        await Task.Delay(duration > load.Now ? duration - load.Now : TimeSpan.Zero);
        await load.StopAsync();
        Write(load.Http.Requests, moments);
        Console.WriteLine(await LoadAudit.RunAsync(load, servers.Postgres, servers.Mail));
    }

    private static async Task<double> MeasureAsync(FaultyServers servers)
    {
        await using var load = await LoadRun.StartAsync([servers.Host], servers.Postgres, Clients, rate: 1_000_000, Hasher);
        var begin = load.Now + Settling;
        await Task.Delay(Settling + Measuring);
        await load.StopAsync();
        var count = load.Http.Requests.Count(request => request.End > begin && request.End < begin + Measuring && !request.IsFailed);
        var maximum = count / Measuring.TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"maximum without faults: {maximum:0} requests per second of {Clients} clients"));
        return maximum;
    }

    private static void Write(LoadRequest[] requests, List<(string Name, TimeSpan Begin, TimeSpan End)> moments)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{requests.Length} requests, {requests.Count(request => request.IsFailed)} failed"));
        Console.WriteLine("| fault | lasted | requests | failed | longest | recovered after its end | failed by kind |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (i, (name, begin, end)) in moments.Index())
        {
            var window = LoadWindow.Of(name, requests, begin, end, i + 1 < moments.Count ? moments[i + 1].Begin : null);
            var recovered = window.TimeToRecover is { } time ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s") : "no";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {(end - begin).TotalSeconds:0.0} s | {window.Requests.Count} | {window.Failed.Count()} | {window.Longest.TotalSeconds:0.0} s | {recovered} | {window.Failures} |"));
        }

        var reads = requests.Where(request => request is { Kind: LoadKind.Browse, Status: >= 500 }).ToArray();
        Console.WriteLine($"cacheable reads answered with 5xx: {reads.Length}");
        foreach (var read in reads.Take(5))
        {
            Console.WriteLine($"  {read}");
        }
    }
}
