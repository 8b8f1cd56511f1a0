using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Names a request with an <c>Idempotency-Key</c> to whatever must not happen twice: the same for each attempt.</summary>
/// <param name="Digests">SHA-256 of caller, operation, key and content, with each secret key that is accepted; that of the current one first.</param>
internal sealed record IdempotentRequest(IReadOnlyList<byte[]> Digests)
{
    public static IdempotentRequest Of(string key, IReadOnlyList<ReadOnlyMemory<byte>> fingerprints) =>
        new([.. fingerprints.Select(fingerprint => SHA256.HashData([.. Encoding.UTF8.GetBytes(key), .. fingerprint.Span]))]);
}

/// <summary>Gives functions the identity of their request.</summary>
internal static class IdempotentRequestExtensions
{
    /// <summary>The digests of the request, by any of which an attempt may have been remembered; null if it has no <c>Idempotency-Key</c>.</summary>
    public static IReadOnlyList<byte[]>? IdempotencyDigests(this HttpRequest request) => request.HttpContext.Features.Get<IdempotentRequest>()?.Digests;

    /// <summary>One of them as text, for queues, which know a request by one name: that of the oldest secret key, which attempts from before its replacement had.</summary>
    public static string? IdempotencyName(this HttpRequest request) => request.IdempotencyDigests() is { } digests ? Convert.ToHexStringLower(digests[^1]) : null;
}
