using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Tells whether two requests have the same address and body.</summary>
/// <remarks>Fingerprints are stored, and bodies hold passwords: without the secret key nobody can try out what a fingerprint was made of.</remarks>
public sealed class BodyFingerprint
{
    private readonly byte[] _key;

    /// <summary>Derives the key from <paramref name="secretKey"/>, which also signs cookies.</summary>
    public BodyFingerprint(string secretKey) => _key = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secretKey), "body fingerprint"u8);

    /// <summary>Reads the whole body, which can be read again afterwards. The address counts as it may name what is changed.</summary>
    public async Task<ReadOnlyMemory<byte>> OfAsync(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.EnableBuffering();
        var body = await HMACSHA256.HashDataAsync(_key, request.Body, request.HttpContext.RequestAborted);
        request.Body.Position = 0;
        byte[] all = [.. body, .. Encoding.UTF8.GetBytes($"{request.Path}{request.QueryString}")];
        return HMACSHA256.HashData(_key, all);
    }
}
