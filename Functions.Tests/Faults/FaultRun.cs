using System.Globalization;
using Functions.Tests.Faults.MixedLoad;
using Functions.Tests.Servers;

namespace Functions.Tests.Faults;

/// <summary>One fault under load: begins the load, lets the fault happen, waits for the recovery, and audits.</summary>
internal static class FaultRun
{
    /// <summary>Within which time of a fault's end everything works again.</summary>
    public static readonly TimeSpan Recovery = TimeSpan.FromSeconds(5);

    /// <summary>For the tests' machine, which runs other tests at the same time.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(3);

    /// <summary>How long no request waits for one server: the time limit of commands.</summary>
    public static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(5);

    // Fewer say nothing about what is lost or doubled.
    private const int FewestWrites = 20;

    private static readonly TimeSpan Before = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(1.5);

    // How long the load goes on after the fault at least: the variable FAULT_SECONDS.
    private static TimeSpan After => TimeSpan.FromSeconds(
        double.TryParse(Environment.GetEnvironmentVariable("FAULT_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 2);

    /// <summary>Runs <paramref name="fault"/> under the load.</summary>
    /// <returns>The requests from the beginning of the fault on.</returns>
    public static async Task<LoadWindow> UnderAsync(this LoadRun load, string name, Func<Task> fault)
    {
        await Task.Delay(Before, TestContext.Current.CancellationToken);
        var begin = load.Now;
        await fault();
        var end = load.Now;
        LoadWindow Look() => LoadWindow.Of(name, load.Http.Requests, begin, end);
        // Well for a while: no kind that still has a failure as its last word, and none that failed within the calm. And long enough to tell something,
        // however slow the machine is: each kind has been asked for since, and enough has been written.
        bool IsWell(LoadWindow window) => window is { TimeToRecover: not null } && window.Failed.All(request => request.End < load.Now - Calm);
        bool TellsEnough(LoadWindow window) =>
            window.Requests.Select(request => request.Kind).Distinct().Count() == Enum.GetValues<LoadKind>().Length
            && load.Http.Requests.Count(request => request is { Kind: >= LoadKind.SendMessage, Status: >= 200 and < 300 }) > FewestWrites;
        await TestPolling.EventuallyAsync(
            () => Task.FromResult(load.Now > end + After && Look() is var window && IsWell(window) && TellsEnough(window)),
            After + Recovery + TimeSpan.FromSeconds(60),
            $"the load to recover from '{name}'");
        await load.StopAsync();
        var result = Look();
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine(result.ToString());
        foreach (var failure in result.Failed.GroupBy(request => (request.Kind, request.Status)).SelectMany(group => group.Take(2)))
        {
            output.WriteLine($"  {failure}");
        }

        output.WriteLine($"  the longest: {result.Requests.MaxBy(request => request.Duration)}");
        return result;
    }

    /// <summary>Waits for all effects and asserts that nothing is lost, doubled or wrong.</summary>
    public static async Task<LoadAudit> AssertSoundAsync(this LoadRun load, string postgres, string mail, Func<LoadWrite, bool>? mayBeLost = null)
    {
        var audit = await LoadAudit.RunAsync(load, postgres, mail);
        TestContext.Current.TestOutputHelper!.WriteLine(audit.ToString());
        Assert.All(audit.Lost, write => Assert.True(mayBeLost?.Invoke(write), $"lost: {write}"));
        Assert.Empty(audit.Doubled);
        Assert.Empty(audit.Unwanted);
        Assert.Empty(audit.Wrong);
        Assert.True(audit.Acknowledged > FewestWrites, $"Only {audit.Acknowledged} writes were acknowledged.");
        return audit;
    }

    /// <summary>Asserts that everything works again soon after the fault. What is rarely asked for has its first success late, so the last failure counts.</summary>
    public static LoadWindow RecoversSoon(this LoadWindow window)
    {
        Assert.NotNull(window.TimeToRecover);
        Assert.True(window.LastFailure <= Recovery + Margin, $"The last failure was {window.LastFailure} after the end of the fault.");
        return window;
    }

    /// <summary>Asserts that no request took longer.</summary>
    public static LoadWindow TakesAtMost(this LoadWindow window, TimeSpan limit)
    {
        Assert.All(window.Requests, request => Assert.True(request.Duration <= limit + Margin, $"{request}"));
        return window;
    }

    /// <summary>Asserts that whatever fails is answered 503 with <c>Retry-After</c>: no 401, no 500.</summary>
    public static LoadWindow FailsPolitely(this LoadWindow window)
    {
        Assert.All(window.Failed, request => Assert.True(request is { Status: 503, HasRetryAfter: true }, $"{request}"));
        return window;
    }

    /// <summary>Asserts that no request of these kinds fails.</summary>
    public static LoadWindow NeverFails(this LoadWindow window, params LoadKind[] kinds)
    {
        Assert.All(kinds, kind => Assert.Contains(window.Requests, request => request.Kind == kind));
        Assert.DoesNotContain(window.Failed, request => kinds.Contains(request.Kind));
        return window;
    }
}
