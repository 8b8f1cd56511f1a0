using Functions.Images;
using SkiaSharp;

namespace Functions.Tests.Images;

/// <summary>Thumbnails have the colours that the picture has by its profile, in sRGB. The expected values are those that Chromium shows.</summary>
public sealed class ImageColorTests
{
    private const int White = 255;
    private static readonly int[] Green = [60, 200, 90];
    private static readonly byte[] AdobePrimaries = PngFile.Chromaticities(0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06);

    public static TheoryData<string, int, int, int> Png => new()
    {
        { "plain", 60, 200, 90 },
        { "Adobe RGB", 0, 201, 80 },
        { "Adobe RGB, 16 bits", 0, 201, 80 },
        { "Adobe RGB in gAMA and cHRM", 0, 201, 80 },
        { "Display P3", 0, 203, 73 },
        { "Display P3 in cICP", 0, 203, 73 },
        { "sRGB in cICP before a profile", 60, 200, 90 },
        { "gamma 1.8", 77, 210, 109 },
        { "gamma 1.8 in gAMA", 77, 210, 109 },
        { "sRGB before gAMA", 60, 200, 90 },
        { "broken profile", 60, 200, 90 },
        { "profile of another kind", 60, 200, 90 },
        { "gray", 100, 100, 100 },
        { "gray, gamma 1.8", 119, 119, 119 },
        { "gray, gamma 1.8 in gAMA", 119, 119, 119 },
        { "gray with alpha, gamma 1.8", 119, 119, 119 },
    };

    [Theory]
    [MemberData(nameof(Png))]
    public void Colors_of_a_png_become_srgb(string kind, int red, int green, int blue)
    {
        var file = kind switch
        {
            "plain" => Rgb([]),
            "Adobe RGB" => Rgb(PngFile.Profile(IccProfile.AdobeRgb)),
            "Adobe RGB, 16 bits" => PngFile.Make(
                16, 8, PngFile.Rgb, (_, _) => [.. Green.Select(value => value * 257)], depth: 16, PngFile.Profile(IccProfile.AdobeRgb)),
            "Adobe RGB in gAMA and cHRM" => Rgb([.. PngFile.Gamma(256 / 563d), .. AdobePrimaries]),
            "Display P3" => Rgb(PngFile.Profile(IccProfile.DisplayP3)),
            "Display P3 in cICP" => Rgb(PngFile.Chunk("cICP", [12, 13, 0, 1])),
            "sRGB in cICP before a profile" => Rgb([.. PngFile.Chunk("cICP", [1, 13, 0, 1]), .. PngFile.Profile(IccProfile.AdobeRgb)]),
            "gamma 1.8" => Rgb(PngFile.Profile(IccProfile.RgbOfGamma(1.8))),
            "gamma 1.8 in gAMA" => Rgb(PngFile.Gamma(1 / 1.8)),
            "sRGB before gAMA" => Rgb([.. PngFile.Chunk("sRGB", [0]), .. PngFile.Gamma(1 / 1.8)]),
            "broken profile" => Rgb(PngFile.Profile(new byte[200])),
            "profile of another kind" => Rgb(PngFile.Profile(IccProfile.GrayOfGamma(1.8))),
            "gray" => Gray([]),
            "gray, gamma 1.8" => Gray(PngFile.Profile(IccProfile.GrayOfGamma(1.8))),
            "gray, gamma 1.8 in gAMA" => Gray(PngFile.Gamma(1 / 1.8)),
            _ => PngFile.Make(16, 8, PngFile.GrayAlpha, (_, _) => [100, 255], before: PngFile.Profile(IccProfile.GrayOfGamma(1.8))),
        };

        AssertColor(red, green, blue, Thumbnail.Of(file).GetPixel(64, 32), tolerance: 1);
    }

