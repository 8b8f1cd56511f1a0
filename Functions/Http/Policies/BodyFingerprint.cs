using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Tells whether two requests have the same address and body.</summary>
/// <remarks>Fingerprints are stored, and bodies hold passwords: without the secret key nobody can try out what a fingerprint was made of.</remarks>
public sealed class BodyFingerprint
{
    private volatile byte[][] _keys;

    /// <summary>Derives its keys from <paramref name="secretKeys"/>, which also sign cookies: the current one first, then those from before.</summary>
    public BodyFingerprint(IEnumerable<string> secretKeys) => _keys = Derive(secretKeys);

    /// <summary>Goes on with other keys.</summary>
    public void UseKeys(IEnumerable<string> secretKeys) => _keys = Derive(secretKeys);

    /// <summary>
    /// Reads the whole body, which can be read again afterwards. The address counts as it may name what is changed. There is a fingerprint for each
    /// secret key: an earlier attempt may have come before the key was replaced.
    /// </summary>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> OfAsync(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.EnableBuffering();
        var address = Encoding.UTF8.GetBytes($"{request.Path}{request.QueryString}");
        var keys = _keys;
        var fingerprints = new ReadOnlyMemory<byte>[keys.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            var body = await HMACSHA256.HashDataAsync(keys[i], request.Body, request.HttpContext.RequestAborted);
            request.Body.Position = 0;
            byte[] all = [.. body, .. address];
            fingerprints[i] = HMACSHA256.HashData(keys[i], all);
        }

        return fingerprints;
    }

    private static byte[][] Derive(IEnumerable<string> secretKeys) =>
        [.. secretKeys.Select(secretKey => HMACSHA256.HashData(Encoding.UTF8.GetBytes(secretKey), "body fingerprint"u8))];
}
