using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Functions.Redis.Caching;
using Functions.Redis.Monitoring;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Functions.Http.Policies;

/// <summary>Applies <see cref="CacheResultAttribute"/>.</summary>
public sealed class CacheResultPolicy(RedisHybridCache cache, IAdminDirectory admins, InstanceCounters counters) : IEarlyHttpPolicy
{
    // Callers choose query parameters; the cache takes keys of 1,024 characters at most.
    private const int LongestPlainKey = 500;

    private readonly ConcurrentDictionary<string, StoredAnswer> _absences = new(StringComparer.Ordinal);

    /// <summary>
    /// Reads the answer before it is known whether the caller may have it. Whoever shows a session may turn out to see more than others:
    /// then both views are read.
    /// </summary>
    public void Begin(HttpInvocation invocation)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        if (invocation.Function.Policy<CacheResultAttribute>() is { } attribute)
        {
            var mayBeOwner = attribute.Owner is not null && invocation.Http.Features.Get<ShownSession>()?.Token is not null;
            invocation.Http.Features.Set(new BegunReads(
                BeginRead(attribute, invocation, ownView: false), mayBeOwner ? BeginRead(attribute, invocation, ownView: true) : null));
        }
    }

    /// <inheritdoc/>
    public async Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        if (invocation.Function.Policy<CacheResultAttribute>() is not { } attribute)
        {
            return await next();
        }

        var http = invocation.Http;
        var ownView = attribute.Owner is not null && await SeesMoreAsync(invocation, attribute.Owner);
        if (ownView)
        {
            OwnersView.Grant(http);
        }

        var reads = http.Features.Get<BegunReads>()!;
        var (found, outcome) = await cache.GetOrCreateEntryAsync(
            ownView ? reads.Own! : reads.Public,
            (http, attribute, next),
            MakeAsync,
            CancellationToken.None); // Others may wait for what this request makes: it stays until that is done.

        var answer = found ?? await AbsenceAsync(attribute.Absent!, http.RequestServices);
        var headers = http.Response.Headers;
        headers["X-Cache"] = Name(outcome);
        counters.Add($"cache.{attribute.Prefix}.{Name(outcome)}");
        if (answer.Status is not (StatusCodes.Status200OK or StatusCodes.Status404NotFound))
        {
            return answer;
        }

        // Clients must ask again each time: what they keep cannot be invalidated from here. The validator makes that cheap.
        headers.CacheControl = attribute.Owner is null ? "public, no-cache" : "private, no-cache";
        if (answer.Status != StatusCodes.Status200OK)
        {
            return answer;
        }

        headers.ETag = answer.ETag;
        var conditions = Preconditions.Of(http.Request);
        return !conditions.IsMatch(answer.ETag) ? Problems.PreconditionFailed()
            : !conditions.IsNoneMatch(answer.ETag) ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : answer;
    }

    private BegunRead<StoredAnswer?> BeginRead(CacheResultAttribute attribute, HttpInvocation invocation, bool ownView) =>
        cache.BeginRead<StoredAnswer?>(Key(attribute, invocation, ownView), attribute.EntryOptions, attribute.Tags);

    // Null for a 404 that is cached: anybody can ask for a million things that there are not, so their entries are as small as can be.
    private static async ValueTask<StoredAnswer?> MakeAsync(
        (HttpContext Http, CacheResultAttribute Attribute, Func<Task<object?>> Next) request, CacheEntryContext context, CancellationToken cancellationToken)
    {
        request.Http.Features.Set(context);
        request.Http.RequestAborted = cancellationToken; // The answer is no longer for this client alone.
        var answer = await StoredAnswer.CaptureAsync(await request.Next(), request.Http.RequestServices);
        if (answer.Status == StatusCodes.Status404NotFound && request.Attribute.Absent is not null)
        {
            return null;
        }

        if (answer.Status == StatusCodes.Status200OK)
        {
            return answer with { ETag = EntityTag.Of(answer.Body.Span) };
        }

        context.Expiration = TimeSpan.Zero;
        return answer;
    }

    private async ValueTask<StoredAnswer> AbsenceAsync(string absent, IServiceProvider services) =>
        _absences.TryGetValue(absent, out var made) ? made
        : _absences.GetOrAdd(absent, await StoredAnswer.CaptureAsync(Problems.NotFound(absent), services));

    private async Task<bool> SeesMoreAsync(HttpInvocation invocation, string owner) =>
        invocation.Http.Request.CallerOrNull() is { } caller
        && (RouteValue(invocation, owner) == caller.Session.UserId
            || await admins.IsAdminAsync(caller.UserId, invocation.Http.RequestAborted));

    private static string Key(CacheResultAttribute attribute, HttpInvocation invocation, bool ownView)
    {
        var request = invocation.Http.Request;
        var key = new StringBuilder(attribute.Prefix);
        foreach (var name in request.RouteValues.Keys.Order(StringComparer.Ordinal))
        {
            key.Append(':').Append(RouteValue(invocation, name));
        }

        foreach (var name in attribute.Query)
        {
            key.Append(':');
            if (request.Query.TryGetValue(name, out var value))
            {
                // An empty parameter is not a missing one: it may be wrong.
                key.Append('=').Append(Uri.EscapeDataString(Canonical(value.ToString())));
            }
        }

        if (key.Length > LongestPlainKey)
        {
            var digest = SHA256.HashData(Encoding.UTF8.GetBytes(key.ToString()));
            key.Clear().Append(attribute.Prefix).Append(":#").Append(Base64Url.EncodeToString(digest));
        }

        return ownView ? key.Append(":own").ToString() : key.ToString();
    }

    // As many zeros as a caller likes may stand before a number.
    private static string Canonical(string value) =>
        value.Length > 1 && value.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0 ? value.TrimStart('0').PadLeft(1, '0') : value;

    // A number has many spellings ("7", "007", "+7"), and one set of tags by which its answers are invalidated.
    private static string? RouteValue(HttpInvocation invocation, string name)
    {
        var text = invocation.Http.GetRouteValue(name)?.ToString();
        return Array.Exists(invocation.Function.Method.GetParameters(), parameter => parameter.Name == name && parameter.ParameterType == typeof(int))
            && int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
                ? number.ToString(CultureInfo.InvariantCulture)
                : text;
    }

    private static string Name(CacheOutcome outcome) => outcome switch
    {
        CacheOutcome.Hit => "hit",
        CacheOutcome.Stale => "stale",
        CacheOutcome.Bypass => "bypass",
        _ => "miss",
    };

    private sealed record BegunReads(BegunRead<StoredAnswer?> Public, BegunRead<StoredAnswer?>? Own);
}
