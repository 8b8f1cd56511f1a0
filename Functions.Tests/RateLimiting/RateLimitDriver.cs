using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Functions.LocalHost.Embedded;
using Functions.Redis.RateLimiting;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Functions.Tests.RateLimiting;

/// <summary>
/// Turns this assembly, run by itself, into an instance with clients that ask one limit as fast as they can. It prints a line per decision
/// (see <see cref="Decision"/>) and ends.
/// </summary>
internal static class RateLimitDriver
{
    private const string Variable = "RATE_LIMIT_DRIVER";

    [ModuleInitializer]
    internal static void RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } settings)
        {
            return;
        }

        // Code of this copy of the assembly may not run on another thread until this has returned. So a second copy does the work.
        Environment.SetEnvironmentVariable(Variable, null);
        var copy = new AssemblyLoadContext(Variable).LoadFromAssemblyPath(typeof(RateLimitDriver).Assembly.Location);
        copy.GetType(typeof(RateLimitDriver).FullName!)!.GetMethod(nameof(Run))!.Invoke(null, [settings]);
        Environment.Exit(0);
    }

    /// <summary>Runs processes at the same time and returns all their decisions. The clock of the first is ten minutes slow, of the last fast.</summary>
    public static async Task<Decision[]> RunAsync(IRedisServer server, RateLimitPolicy policy, string partition, int processes, int clients, TimeSpan duration)
    {
        var dotnet = Supervisor.DotnetProgram();
        var logs = await Task.WhenAll(Enumerable.Range(0, processes).Select(async number =>
        {
            var clockError = number == 0 ? -10 : number == processes - 1 ? 10 : 0;
            using var process = Process.Start(new ProcessStartInfo(dotnet, [typeof(RateLimitDriver).Assembly.Location])
            {
                RedirectStandardOutput = true,
                Environment =
                {
                    [Variable] = string.Join('|', server.ConnectionString, policy.Algorithm, policy.Limit,
                        policy.Window.TotalMilliseconds, partition, clients, duration.TotalMilliseconds, clockError),
                },
            })!;
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, $"A process ended with {process.ExitCode}: {output[..Math.Min(output.Length, 1_000)]}");
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Decision.Parse).ToArray();
        }));
        return [.. logs.SelectMany(log => log)];
    }

    public static void Run(string settings)
    {
        var words = settings.Split('|');
        var policy = new RateLimitPolicy(
            "exact", Number(words[2]), TimeSpan.FromMilliseconds(Number(words[3])), Algorithm: Enum.Parse<RateLimitAlgorithm>(words[1]));
        CountedLimit[] limit = [new(policy, words[4])];
        var connection = TestConnections.Create(words[0]);
        var limits = new RateLimits(connection, new WrongClock(TimeSpan.FromMinutes(Number(words[7]))), NullLogger<RateLimits>.Instance);
        var logs = Task.WhenAll(Enumerable.Range(0, Number(words[5])).Select(_ => Task.Run(AskAsync))).GetAwaiter().GetResult();
        System.Console.Out.Write(string.Concat(logs.SelectMany(log => log)));

        async Task<List<string>> AskAsync()
        {
            var database = await connection.GetDatabaseAsync();
            var log = new List<string>();
            var elapsed = Stopwatch.StartNew();
            while (elapsed.ElapsedMilliseconds < Number(words[6]))
            {
                var asked = Stopwatch.GetTimestamp();
                await using var acquisition = await limits.AcquireAsync(limit);
                var answered = Stopwatch.GetTimestamp();
                var grant = acquisition.Grants.Single();
                // Held at least until this moment; what is released later than that is released later than needed.
                var until = grant.TakenAt;
                if (grant.IsAllowed && policy.Algorithm == RateLimitAlgorithm.Concurrency)
                {
                    var time = (StackExchange.Redis.RedisResult[])(await database.ExecuteAsync("TIME"))!;
                    until = ((long)time[0] * 1_000_000) + (long)time[1];
                }

                log.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(grant.IsAllowed ? 1 : 0)} {grant.TakenAt} {until} {grant.Decisions.Single().Remaining} {asked} {answered}\n"));
            }

            return log;
        }
    }

    private static int Number(string text) => (int)double.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>What one client was told.</summary>
    /// <param name="At">When the script began: microseconds by Redis' clock.</param>
    /// <param name="Until">Until when the permit was held at least, by the same clock.</param>
    /// <param name="Remaining">Permits left after the decision.</param>
    /// <param name="Asked">When the client asked: a timestamp of <see cref="Stopwatch"/>, whose clock all processes share.</param>
    /// <param name="Answered">When it had the answer, by the same clock. The limit was changed at some moment between the two.</param>
    internal sealed record Decision(bool IsAllowed, long At, long Until, int Remaining, long Asked, long Answered)
    {
        public static Decision Parse(string line) =>
            line.Split(' ').Select(word => long.Parse(word, CultureInfo.InvariantCulture)).ToArray() is [var allowed, var at, var until, var remaining, var asked, var answered]
                ? new(allowed == 1, at, until, (int)remaining, asked, answered)
                : throw new FormatException(line);
    }

    private sealed class WrongClock(TimeSpan error) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + error;
    }
}
