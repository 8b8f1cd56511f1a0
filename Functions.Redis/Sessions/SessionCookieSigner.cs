using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Functions.Redis.Sessions;

/// <summary>Signs tokens for cookies: <c>token.signature</c>, the signature being HMAC-SHA-256 in base64url.</summary>
public sealed class SessionCookieSigner
{
    private volatile byte[][] _keys;

    /// <summary>Signs by the first key and accepts the others too, so that keys can be replaced without closing sessions.</summary>
    /// <param name="keys">At least one key, each of at least 32 bytes in UTF-8.</param>
    public SessionCookieSigner(params IEnumerable<string> keys) => _keys = Read(keys);

    /// <summary>Goes on with other keys, of which the same holds.</summary>
    /// <param name="keys">At least one key, each of at least 32 bytes in UTF-8.</param>
    public void UseKeys(IEnumerable<string> keys) => _keys = Read(keys);

    /// <summary>The value of the cookie for <paramref name="token"/>.</summary>
    public string Sign(string token) => $"{token}.{Base64Url.EncodeToString(Signature(_keys[0], token))}";

    /// <summary>The token in <paramref name="value"/>, or null if no key has signed it.</summary>
    public string? Verify(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var dot = value.LastIndexOf('.');
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (dot < 0
            || !Base64Url.IsValid(value.AsSpan(dot + 1), out var length)
            || length != signature.Length
            || !Base64Url.TryDecodeFromChars(value.AsSpan(dot + 1), signature, out _))
        {
            return null;
        }

        var token = value[..dot];
        foreach (var key in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(signature, Signature(key, token)))
            {
                return token;
            }
        }

        return null;
    }

    private static byte[][] Read(IEnumerable<string> keys)
    {
        byte[][] read = [.. keys.Select(Encoding.UTF8.GetBytes)];
        return read.Length == 0 || Array.Exists(read, key => key.Length < 32)
            ? throw new ArgumentException("Every key that signs cookies must be at least 32 bytes long.", nameof(keys))
            : read;
    }

    private static byte[] Signature(byte[] key, string token) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(token));
}
