using System.Text.RegularExpressions;
using Functions.Redis.Connections;
using Functions.Redis.Idempotency;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Functions.Http.Policies;

/// <summary>Runs a function marked <see cref="IdempotentAttribute"/> once per caller and <c>Idempotency-Key</c>.</summary>
public sealed partial class IdempotencyPolicy(
    IdempotencyStore store, BodyFingerprint fingerprint, ClientAddress address, ILogger<IdempotencyPolicy> logger) : IHttpPolicy
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
        var content = await fingerprint.OfAsync(http.Request);
        http.Features.Set(IdempotentRequest.Of(key, content));
        var claim = await store.BeginAsync(key, content, http.RequestAborted);
        return claim.State switch
        {
            IdempotencyState.Claimed => await RunAsync(http, attribute, key, claim.Token, next),
            IdempotencyState.Answered when claim.Answer.Length == MadeAnew.Length => await next(),
            IdempotencyState.Answered => StoredAnswer.Parse(claim.Answer),
            IdempotencyState.Running => Problems.Conflict($"A request with this {Header} is still running"),
            _ => Problems.Unprocessable($"This {Header} was used for another request"),
        };
    }

    private async Task<object?> RunAsync(HttpContext http, IdempotentAttribute attribute, string key, string token, Func<Task<object?>> next)
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
            // has had its effect all the same, what has it knows the request: IdempotentRequest.
            await CompleteAsync(key, token, kept);
        }
    }

    // What the request made is made: a caller who was told otherwise would repeat it.
    private async Task CompleteAsync(string key, string token, ReadOnlyMemory<byte> kept)
    {
        try
        {
            await store.CompleteAsync(key, token, kept);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            LogNotKept(exception.Message);
        }
    }

    [GeneratedRegex("^[!-~]{1,255}\\z")]
    private static partial Regex ValidKey();

    [LoggerMessage(1, LogLevel.Warning, "The answer of an idempotent request could not be kept: {Reason}")]
    private partial void LogNotKept(string reason);
}
