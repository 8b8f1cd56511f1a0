using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Names a request with an <c>Idempotency-Key</c> to whatever must not happen twice: the same for each attempt.</summary>
/// <param name="Digest">SHA-256 of caller, operation, key and content.</param>
internal sealed record IdempotentRequest(byte[] Digest)
{
    public static IdempotentRequest Of(string key, ReadOnlyMemory<byte> fingerprint) => new(SHA256.HashData([.. Encoding.UTF8.GetBytes(key), .. fingerprint.Span]));
}

/// <summary>Gives functions the identity of their request.</summary>
internal static class IdempotentRequestExtensions
{
    /// <summary>The digest of the request; null if it has no <c>Idempotency-Key</c>.</summary>
    public static byte[]? IdempotencyDigest(this HttpRequest request) => request.HttpContext.Features.Get<IdempotentRequest>()?.Digest;

    /// <summary>The same as text, for the queue.</summary>
    public static string? IdempotencyName(this HttpRequest request) => request.IdempotencyDigest() is { } digest ? Convert.ToHexStringLower(digest) : null;
}
