using System.Buffers.Binary;
using System.Text;

namespace Functions.Tests.Images;

/// <summary>Colour profiles (ICC.1:2010), written from their numbers.</summary>
internal static class IccProfile
{
    private static readonly double[] D50 = [0.9642, 1, 0.8249];

    public static byte[] AdobeRgb => Matrix(563 / 256d, [0.60974, 0.31111, 0.01947], [0.20528, 0.62567, 0.06087], [0.14919, 0.06322, 0.74457]);

    public static byte[] DisplayP3 => Matrix(null, [0.51512, 0.24120, -0.00105], [0.29198, 0.69225, 0.04189], [0.15710, 0.06657, 0.78407]);

    /// <summary>The primaries of sRGB with another gamma.</summary>
    public static byte[] RgbOfGamma(double gamma) => Matrix(gamma, [0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.71410]);

    public static byte[] GrayOfGamma(double gamma) => Of("GRAY", "XYZ ", ("wtpt", Xyz(D50)), ("kTRC", Curve(gamma)));

    /// <summary>A press: what it prints (CIELAB) for each of the sixteen combinations of no ink and full ink, C as the highest bit, K as the lowest.</summary>
    public static byte[] Press(Func<int, double[]> lab) => Of("CMYK", "Lab ", ("wtpt", Xyz(D50)), ("A2B0", Table(lab)));

    // The curve is a power, or that of sRGB.
    private static byte[] Matrix(double? gamma, double[] red, double[] green, double[] blue)
    {
        var curve = gamma is { } power ? Curve(power) : SrgbCurve();
        return Of("RGB ", "XYZ ", ("wtpt", Xyz(D50)), ("rXYZ", Xyz(red)), ("gXYZ", Xyz(green)), ("bXYZ", Xyz(blue)), ("rTRC", curve), ("gTRC", curve), ("bTRC", curve));
    }

    private static byte[] Of(string space, string connection, params (string Name, byte[] Data)[] tags)
    {
        var directory = 128 + 4 + (tags.Length * 12);
        using var data = new MemoryStream();
        using var index = new MemoryStream();
        index.Write(Number(tags.Length));
        foreach (var (name, content) in tags)
        {
            index.Write([.. Encoding.ASCII.GetBytes(name), .. Number(directory + (int)data.Length), .. Number(content.Length)]);
            data.Write([.. content, .. new byte[-content.Length & 3]]);
        }

        byte[] header =
        [
            .. Number(directory + (int)data.Length), 0, 0, 0, 0, 2, 0x40, 0, 0, .. Encoding.ASCII.GetBytes(space == "CMYK" ? "prtr" : "mntr"),
            .. Encoding.ASCII.GetBytes(space), .. Encoding.ASCII.GetBytes(connection), .. new byte[12], .. "acsp"u8, .. new byte[28],
            .. D50.SelectMany(value => Number(Fixed(value))),
        ];
        return [.. header, .. new byte[128 - header.Length], .. index.ToArray(), .. data.ToArray()];
    }

    private static byte[] Xyz(double[] values) => [.. "XYZ "u8, 0, 0, 0, 0, .. values.SelectMany(value => Number(Fixed(value)))];

    private static byte[] Curve(double gamma) => [.. "curv"u8, 0, 0, 0, 0, .. Number(1), .. Number((int)Math.Round(gamma * 256))[2..]];

    private static byte[] SrgbCurve() =>
        [.. "para"u8, 0, 0, 0, 0, 0, 3, 0, 0, .. new[] { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045 }.SelectMany(value => Number(Fixed(value)))];

    // lut8Type: four channels in, three out, two points on each axis, straight curves.
    private static byte[] Table(Func<int, double[]> lab)
    {
        byte[] straight = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        return
        [
            .. "mft1"u8, 0, 0, 0, 0, 4, 3, 2, 0,
            .. new[] { 1, 0, 0, 0, 1, 0, 0, 0, 1 }.SelectMany(value => Number(value << 16)),
            .. straight, .. straight, .. straight, .. straight,
            .. Enumerable.Range(0, 16).SelectMany(inks => Encoded(lab(inks))),
            .. straight, .. straight, .. straight,
        ];
    }

    private static byte[] Encoded(double[] lab) => [(byte)Math.Round(lab[0] * 2.55), (byte)Math.Round(lab[1] + 128), (byte)Math.Round(lab[2] + 128)];

    private static int Fixed(double value) => (int)Math.Round(value * 65536);

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
