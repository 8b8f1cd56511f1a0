using System.Threading.RateLimiting;
using Functions.Redis.Connections;
using Microsoft.Extensions.Logging;

namespace Functions.Redis.RateLimiting;

/// <summary>Decides by Redis, and by the policies' <see cref="OutagePolicy"/> while Redis cannot be used.</summary>
/// <remarks>
/// Several limits on one request are all or nothing:
/// <list type="bullet">
/// <item>Limits of one partition are decided by one script: permits of all are taken in one step, or none.</item>
/// <item>Limits of different partitions (address and user) may lie on different servers. They are decided together, one script per
/// partition in the same round trip; if one rejects, what the others took is given back before this returns. No limit is ever exceeded,
/// and a rejected request has used up nothing when its caller hears of it. In between, for one round trip, its permits are missing for
/// others; they stay missing for the window if the process dies, or Redis stops, in just that moment.</item>
/// </list>
/// </remarks>
public sealed partial class RateLimits(RedisConnection connection, TimeProvider time, ILogger<RateLimits> logger) : IAsyncDisposable, IDisposable
{
    private readonly RateLimitStore _store = new(connection);
    private readonly LocalRateLimits _local = new(time);
    private readonly OutageLog _outageLog = new(time);

    /// <summary>Takes one permit of <paramref name="policy"/> for <paramref name="partition"/>, the caller that is counted.</summary>
    /// <exception cref="ArgumentException">The policy limits concurrency: a decision alone could not give the permit back.</exception>
    public async Task<RateLimitDecision> AcquireAsync(RateLimitPolicy policy, string partition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return policy.Algorithm == RateLimitAlgorithm.Concurrency
            ? throw new ArgumentException($"'{policy.Name}' limits concurrency: take it by the overload that returns what gives the permit back.", nameof(policy))
            : (await AcquireAsync([new CountedLimit(policy, partition)], 1, cancellationToken)).Decisions[0];
    }

    /// <summary>Takes <paramref name="permits"/> of every limit, or of none.</summary>
    /// <param name="limits">At least one, no two with the same policy and partition.</param>
    /// <param name="permits">How many of each; 0 only asks whether there is one.</param>
    /// <param name="cancellationToken">Checked before anything is sent.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="permits"/> are negative or more than one of the limits.</exception>
    public async Task<RateLimitAcquisition> AcquireAsync(
        IReadOnlyList<CountedLimit> limits, int permits = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(limits);
        for (var i = 0; i < limits.Count; i++)
        {
            ArgumentNullException.ThrowIfNull(limits[i].Policy, nameof(limits));
            limits[i].Policy.Validate();
            LimiterUse.ThrowIfOutOfRange(permits, limits[i].Policy.Limit);
        }

        // The usual case does without what only several partitions need.
        if (HaveOnePartition(limits))
        {
            try
            {
                var grant = await _store.AcquireAsync(limits, permits, cancellationToken);
                return new RateLimitAcquisition(_store, grant.Decisions, [grant], [], time);
            }
            catch (Exception exception) when (RedisFailure.IsOutage(exception))
            {
                TellOutage(limits, exception);
                return AcquireLocally(limits, permits);
            }
        }

        // All are sent before the first is awaited: one round trip.
        CountedLimit[][] partitions = [.. limits.GroupBy(limit => limit.Partition).Select(group => group.ToArray())];
        var asked = Array.ConvertAll(partitions, partition => TryAcquireAsync(partition, permits, cancellationToken));
        var grants = await Task.WhenAll(asked);

        var redisAllows = Array.TrueForAll(grants, grant => grant?.IsAllowed ?? true);
        var undecided = partitions.Where((_, i) => grants[i] is null).SelectMany(partition => partition).ToArray();
        var (localDecisions, leases) = undecided.Length > 0 ? _local.Acquire(undecided, permits, redisAllows) : ([], []);

        RateLimitGrant[] decided = [.. grants.OfType<RateLimitGrant>()];
        if (!redisAllows || Array.Exists(localDecisions, decision => !decision.IsAllowed))
        {
            decided = await Task.WhenAll(decided.Select(TakeBackAsync));
        }

        var decisions = decided.SelectMany(grant => grant.Limits.Zip(grant.Decisions))
            .Concat(undecided.Zip(localDecisions))
            .ToDictionary(pair => pair.First, pair => pair.Second);
        return new RateLimitAcquisition(_store, [.. limits.Select(limit => decisions[limit])], decided, leases, time);
    }

    /// <summary>A limiter of one partition for code that takes a <see cref="RateLimiter"/>; handles outages by policy.</summary>
    public RateLimiter CreateLimiter(RateLimitPolicy policy, string partition)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return new PolicyRateLimiter(this, CountedLimit.Of(policy, policy.Algorithm, partition));
    }

    /// <summary>
    /// A limiter over all partitions, such as <c>RateLimiterOptions.GlobalLimiter</c> of ASP.NET Core takes.
    /// </summary>
    /// <param name="policy">The limit of each partition.</param>
    /// <param name="partition">Who is counted.</param>
    public PartitionedRateLimiter<TResource> CreatePartitioned<TResource>(RateLimitPolicy policy, Func<TResource, string> partition)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(partition);
        policy.Validate();
        return PartitionedRateLimiter.Create<TResource, string>(
            resource => RateLimitPartition.Get(partition(resource), key => CreateLimiter(policy, key)));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _local.DisposeAsync();

    /// <inheritdoc/>
    public void Dispose() => _local.Dispose();

    private static bool HaveOnePartition(IReadOnlyList<CountedLimit> limits)
    {
        for (var i = 1; i < limits.Count; i++)
        {
            if (limits[i].Partition != limits[0].Partition)
            {
                return false;
            }
        }

        return true;
    }

    private RateLimitAcquisition AcquireLocally(IReadOnlyList<CountedLimit> limits, int permits)
    {
        var (decisions, leases) = _local.Acquire(limits, permits, take: true);
        return new RateLimitAcquisition(_store, decisions, [], leases, time);
    }

    private async Task<RateLimitGrant?> TryAcquireAsync(IReadOnlyList<CountedLimit> limits, int permits, CancellationToken cancellationToken)
    {
        try
        {
            return await _store.AcquireAsync(limits, permits, cancellationToken);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            TellOutage(limits, exception);
            return null;
        }
    }

    private void TellOutage(IReadOnlyList<CountedLimit> limits, Exception exception)
    {
        if (_outageLog.Tells(out var untold))
        {
            LogOutage(string.Join(", ", limits.Select(limit => $"{limit.Policy.Name} ({limit.Policy.Outage})")), untold, exception.Message);
        }
    }

    // Another partition rejected the request.
    private async Task<RateLimitGrant> TakeBackAsync(RateLimitGrant grant)
    {
        if (!grant.IsAllowed)
        {
            return grant;
        }

        try
        {
            await _store.RefundAsync(grant);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            LogNotGivenBack(string.Join(", ", grant.Limits.Select(limit => limit.Policy.Name)), exception.Message);
        }

        return grant with { Decisions = [.. grant.Decisions.Select(decision => decision with { Remaining = decision.Remaining + grant.Permits })] };
    }

    [LoggerMessage(1, LogLevel.Warning, "Rate limits are decided without Redis: {Policies}, and {Untold} before. {Reason}")]
    private partial void LogOutage(string policies, long untold, string reason);

    [LoggerMessage(2, LogLevel.Warning, "A rejected request has used up '{Policies}': {Reason}")]
    private partial void LogNotGivenBack(string policies, string reason);
}
