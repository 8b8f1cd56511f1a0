using System.Globalization;
using System.Text.RegularExpressions;
using Functions.Redis.Idempotency;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Functions.Http.Policies;

/// <summary>Runs a function marked <see cref="IdempotentAttribute"/> once per caller and <c>Idempotency-Key</c>.</summary>
public sealed partial class IdempotencyPolicy(
    IdempotencyStore store, BodyFingerprint fingerprint, ClientAddress address) : IHttpPolicy
{
    private const string Header = "Idempotency-Key";

    // Of a function that can make its answer anew. Callers choose how large answers are that repeat what they have sent.
    private const int LongestKept = 128;

    // No answer has one byte.
    private static readonly byte[] MadeAnew = [0];

    /// <inheritdoc/>
    public async Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        var http = invocation.Http;
        if (invocation.Function.Policy<IdempotentAttribute>() is not { } attribute || !http.Request.Headers.TryGetValue(Header, out var given))
        {
            return await next();
        }

        if (!ValidKey().IsMatch(given.ToString()))
        {
            return Problems.BadRequest($"{Header} must be 1 to 255 visible ASCII characters");
        }

        var who = http.Request.CallerOrNull() is { } caller ? $"user:{caller.UserId}" : $"address:{address.Of(http)}";
        var key = $"{who}:{invocation.Function.Name}:{given}";
        var contents = await fingerprint.OfAsync(http.Request);
        http.Features.Set(IdempotentRequest.Of(key, contents));
        var claim = await store.BeginAsync(key, contents, http.RequestAborted);
        return claim.State switch
        {
            IdempotencyState.Claimed => await RunAsync(http, attribute, claim.Attempt!, next),
            IdempotencyState.Answered when claim.Answer.Length == MadeAnew.Length => await next(),
            IdempotencyState.Answered => StoredAnswer.Parse(claim.Answer),
            IdempotencyState.Running => StillRunning(http, claim.EndsWithin),
            _ => Problems.Unprocessable($"This {Header} was used for another request"),
        };
    }

    // Then the other attempt has renewed its claim, if it still runs, or its process has died.
    private static ProblemHttpResult StillRunning(HttpContext http, TimeSpan claimEndsWithin)
    {
        http.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(claimEndsWithin.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Problems.Conflict($"A request with this {Header} is still running");
    }

    private static async Task<object?> RunAsync(HttpContext http, IdempotentAttribute attribute, IdempotencyAttempt attempt, Func<Task<object?>> next)
    {
        var kept = ReadOnlyMemory<byte>.Empty;
        try
        {
            var answer = await StoredAnswer.CaptureAsync(await next(), http.RequestServices);
            if (answer.Status < StatusCodes.Status400BadRequest)
            {
                var bytes = answer.ToBytes();
                kept = attribute.IsRepeatable && bytes.Length > LongestKept ? MadeAnew : bytes;
            }

            return answer;
        }
        finally
        {
            // Without an answer the key is free again: a refused request has made nothing and may be corrected, a failed one may be repeated. If that
            // has had its effect all the same, what has it knows the request: IdempotentRequest. An outage of Redis does not matter here: what the request
            // made is made, and a caller who was told otherwise would repeat it.
            await attempt.CompleteAsync(kept);
        }
    }

    [GeneratedRegex("^[!-~]{1,255}\\z")]
    private static partial Regex ValidKey();
}
