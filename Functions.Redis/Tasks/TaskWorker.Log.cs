using Functions.Redis.Connections;
using Microsoft.Extensions.Logging;

namespace Functions.Redis.Tasks;

// What the worker logs: an outage once, when it begins and when it ends.
public sealed partial class TaskWorker
{
    private bool _failing;

    private void LogFailing(Exception exception)
    {
        if (!_failing)
        {
            _failing = true;
            if (RedisFailure.IsOutage(exception))
            {
                LogOutage(exception.Message);
            }
            else
            {
                LogBroken(exception);
            }
        }
    }

    private void LogRecovered()
    {
        if (_failing)
        {
            _failing = false;
            LogGoesOn();
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Tasks wait for Redis, which cannot be reached: {Reason}")]
    private partial void LogOutage(string reason);

    [LoggerMessage(2, LogLevel.Error, "Tasks cannot go on, and try again.")]
    private partial void LogBroken(Exception exception);

    [LoggerMessage(3, LogLevel.Information, "Tasks go on.")]
    private partial void LogGoesOn();

    [LoggerMessage(4, LogLevel.Warning, "The lease of {Name} {Id} was lost, what it did here is discarded.")]
    private partial void LogLost(string name, string id);

    [LoggerMessage(5, LogLevel.Warning, "{Name} {Id} did not end when it was cancelled, and is given back while its handler goes on.")]
    private partial void LogGivenBackRunning(string name, string id);

    [LoggerMessage(6, LogLevel.Error, "What the handler of {Name} {Id} does when it is cancelled failed.")]
    private partial void LogCallback(Exception exception, string name, string id);
}
