using Functions.Redis.Tasks;
using SkiaSharp;

namespace Functions.Tests.Images;

/// <summary>Of a file that was cut off or is corrupt, what a decoder can make out is shown; only where that is nothing is it refused.</summary>
public sealed class ImageDamageTests
{
    private static readonly int[] Green = [60, 200, 90];

    [Theory]
    [InlineData(1, false), InlineData(2, false), InlineData(1, true), InlineData(2, true)]
    public void A_jpeg_without_its_last_bytes_is_whole(int missing, bool progressive)
    {
        var file = progressive ? JpegFile.MakeProgressive(2, 2, 3, Shades, JpegFile.AdobeMarker) : JpegFile.Make(2, 2, 3, Shades, JpegFile.AdobeMarker);

        using var whole = Thumbnail.Of(file);
        using var cut = Thumbnail.Of(file[..^missing]);

        Assert.Equal(whole.Bytes, cut.Bytes);
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Of_a_jpeg_that_ends_within_its_pixels_those_are_shown_that_are_there(bool progressive)
    {
        var file = progressive ? JpegFile.MakeProgressive(16, 16, 3, Noise, JpegFile.AdobeMarker) : JpegFile.Make(16, 16, 3, Noise, JpegFile.AdobeMarker);

        using var whole = Thumbnail.Of(file);
        using var cut = Thumbnail.Of(file[..((file.Length + PixelsOf(file)) / 2)]);

        Assert.Equal((whole.Width, whole.Height), (cut.Width, cut.Height));
        AssertSame(whole, cut, rows: 40, tolerance: 5); // The thumbnail is a JPEG again.
        Assert.Equal(255, cut.GetPixel(64, 120).Alpha);
    }

    [Fact]
    public void Of_a_jpeg_that_ends_between_two_scans_the_first_is_shown()
    {
        var file = JpegFile.MakeProgressive(1, 1, 1, (_, _) => [100]);
        byte[] cut = [.. file[..^2], .. JpegFile.EmptyRefinement[..5]];

        Assert.InRange(Thumbnail.Of(cut).GetPixel(64, 64).Red, 99, 101);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void A_jpeg_that_ends_before_its_first_pixel_is_refused(bool hasEnd)
    {
        var file = JpegFile.Make(16, 16, 3, Noise, JpegFile.AdobeMarker);
        byte[] end = hasEnd ? JpegFile.End : [];

        AssertRefused([.. file[..PixelsOf(file)], .. end], "The image ends before its first pixel.");
        AssertRefused([.. file[..(PixelsOf(file) - 5)], .. end], "The image ends before its first pixel.");
        AssertRefused([.. file[..40], .. end], "The image ends before its first pixel.");
        AssertRefused([.. file[..3], .. end], "The image ends before its first pixel.");
    }

    // Each scan visits every block of the picture and may take ten bytes: a small file could keep a processor for hours.
    [Fact]
    public void A_jpeg_of_more_scans_than_any_encoder_writes_is_refused()
    {
        var file = JpegFile.MakeProgressive(1, 1, 1, (_, _) => [100])[..^2];
        byte[] Refined(int scans) => [.. file, .. Enumerable.Repeat(JpegFile.EmptyRefinement, scans).SelectMany(scan => scan), .. JpegFile.End];

        Assert.InRange(Thumbnail.Of(Refined(50)).GetPixel(64, 64).Red, 99, 101);
        AssertRefused(Refined(1000), "The image is corrupt or incomplete.");
    }

    [Fact]
    public void Of_a_png_that_ends_early_the_rows_are_shown_that_are_there()
    {
        var file = PngFile.Make(128, 128, PngFile.Rgb, Noise);

        using var whole = Thumbnail.Of(file);
        using var withoutEnd = Thumbnail.Of(file[..^12]);
        using var half = Thumbnail.Of(file[..(file.Length / 2)]);

        Assert.Equal(whole.Bytes, withoutEnd.Bytes);
        AssertSame(whole, half, rows: 48);
        Assert.Equal(0, half.GetPixel(64, 120).Alpha);
        AssertRefused(file[..40], "The file is not an image that can be read.");
        AssertRefused(file[..60], "The image is corrupt or incomplete.");
    }

    [Fact]
    public void Of_a_png_that_is_corrupt_in_the_middle_the_rows_before_are_shown()
    {
        var file = PngFile.Make(128, 128, PngFile.Rgb, Noise);
        using var whole = Thumbnail.Of(file);
        file.AsSpan(file.Length / 2, 40).Fill(0x5A);

        using var corrupt = Thumbnail.Of(file);

        AssertSame(whole, corrupt, rows: 48);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void Of_a_webp_that_ends_early_the_rows_are_shown_that_are_there(bool lossless)
    {
        using var bitmap = new SKBitmap(128, 128);
        for (var i = 0; i < 128 * 128; i++)
        {
            var color = Noise(i % 128, i / 128);
            bitmap.SetPixel(i % 128, i / 128, new SKColor((byte)color[0], (byte)color[1], (byte)color[2]));
        }

        using var pixels = bitmap.PeekPixels();
        var file = pixels.Encode(new SKWebpEncoderOptions(lossless ? SKWebpEncoderCompression.Lossless : SKWebpEncoderCompression.Lossy, 90))!.ToArray();

        using var whole = Thumbnail.Of(file);
        using var half = Thumbnail.Of(file[..(file.Length / 2)]);

        AssertSame(whole, half, rows: 16, tolerance: 60); // Blocks of pixels next to others are compressed differently.
        AssertRefused(file[..30], "The file is not an image that can be read.", "The image is corrupt or incomplete.");
    }

    // Not one of them may end otherwise than as a picture or as a task that is not tried again.
    [Theory]
    [InlineData("png"), InlineData("jpg"), InlineData("progressive"), InlineData("webp")]
    public void A_file_cut_anywhere_or_changed_anywhere_is_a_picture_or_refused(string kind)
    {
        using var bitmap = new SKBitmap(16, 16);
        bitmap.Erase(SKColors.CornflowerBlue);
        var file = kind switch
        {
            "png" => PngFile.Make(16, 16, PngFile.Rgb, Noise, before: [.. PngFile.Chunk("eXIf", ExifData.Orientation(6)), .. PngFile.Profile(IccProfile.AdobeRgb)]),
            "jpg" => JpegFile.Make(2, 2, 3, Noise, JpegFile.AdobeMarker, JpegFile.ExifOf(ExifData.Orientation(6)), JpegFile.Profile(IccProfile.AdobeRgb)),
            "progressive" => JpegFile.MakeProgressive(2, 2, 4, (x, y) => [.. Noise(x, y), 7], JpegFile.AdobeMarker, JpegFile.Profile(IccProfile.Press(_ => [50, 0, 0]))),
            _ => WebPFile.Make(bitmap, IccProfile.AdobeRgb, ExifData.Orientation(6)),
        };
        var random = new Random(1);
        var shown = 0;
        for (var i = 12; i < file.Length; i++)
        {
            var changed = file.ToArray();
            changed[i] = (byte)random.Next(256);
            shown += IsShown(file[..i]) + IsShown(changed);
        }

        Assert.InRange(shown, 10, 2 * file.Length);
    }

    private static int IsShown(byte[] file)
    {
        try
        {
            using var picture = Thumbnail.Of(file);
            return 1;
        }
        catch (PermanentTaskException)
        {
            return 0;
        }
    }

    private static void AssertRefused(byte[] file, params string[] reasons) =>
        Assert.Contains(Assert.Throws<PermanentTaskException>(() => Thumbnail.FileOf(file)).Message, reasons);

    private static void AssertSame(SKBitmap expected, SKBitmap actual, int rows, int tolerance = 0)
    {
        for (var y = 0; y < rows; y++)
        {
            for (var x = 0; x < expected.Width; x++)
            {
                var (one, other) = (expected.GetPixel(x, y), actual.GetPixel(x, y));
                Assert.True(
                    Math.Abs(one.Red - other.Red) <= tolerance && Math.Abs(one.Green - other.Green) <= tolerance && Math.Abs(one.Blue - other.Blue) <= tolerance,
                    $"({x}, {y}) is {other}, not {one}.");
            }
        }
    }

    // Behind the header of the first scan.
    private static int PixelsOf(byte[] file) => file.AsSpan().IndexOf<byte>([0xFF, 0xDA]) is var scan ? scan + 2 + file[scan + 3] : 0;

    private static int[] Shades(int x, int y) => [Green[0] + (40 * x), Green[1] - (40 * y), Green[2]];

    private static int[] Noise(int x, int y)
    {
        var hash = unchecked(((x * 73_856_093) ^ (y * 19_349_663)) * 83_492_791);
        return [(hash >> 8) & 255, (hash >> 16) & 255, (hash >> 24) & 255];
    }
}
