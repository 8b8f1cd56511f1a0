using System.Globalization;
using System.Text;
using StackExchange.Redis.Profiling;

namespace Functions.Observability;

/// <summary>What one request asks of Redis and PostgreSQL, collected where the commands are sent, and told as a <c>Server-Timing</c> field.</summary>
public sealed class RequestTimings
{
    private static readonly AsyncLocal<RequestTimings?> Current = new();

    private readonly TimeProvider _time;
    private readonly long _begun;
    private readonly Lock _lock = new();
    private ProfilingSession? _redis = new();
    private int _sqlCommands;
    private TimeSpan _sqlTime;

    private RequestTimings(TimeProvider time) => (_time, _begun) = (time, time.GetTimestamp());

    /// <summary>Collects from here on, for everything that the caller calls.</summary>
    public static RequestTimings Begin(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return Current.Value = new RequestTimings(time);
    }

    /// <summary>Records the commands of the request on whose behalf it is called; null if nothing is collected.</summary>
    public static ProfilingSession? RedisCommands() => Current.Value?._redis;

    /// <summary>Counts an SQL command of the request on whose behalf it is called.</summary>
    public static void AddSql(TimeSpan duration)
    {
        if (Current.Value is { } timings)
        {
            lock (timings._lock)
            {
                timings._sqlCommands++;
                timings._sqlTime += duration;
            }
        }
    }

    /// <summary>Ends the collection; returns the field's value. What the request began and nobody waits for is not counted any more.</summary>
    public string Finish()
    {
        // Timers and connections that the request happened to make keep its context for good: they must not go on filling the session.
        var commands = Interlocked.Exchange(ref _redis, null)?.FinishProfiling().ToList() ?? [];
        var field = new StringBuilder();
        if (commands.Count > 0)
        {
            var (roundTrips, waited) = RoundTripsOf(commands);
            Append(field, "redis", $"{Count(commands.Count, "command")} in {Count(roundTrips, "round trip")}", waited);
        }

        lock (_lock)
        {
            if (_sqlCommands > 0)
            {
                Append(field, "postgres", Count(_sqlCommands, "command"), _sqlTime);
            }
        }

        return Append(field, "total", description: null, _time.GetElapsedTime(_begun)).ToString();
    }

    /// <summary>Commands that were under way at the same time share a round trip; the time is that in which at least one was.</summary>
    internal static (int Count, TimeSpan Waited) RoundTripsOf(IEnumerable<IProfiledCommand> commands)
    {
        var (count, waited, end) = (0, TimeSpan.Zero, DateTime.MinValue);
        foreach (var command in commands.OrderBy(command => command.CommandCreated))
        {
            var (begin, itsEnd) = (command.CommandCreated, command.CommandCreated + command.ElapsedTime);
            if (begin >= end)
            {
                count++;
                end = begin;
            }

            if (itsEnd > end)
            {
                waited += itsEnd - end;
                end = itsEnd;
            }
        }

        return (count, waited);
    }

    private static StringBuilder Append(StringBuilder field, string name, string? description, TimeSpan duration)
    {
        field.Append(field.Length > 0 ? ", " : "").Append(name);
        if (description is not null)
        {
            field.Append(";desc=\"").Append(description).Append('"');
        }

        return field.Append(CultureInfo.InvariantCulture, $";dur={duration.TotalMilliseconds:0.00}");
    }

    private static string Count(int count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
