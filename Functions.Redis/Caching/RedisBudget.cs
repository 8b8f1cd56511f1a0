using StackExchange.Redis;

namespace Functions.Redis.Caching;

/// <summary>
/// The time that one read may wait for Redis, over all its commands; time in factories does not count. The client's own timeout is per
/// command, and it looks only from time to time which commands are over theirs.
/// </summary>
internal sealed class RedisBudget(TimeSpan total, TimeProvider time)
{
    private TimeSpan _left = total;

    /// <summary>Waits for commands with the time that is left.</summary>
    /// <exception cref="CacheTimeoutException">It did not suffice.</exception>
    public Task SpendAsync(Task commands, CancellationToken cancellationToken = default) => SpendAsync(WithResultAsync(commands), cancellationToken);

    /// <summary>Waits for a command with the time that is left.</summary>
    /// <exception cref="CacheTimeoutException">It did not suffice.</exception>
    public async Task<T> SpendAsync<T>(Task<T> command, CancellationToken cancellationToken = default)
    {
        if (command.IsCompleted)
        {
            return await command;
        }

        var started = time.GetTimestamp();
        try
        {
            return await command.WaitAsync(_left > TimeSpan.Zero ? _left : TimeSpan.Zero, time, cancellationToken);
        }
        catch (TimeoutException exception) when (exception is not RedisTimeoutException and not CacheTimeoutException)
        {
            throw new CacheTimeoutException();
        }
        finally
        {
            _left -= time.GetElapsedTime(started);
            if (!command.IsCompleted)
            {
                Forget(command);
            }
        }
    }

    /// <summary>Nobody is left to be told how <paramref name="command"/> ends.</summary>
    public static void Forget(Task command) => _ = command.ContinueWith(
        static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private static async Task<bool> WithResultAsync(Task commands)
    {
        await commands;
        return true;
    }
}
