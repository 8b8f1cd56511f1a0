using Functions.LocalHost.Hosting;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Functions.Tests.LocalHost;

public sealed class TimerTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 30, TimeSpan.Zero);

    private readonly ObservedTime _time = new();
    private readonly Inbox _inbox = new();
    private readonly ServiceProvider _services;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private int _waitsSeen;

    public TimerTests() => _services = new ServiceCollection()
        .AddLogging()
        .AddSingleton(new InvocationPipeline([]))
        .AddSingleton(_inbox)
        .BuildServiceProvider();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await _services.DisposeAsync();
        _stopping.Dispose();
    }

    [Theory]
    [InlineData("0 */5 * * * *", "12:05:00")]
    [InlineData("15 0 13 * * SUN", "13:00:15")]
    [InlineData("00:10:00", "12:10:30")]
    public void A_schedule_names_its_next_occurrence(string text, string expected)
    {
        Assert.True(TimerSchedule.TryParse(text, Start.UtcDateTime, out var schedule));

        Assert.Equal(Start.UtcDateTime.Date + TimeSpan.Parse(expected, null), schedule.Next(Start.UtcDateTime));
    }

    [Theory]
    [InlineData("")]
    [InlineData("*/5 * * * *")]
    [InlineData("0 0 0 L * *")]
    [InlineData("@hourly")]
    [InlineData("00:00:00")]
    [InlineData("0 0 0 31 2 *")]
    [InlineData("0 61 * * * *")]
    public void What_the_Functions_host_would_not_run_is_no_schedule(string text) =>
        Assert.False(TimerSchedule.TryParse(text, Start.UtcDateTime, out _));

    [Fact]
    public async Task A_timer_runs_when_it_is_due_and_tells_its_status()
    {
        Run(nameof(Timers.EveryMinute), new TimerTriggerAttribute("0 * * * * *"));

        Advance(TimeSpan.FromSeconds(29));
        Assert.True(_inbox.IsEmpty);
        Advance(TimeSpan.FromSeconds(1));
        var first = await _inbox.NextAsync<TimerInfo>();
        var second = await AdvanceToNextRunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(At("12:01:00"), first.ScheduleStatus!.Next);
        Assert.Equal(default, first.ScheduleStatus.Last);
        Assert.Equal(At("12:01:00"), second.ScheduleStatus!.Last);
        Assert.Equal(At("12:02:00"), second.ScheduleStatus.Next);
        Assert.Equal(At("12:01:00"), second.ScheduleStatus.LastUpdated);
        Assert.False(second.IsPastDue);
    }

    [Fact]
    public async Task RunOnStartup_runs_before_the_first_occurrence()
    {
        Run(nameof(Timers.EveryMinute), new TimerTriggerAttribute("0 0 0 1 1 *") { RunOnStartup = true, UseMonitor = false });

        var timer = await _inbox.NextAsync<TimerInfo>();

        Assert.Null(timer.ScheduleStatus);
    }

    [Fact]
    public async Task A_run_that_takes_longer_than_the_interval_is_not_overlapped_and_followed_by_one()
    {
        _inbox.CloseGate();
        Run(nameof(Timers.EveryMinute), new TimerTriggerAttribute("0 * * * * *"));
        Advance(TimeSpan.FromSeconds(30));
        await _inbox.NextAsync<TimerInfo>();

        Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, _time.Waits); // While the function runs, the scheduler waits for it, not for the clock.
        Assert.True(_inbox.IsEmpty);
        _inbox.Gate.SetResult();
        var second = await _inbox.NextAsync<TimerInfo>();
        var third = await AdvanceToNextRunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(At("12:02:00"), second.ScheduleStatus!.Next);
        Assert.Equal(At("12:11:00"), third.ScheduleStatus!.Last);
        Assert.Equal(At("12:12:00"), third.ScheduleStatus.Next);
    }

    [Fact]
    public async Task A_timer_goes_on_after_a_function_that_throws()
    {
        Run(nameof(Timers.Throws), new TimerTriggerAttribute("00:01:00"));

        Advance(TimeSpan.FromMinutes(1));
        await _inbox.NextAsync<TimerInfo>();
        await AdvanceToNextRunAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task An_occurrence_that_is_months_away_is_waited_for()
    {
        Run(nameof(Timers.EveryMinute), new TimerTriggerAttribute("0 0 0 1 1 *"));

        var timer = await AdvanceToNextRunAsync(TimeSpan.FromDays(1), steps: 400);

        Assert.Equal(new DateTime(2027, 1, 1, 0, 0, 0, DateTimeKind.Utc), timer.ScheduleStatus!.Next);
        Assert.True(_time.GetUtcNow().Year == 2027);
    }

    private static DateTime At(string time) => Start.UtcDateTime.Date + TimeSpan.Parse(time, null);

    private void Run(string function, TimerTriggerAttribute trigger)
    {
        Assert.True(TimerSchedule.TryParse(trigger.Schedule, Start.UtcDateTime, out var schedule));
        var descriptor = new FunctionCatalog(typeof(Timers))[function];
        var scheduler = new TimerScheduler(new TriggeredFunction(descriptor, typeof(TimerInfo), _services), trigger, schedule, _time);
        _running = scheduler.RunAsync(_stopping.Token, CancellationToken.None);
    }

    /// <summary>Advances the clock once the scheduler waits for it, until the function reports.</summary>
    private async Task<TimerInfo> AdvanceToNextRunAsync(TimeSpan step, int steps = 1)
    {
        for (var i = 0; i < steps && _inbox.IsEmpty; i++)
        {
            await Eventually.TrueAsync(() => Task.FromResult(_time.Waits > _waitsSeen), "the scheduler waits");
            Advance(step);
        }

        return await _inbox.NextAsync<TimerInfo>();
    }

    private void Advance(TimeSpan step)
    {
        _waitsSeen = _time.Waits;
        _time.Advance(step);
    }

    /// <summary>A clock that tells how often somebody began to wait for it.</summary>
    private sealed class ObservedTime() : FakeTimeProvider(TimerTests.Start)
    {
        private int _waits;

        public int Waits => Volatile.Read(ref _waits);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _waits);
            return timer;
        }
    }

    private sealed class Timers(Inbox inbox)
    {
        [Function(nameof(EveryMinute))]
        public async Task EveryMinute([TimerTrigger("0 * * * * *")] TimerInfo timer)
        {
            inbox.Report(timer);
            await inbox.Gate.Task;
        }

        [Function(nameof(Throws))]
        public void Throws([TimerTrigger("0 * * * * *")] TimerInfo timer)
        {
            inbox.Report(timer);
            throw new InvalidOperationException("The function fails.");
        }
    }
}
