using Microsoft.AspNetCore.Http;

namespace Functions.Images;

/// <summary>A format that images come in.</summary>
/// <param name="MediaType">Its content type.</param>
/// <param name="Extension">How names of its files end.</param>
internal sealed record ImageFormat(string MediaType, string Extension)
{
    /// <summary>As many bytes as it takes to know a format.</summary>
    public const int SignatureLength = 12;

    public static readonly ImageFormat Png = new("image/png", ".png");
    public static readonly ImageFormat Jpeg = new("image/jpeg", ".jpg");
    public static readonly ImageFormat WebP = new("image/webp", ".webp");

    /// <summary>The format that a request declares; null if it is none of ours.</summary>
    public static ImageFormat? Declared(HttpRequest request) =>
        request.GetTypedHeaders().ContentType?.MediaType.Value?.ToLowerInvariant() switch
        {
            "image/png" => Png,
            "image/jpeg" or "image/jpg" or "image/pjpeg" => Jpeg, // The registered name, a common mistake, and that of old browsers.
            "image/webp" => WebP,
            _ => null,
        };

    /// <summary>The format by the first bytes of a file; null if it is none of ours.</summary>
    public static ImageFormat? Of(ReadOnlySpan<byte> start) =>
        start is [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] ? Png
        : start is [0xFF, 0xD8, 0xFF, ..] ? Jpeg
        : start.Length >= 12 && start[..4].SequenceEqual("RIFF"u8) && start[8..12].SequenceEqual("WEBP"u8) ? WebP
        : null;
}
