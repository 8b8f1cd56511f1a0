using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Functions.Redis.Caching;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Functions.Http.Policies;

/// <summary>Applies <see cref="CacheResultAttribute"/>.</summary>
public sealed class CacheResultPolicy(RedisHybridCache cache, CacheOptions options, IAdminDirectory admins) : IEarlyHttpPolicy
{
    // Callers choose query parameters; the cache takes keys of 1,024 characters at most.
    private const int LongestPlainKey = 500;

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
        var (answer, outcome) = await cache.GetOrCreateEntryAsync(
            ownView ? reads.Own! : reads.Public,
            (http, next),
            MakeAsync,
            CancellationToken.None); // Others may wait for what this request makes: it stays until that is done.

        var headers = http.Response.Headers;
        headers["X-Cache"] = Name(outcome);
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

    private BegunRead<StoredAnswer> BeginRead(CacheResultAttribute attribute, HttpInvocation invocation, bool ownView) =>
        cache.BeginRead<StoredAnswer>(Key(attribute, invocation, ownView), attribute.EntryOptions, attribute.Tags.Select(tag => Fill(tag, invocation)));

    private async ValueTask<StoredAnswer> MakeAsync(
        (HttpContext Http, Func<Task<object?>> Next) request, CacheEntryContext context, CancellationToken cancellationToken)
    {
        request.Http.Features.Set(context);
        request.Http.RequestAborted = cancellationToken; // The answer is no longer for this client alone.
        var answer = await StoredAnswer.CaptureAsync(await request.Next(), request.Http.RequestServices);
        context.Expiration = answer.Status switch
        {
            StatusCodes.Status200OK => null,
            StatusCodes.Status404NotFound => options.NegativeExpiration,
            _ => TimeSpan.Zero,
        };
        return answer.Status == StatusCodes.Status200OK ? answer with { ETag = EntityTag.Of(answer.Body.Span) } : answer;
    }

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
                key.Append('=').Append(Uri.EscapeDataString(value.ToString()));
            }
        }

        if (key.Length > LongestPlainKey)
        {
            var digest = SHA256.HashData(Encoding.UTF8.GetBytes(key.ToString()));
            key.Clear().Append(attribute.Prefix).Append(":#").Append(Base64Url.EncodeToString(digest));
        }

        return ownView ? key.Append(":own").ToString() : key.ToString();
    }

    private static string Fill(string tag, HttpInvocation invocation)
    {
        var start = tag.IndexOf('{');
        var end = tag.IndexOf('}');
        return start < 0 ? tag : $"{tag[..start]}{RouteValue(invocation, tag[(start + 1)..end])}{tag[(end + 1)..]}";
    }

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

    private sealed record BegunReads(BegunRead<StoredAnswer> Public, BegunRead<StoredAnswer>? Own);
}