    [Theory]
    [InlineData("plain", 60, 200, 90), InlineData("Adobe RGB", 0, 201, 80), InlineData("Display P3", 0, 203, 73), InlineData("gamma 1.8", 77, 210, 109)]
    public void Colors_of_a_jpeg_become_srgb(string kind, int red, int green, int blue)
    {
        var file = JpegFile.Make(2, 1, 3, (_, _) => Green, [JpegFile.AdobeMarker, .. ProfileOf(kind) is { } icc ? [JpegFile.Profile(icc)] : Array.Empty<byte[]>()]);

        AssertColor(red, green, blue, Thumbnail.Of(file).GetPixel(64, 32), tolerance: 2); // The thumbnail is a JPEG again.
    }

    [Theory]
    [InlineData("plain", 60, 200, 90), InlineData("Adobe RGB", 0, 201, 80), InlineData("Display P3", 0, 203, 73), InlineData("gamma 1.8", 77, 210, 109)]
    public void Colors_of_a_webp_become_srgb(string kind, int red, int green, int blue)
    {
        using var bitmap = Flat(new SKColor(60, 200, 90));

        AssertColor(red, green, blue, Thumbnail.Of(WebPFile.Make(bitmap, ProfileOf(kind))).GetPixel(64, 32), tolerance: 3);
    }

    [Theory]
    [InlineData(false, 100), InlineData(true, 119)]
    public void Grays_of_a_jpeg_become_srgb(bool hasProfile, int gray)
    {
        var file = JpegFile.Make(2, 1, 1, (_, _) => [100], hasProfile ? [JpegFile.Profile(IccProfile.GrayOfGamma(1.8))] : []);

        AssertColor(gray, gray, gray, Thumbnail.Of(file).GetPixel(64, 32), tolerance: 1);
    }

    [Fact]
    public void A_press_prints_what_its_profile_says_for_each_combination_of_inks()
    {
        for (var inks = 0; inks < 16; inks++)
        {
            // Full ink is 0, as Adobe writes it.
            int[] samples = [White - Ink(inks, 3), White - Ink(inks, 2), White - Ink(inks, 1), White - Ink(inks, 0)];
            var file = JpegFile.Make(2, 1, 4, (_, _) => samples, JpegFile.AdobeMarker, JpegFile.Profile(IccProfile.Press(LabOf)));

            var (red, green, blue) = FromLab(LabOf(inks));
            AssertColor(red, green, blue, Thumbnail.Of(file).GetPixel(64, 32), tolerance: 3);
        }
    }

    // Without a profile each ink takes away its part of the light. Without Adobe's marker browsers read the samples as if it was there.
    [Theory]
    [InlineData(true), InlineData(false)]
    public void Inks_without_a_profile_take_light_away(bool hasMarker)
    {
        int[] samples = [White - 200, White - 40, White - 80, White - 30];

        var file = JpegFile.Make(2, 1, 4, (_, _) => samples, hasMarker ? [JpegFile.AdobeMarker] : []);

        AssertColor(55 * 225 / 255, 215 * 225 / 255, 175 * 225 / 255, Thumbnail.Of(file).GetPixel(64, 32), tolerance: 2);
    }

    [Fact]
    public void Transparency_is_kept()
    {
        var png = PngFile.Make(16, 8, PngFile.Rgba, (x, _) => [.. Green, x < 8 ? 128 : 0], before: PngFile.Profile(IccProfile.AdobeRgb));
        using var bitmap = Flat(new SKColor(60, 200, 90, 128));

        using var ofPng = Thumbnail.Of(png);
        using var ofWebP = Thumbnail.Of(WebPFile.Make(bitmap, IccProfile.AdobeRgb));

        AssertColor(0, 201, 80, ofPng.GetPixel(20, 32), tolerance: 2);
        Assert.Equal((128, 0), (ofPng.GetPixel(20, 32).Alpha, ofPng.GetPixel(120, 32).Alpha));
        Assert.Equal(128, ofWebP.GetPixel(64, 32).Alpha);
        AssertColor(0, 201, 80, ofWebP.GetPixel(64, 32), tolerance: 4);
    }

