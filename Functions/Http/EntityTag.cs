using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Functions.Http;

/// <summary>Strong validators of representations (RFC 9110, section 8.8.3): the same bytes have the same tag, on every instance.</summary>
public static class EntityTag
{
    private const int DigestBytes = 16;

    /// <summary>The tag of a body.</summary>
    public static string Of(ReadOnlySpan<byte> body) => $"\"{Base64Url.EncodeToString(SHA256.HashData(body).AsSpan(0, DigestBytes))}\"";

    /// <summary>The tag that an answer with <paramref name="representation"/> as its body has.</summary>
    public static string OfJson<T>(T representation) => Of(JsonSerializer.SerializeToUtf8Bytes(representation, ApiJson.Options));
}
