using System.Globalization;
using Functions.Redis.Monitoring;
using Functions.Redis.RateLimiting;
using Functions.Redis.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Functions.Http.Policies;

/// <summary>Applies the <see cref="RateLimitAttribute"/>s of a function and tells the caller what is left.</summary>
/// <remarks>
/// When the limits are asked:
/// <list type="bullet">
/// <item>Limits by address and header: together with the session, before it is known. A request counts whether its session is valid or
/// not, so that guessing is limited too.</item>
/// <item>Limits by session: together with the session. If there turns out to be none, the count is taken back: there is nobody to count.</item>
/// <item>As soon as one is by user, or of concurrency, or they are mixed: all of them, when the session is known.</item>
/// </list>
/// </remarks>
public sealed partial class RateLimitHttpPolicy(
    RateLimits limits,
    RateLimitSettings settings,
    LiftedLimits lifted,
    InstanceCounters counters,
    TightCallers tight,
    ClientAddress address,
    ILogger<RateLimitHttpPolicy> logger) : IEarlyHttpPolicy
{
    /// <summary>How many times as much a caller may have whose limits are lifted.</summary>
    public const int LiftedFactor = 100;

    /// <inheritdoc/>
    public void Begin(HttpInvocation invocation)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        var declared = settings[invocation.Function];
        if (declared.Count == 0 || declared.Any(limit => limit.Policy.Algorithm == RateLimitAlgorithm.Concurrency))
        {
            return;
        }

        var http = invocation.Http;
        var bySession = declared.All(limit => limit.Attribute.Key == RateLimitKey.Session);
        if (bySession ? SessionId(http) is not null : declared.All(limit => limit.Attribute.Key is RateLimitKey.Address or RateLimitKey.Header))
        {
            http.Features.Set(new Begun(AcquireAsync(declared, http).OrForgotten(), bySession));
        }
    }

    /// <inheritdoc/>
    public async Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        var declared = settings[invocation.Function];
        if (declared.Count == 0)
        {
            return await next();
        }

        var http = invocation.Http;
        var begun = http.Features.Get<Begun>();
        begun?.IsUsed = true;
        await using var acquisition = await (begun?.Acquisition ?? AcquireAsync(declared, http));
        RateLimitFields.Write(http.Response.Headers, declared, acquisition.Decisions);
        http.Features.Set(new DecidedLimits(declared, acquisition));
        for (var i = 0; i < declared.Count; i++)
        {
            var decision = acquisition.Decisions[i];
            counters.Add($"limit.{declared[i].Policy.Name}.{(decision.IsAllowed ? "allowed" : "rejected")}");
            if (TightCallers.IsTight(decision.Remaining, decision.Limit))
            {
                tight.Note(Partition(declared[i], http), declared[i].Policy.Name, decision.Remaining, decision.Limit);
            }
        }

        return acquisition.IsAllowed
            ? await next()
            : Problems.RateLimited(declared.Where((_, i) => !acquisition.Decisions[i].IsAllowed).Select(limit => limit.Policy.Name));
    }

    /// <inheritdoc/>
    public void Abandon(HttpInvocation invocation)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        if (invocation.Http.Features.Get<Begun>() is { IsUsed: false, BySession: true } begun)
        {
            _ = TakeBackAsync(begun.Acquisition);
        }
    }

    private Task<RateLimitAcquisition> AcquireAsync(IReadOnlyList<FunctionLimit> declared, HttpContext http) =>
        limits.AcquireAsync([.. declared.Select(limit => Counted(limit.Policy, Partition(limit, http)))], 1, http.RequestAborted);

    // A lifted limit goes on counting, up to many times as much: so there is always a number to tell, and an end to abuse.
    private CountedLimit Counted(RateLimitPolicy policy, string partition) => new(
        lifted.Contains(partition) ? policy with { Limit = (int)Math.Min((long)policy.Limit * LiftedFactor, int.MaxValue) } : policy, partition);

    private string Partition(FunctionLimit limit, HttpContext http) => limit.IsOfNetwork ? $"n:{address.WiderNetworkOf(http)}" : limit.Attribute.Key switch
    {
        RateLimitKey.User => PartitionOfUser(http.Request.Caller().UserId),
        RateLimitKey.Session => $"s:{SessionId(http)}",
        RateLimitKey.Header when http.Request.Headers[limit.Attribute.Header!].ToString() is { Length: > 0 } value => $"header:{limit.Attribute.Header} {value}",
        _ => PartitionOfNetwork(address.NetworkOf(http)),
    };

    /// <summary>As whom limits count a user.</summary>
    internal static string PartitionOfUser(int userId) => string.Create(CultureInfo.InvariantCulture, $"u:{userId}");

    /// <summary>As whom they count the clients of an address.</summary>
    internal static string PartitionOfNetwork(string network) => $"a:{network}";

    // The handle, not the token: what is in a key is no secret.
    private static string? SessionId(HttpContext http) =>
        http.Request.CallerOrNull()?.Session.Id
        ?? (http.Features.Get<ShownSession>()?.Token is { } token ? SessionStore.IdOf(token) : null);

    private async Task TakeBackAsync(Task<RateLimitAcquisition> acquisition)
    {
        try
        {
            await (await acquisition).RefundAsync();
        }
#pragma warning disable CA1031 // Nobody waits for this; what is not taken back leaves with the window.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotTakenBack(exception.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "The count of a session that does not exist could not be taken back: {Reason}")]
    private partial void LogNotTakenBack(string reason);

    private sealed class Begun(Task<RateLimitAcquisition> acquisition, bool bySession)
    {
        public Task<RateLimitAcquisition> Acquisition => acquisition;

        public bool BySession => bySession;

        public bool IsUsed { get; set; }
    }
}