    [Fact]
    public void A_thumbnail_has_no_profile_and_no_metadata()
    {
        var jpeg = JpegFile.Make(
            2, 1, 3, (_, _) => Green, JpegFile.AdobeMarker, JpegFile.Profile(IccProfile.AdobeRgb), JpegFile.ExifOf(ExifData.Orientation(1)));
        var png = Rgb([.. PngFile.Profile(IccProfile.AdobeRgb), .. PngFile.Chunk("eXIf", ExifData.Orientation(1))]);

        Assert.All<byte[]>([Thumbnail.FileOf(jpeg), Thumbnail.FileOf(png)], file => Assert.All(
            ["ICC_PROFILE", "iCCP", "Exif", "eXIf"], name => Assert.Equal(-1, file.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(name)))));
    }

    [Fact]
    public void Of_an_animation_the_first_picture_is_shown()
    {
        using var first = Flat(new SKColor(60, 200, 90));
        using var second = Flat(SKColors.Red);

        AssertColor(60, 200, 90, Thumbnail.Of(WebPFile.Animation(first, second)).GetPixel(64, 32), tolerance: 3);
    }

    private static byte[] Rgb(byte[] chunks) => PngFile.Make(16, 8, PngFile.Rgb, (_, _) => Green, before: chunks);

    private static byte[] Gray(byte[] chunks) => PngFile.Make(16, 8, PngFile.Gray, (_, _) => [100], before: chunks);

    private static byte[]? ProfileOf(string kind) => kind switch
    {
        "Adobe RGB" => IccProfile.AdobeRgb,
        "Display P3" => IccProfile.DisplayP3,
        "gamma 1.8" => IccProfile.RgbOfGamma(1.8),
        _ => null,
    };

    private static SKBitmap Flat(SKColor color)
    {
        var bitmap = new SKBitmap(new SKImageInfo(16, 8, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        bitmap.Erase(color);
        return bitmap;
    }

    private static int Ink(int inks, int bit) => ((inks >> bit) & 1) * White;

    // Colours that sRGB has, unlike those of any real press, so that a conversion that ignores the profile is far off.
    private static double[] LabOf(int inks)
    {
        var (cyan, magenta, yellow, black) = ((inks >> 3) & 1, (inks >> 2) & 1, (inks >> 1) & 1, inks & 1);
        return [90 - (15 * cyan) - (20 * magenta) - (5 * yellow) - (25 * black), 20 * (magenta - cyan), 20 * (yellow - cyan)];
    }

    // CIELAB (D50) to sRGB by the definitions, with the matrix of ICC's sRGB profile inverted.
    private static (int Red, int Green, int Blue) FromLab(double[] lab)
    {
        var fy = (lab[0] + 16) / 116;
        var (x, y, z) = (0.9642 * Cube(fy + (lab[1] / 500)), Cube(fy), 0.8249 * Cube(fy - (lab[2] / 200)));
        return (
            Encode((3.1338561 * x) - (1.6168667 * y) - (0.4906146 * z)),
            Encode((-0.9787684 * x) + (1.9161415 * y) + (0.0334540 * z)),
            Encode((0.0719453 * x) - (0.2289914 * y) + (1.4052427 * z)));

        static double Cube(double t) => t > 6d / 29 ? t * t * t : 3 * 36 / 841d * (t - (4d / 29));

        static int Encode(double linear) =>
            (int)Math.Round(255 * Math.Clamp(linear <= 0.0031308 ? 12.92 * linear : (1.055 * Math.Pow(linear, 1 / 2.4)) - 0.055, 0, 1));
    }

    private static void AssertColor(int red, int green, int blue, SKColor actual, int tolerance)
    {
        var distance = new[] { Math.Abs(red - actual.Red), Math.Abs(green - actual.Green), Math.Abs(blue - actual.Blue) }.Max();
        Assert.True(distance <= tolerance, $"Expected ({red}, {green}, {blue}) ± {tolerance}, but it is ({actual.Red}, {actual.Green}, {actual.Blue}).");
    }
}
