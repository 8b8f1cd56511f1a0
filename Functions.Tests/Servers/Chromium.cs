using Functions.LocalHost.Embedded;
using Microsoft.Playwright;

namespace Functions.Tests.Servers;

/// <summary>A browser without a window, and what becomes of a test that needs it where it is not installed.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    /// <summary>Set to <c>1</c> where Chromium must be there, as in CI.</summary>
    public const string RequireVariable = "REQUIRE_CHROMIUM";

    private const string Reason = "chromium is not on the PATH (Debian: apt install chromium).";

    private readonly IPlaywright _playwright;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, Browser) = (playwright, browser);

    public IBrowser Browser { get; }

    /// <summary>Where it is missing the running test is skipped, or fails if <see cref="RequireVariable"/> is 1.</summary>
    public static async Task<Chromium> StartAsync()
    {
        var program = ProgramSearch.Default.Find("chromium");
        if (program is null && Environment.GetEnvironmentVariable(RequireVariable) == "1")
        {
            Assert.Fail($"{Reason} {RequireVariable}=1 forbids to skip this test.");
        }

        Assert.SkipWhen(program is null, Reason);
        var playwright = await Playwright.CreateAsync();
        try
        {
            // Without its sandbox it runs as root, too; it opens nothing but what the tests serve.
            var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program, ChromiumSandbox = false });
            return new Chromium(playwright, browser);
        }
        catch
        {
            playwright.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        _playwright.Dispose();
    }
}
