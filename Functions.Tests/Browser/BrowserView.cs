using Microsoft.Playwright;

namespace Functions.Tests.Browser;

/// <summary>How a page is looked at.</summary>
/// <param name="Width">The width of the window in CSS pixels.</param>
/// <param name="Height">Its height.</param>
/// <param name="Scheme">Light or dark.</param>
public sealed record BrowserView(int Width, int Height, ColorScheme Scheme)
{
    public static BrowserView Desktop { get; } = new(1440, 900, ColorScheme.Light);

    public static BrowserView DesktopDark { get; } = Desktop with { Scheme = ColorScheme.Dark };

    public static BrowserView Phone { get; } = new(390, 844, ColorScheme.Light);

    public static BrowserView PhoneDark { get; } = Phone with { Scheme = ColorScheme.Dark };

    public static IReadOnlyList<BrowserView> All { get; } = [Desktop, DesktopDark, Phone, PhoneDark];

    /// <inheritdoc/>
    public override string ToString() => $"{Width}-{(Scheme == ColorScheme.Dark ? "dark" : "light")}";
}
