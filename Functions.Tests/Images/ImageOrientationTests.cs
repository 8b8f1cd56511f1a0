using SkiaSharp;

namespace Functions.Tests.Images;

/// <summary>A picture of red, blue, green and yellow quarters (row by row) is shown as the camera was held.</summary>
public sealed class ImageOrientationTests
{
    private const int Width = 32;
    private const int Height = 16;

    public static TheoryData<string, int, bool> Cases => [.. from kind in new[] { "PNG, before the pixels", "PNG, after the pixels", "PNG, with its name", "JPEG", "WebP" }
                                                             from orientation in Enumerable.Range(1, 8)
                                                             select (kind, orientation, orientation % 2 == 0)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_picture_is_turned_upright(string kind, int orientation, bool bigEndian)
    {
        var exif = ExifData.Orientation(orientation, bigEndian);
        var file = kind switch
        {
            "PNG, before the pixels" => Png(before: exif),
            "PNG, after the pixels" => Png(after: exif),
            "PNG, with its name" => Png(before: [.. "Exif\0\0"u8, .. exif]),
            "JPEG" => JpegFile.Make(Width / 8, Height / 8, 3, (x, y) => Quarter(x * 8, y * 8), JpegFile.AdobeMarker, JpegFile.ExifOf(exif)),
            _ => WebP(exif),
        };

        using var upright = Thumbnail.Of(file);

        Assert.Equal(orientation < 5 ? (128, 64) : (128, 256), (upright.Width, upright.Height));
        var (right, bottom) = (upright.Width * 3 / 4, upright.Height * 3 / 4);
        var (left, top) = (upright.Width / 4, upright.Height / 4);
        Assert.Equal(
            orientation switch { 1 => "RBGY", 2 => "BRYG", 3 => "YGBR", 4 => "GYRB", 5 => "RGBY", 6 => "GRYB", 7 => "YBGR", _ => "BYRG" },
            $"{NameAt(left, top)}{NameAt(right, top)}{NameAt(left, bottom)}{NameAt(right, bottom)}");

        char NameAt(int x, int y) => upright.GetPixel(x, y) switch
        {
            { Red: > 200, Green: > 200, Blue: < 50 } => 'Y',
            { Red: > 200, Green: < 50, Blue: < 50 } => 'R',
            { Green: > 200, Red: < 50, Blue: < 50 } => 'G',
            { Blue: > 200, Red: < 50, Green: < 50 } => 'B',
            _ => '?',
        };
    }

    [Theory]
    [InlineData(""), InlineData("II*\0"), InlineData("II*\0\u00FF\u00FF\u00FF\u00FF"), InlineData("MM\0*\u0080\0\0\u0008"), InlineData("II*\0\u0008\0\0\0\u00FF\u00FF\u0012\u0001")]
    public void Metadata_that_makes_no_sense_is_passed_over(string exif)
    {
        using var picture = Thumbnail.Of(Png(before: System.Text.Encoding.Latin1.GetBytes(exif)));

        Assert.Equal((128, 64), (picture.Width, picture.Height));
    }

    [Fact]
    public void Only_the_values_that_exist_turn_a_picture()
    {
        using var zero = Thumbnail.Of(Png(before: ExifData.Orientation(0)));
        using var nine = Thumbnail.Of(Png(before: ExifData.Orientation(9)));

        Assert.Equal((64, 64), (zero.Height, nine.Height));
    }

    private static byte[] Png(byte[]? before = null, byte[]? after = null) => PngFile.Make(
        Width, Height, PngFile.Rgb, Quarter, before: before is null ? [] : PngFile.Chunk("eXIf", before), after: after is null ? [] : PngFile.Chunk("eXIf", after));

    private static byte[] WebP(byte[] exif)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var color = Quarter(x, y);
                bitmap.SetPixel(x, y, new SKColor((byte)color[0], (byte)color[1], (byte)color[2]));
            }
        }

        return WebPFile.Make(bitmap, exif: exif);
    }

    private static int[] Quarter(int x, int y) => (x < Width / 2, y < Height / 2) switch
    {
        (true, true) => [255, 0, 0],
        (false, true) => [0, 0, 255],
        (true, false) => [0, 255, 0],
        _ => [255, 255, 0],
    };
}
