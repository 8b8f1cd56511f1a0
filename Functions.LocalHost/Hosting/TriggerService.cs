using Functions.Redis.Connections;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Functions.LocalHost.Hosting;

/// <summary>Makes a listener for every function that is not triggered by HTTP, and runs them from start to shutdown.</summary>
/// <remarks>
/// Listeners are checked before the host starts and run once it has started: a host that cannot start (busy port) takes nothing
/// from a list. At shutdown they stop listening at once; running functions get the host's shutdown timeout, then are cancelled.
/// </remarks>
internal sealed partial class TriggerService(
    FunctionCatalog catalog,
    SettingPlaceholders placeholders,
    ITriggerConnections connections,
    TimeProvider time,
    IServiceProvider services,
    ILogger<TriggerService> logger) : IHostedLifecycleService, IDisposable
{
    /// <summary>How long cancelled functions have to end.</summary>
    private static readonly TimeSpan CancellationGrace = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborting = new();
    private IReadOnlyList<ITriggerListener> _listeners = [];
    private Task _running = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _listeners = [.. catalog.All.Where(function => function.Http is null).Select(CreateListener)];

        // A missing connection setting stops the start, not the first poll.
        var settings = catalog.All
            .Select(function => function.Trigger switch
            {
                RedisListTriggerAttribute list => list.Connection,
                RedisPubSubTriggerAttribute pubSub => pubSub.Connection,
                _ => null,
            })
            .OfType<string>();
        await Task.WhenAll(settings.Distinct().Select(ConnectAsync));

        async Task ConnectAsync(string setting)
        {
            try
            {
                await connections.GetAsync(setting, cancellationToken);
            }
            catch (Exception exception) when (RedisFailure.IsOutage(exception))
            {
                LogNotConnected(setting, exception.Message); // Listeners try again as long as they run.
            }
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _running = Task.WhenAll(_listeners.Select(listener => Task.Run(() => ListenAsync(listener), CancellationToken.None)));
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => _stopping.CancelAsync();

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_running.IsCompleted)
        {
            LogCancelling();
            await _aborting.CancelAsync();
            await _running.WaitAsync(CancellationGrace, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _stopping.Dispose();
        _aborting.Dispose();
    }

    private async Task ListenAsync(ITriggerListener listener)
    {
        try
        {
            await listener.RunAsync(_stopping.Token, _aborting.Token);
        }
        catch (Exception exception)
        {
            LogListenerDied(exception, listener.GetType().Name);
        }
    }

    private ITriggerListener CreateListener(FunctionDescriptor function)
    {
        switch (function.Trigger)
        {
            case RedisListTriggerAttribute list:
                return new RedisListListener(
                    Bind<string>(function),
                    list,
                    placeholders.Resolve(list.Key, function),
                    connections,
                    time,
                    services.GetRequiredService<ILogger<RedisListListener>>());

            case RedisPubSubTriggerAttribute pubSub:
                var channel = placeholders.Resolve(pubSub.Channel, function);
                return new RedisPubSubListener(
                    Bind<string>(function),
                    pubSub.Connection,
                    pubSub.Pattern ? RedisChannel.Pattern(channel) : RedisChannel.Literal(channel),
                    connections,
                    time,
                    services.GetRequiredService<ILogger<RedisPubSubListener>>());

            case TimerTriggerAttribute timer:
                var text = placeholders.Resolve(timer.Schedule, function);
                return TimerSchedule.TryParse(text, time.GetUtcNow().UtcDateTime, out var schedule)
                    ? new TimerScheduler(Bind<TimerInfo>(function), timer, schedule, time)
                    : throw new InvalidOperationException(
                        $"Function '{function.Name}': '{text}' is no schedule (six-field NCRONTAB, seconds first, or a TimeSpan).");

            default:
                throw new InvalidOperationException(
                    $"Function '{function.Name}': the local host does not know {function.Trigger.GetType().Name}.");
        }
    }

    private TriggeredFunction Bind<TTrigger>(FunctionDescriptor function) => new(function, typeof(TTrigger), services);

    [LoggerMessage(LogLevel.Warning, "Redis triggers of '{Setting}' start when Redis can be reached: {Reason}")]
    private partial void LogNotConnected(string setting, string reason);

    [LoggerMessage(LogLevel.Warning, "Functions still run at the end of the shutdown timeout, and are cancelled.")]
    private partial void LogCancelling();

    [LoggerMessage(LogLevel.Critical, "{Listener} died. Its function will not run again until a restart.")]
    private partial void LogListenerDied(Exception exception, string listener);
}
