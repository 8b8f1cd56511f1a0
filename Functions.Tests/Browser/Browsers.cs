using Functions.LocalHost.Embedded;
using Functions.Tests.Browser;
using Functions.Tests.Embedded;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Browsers))]

namespace Functions.Tests.Browser;

/// <summary>
/// One Chromium for all tests, the distribution's, started when it is first needed. Where it is missing the running test is skipped, or fails
/// if <see cref="RequireVariable"/> is 1.
/// </summary>
public sealed class Browsers : IAsyncDisposable
{
    /// <summary>Set to <c>1</c> where Chromium must be there, as in CI.</summary>
    public const string RequireVariable = "REQUIRE_CHROMIUM";

    private const string Reason = "There is no Chromium on the PATH (Debian and Ubuntu: apt install chromium).";

    private static readonly string[] Programs = ["chromium", "chromium-browser", "google-chrome"];
    private static readonly NpmPackage Axe = new("axe-core", "4.14.1");

    private readonly Lazy<Task<IPlaywright>> _playwright = new(Playwright.CreateAsync);
    private readonly Lazy<Task<IBrowser>> _browser;
    private readonly Lazy<Task<string>> _axe = new(ReadAxeAsync);

    public Browsers()
    {
        _browser = new(LaunchAsync);
        Assertions.SetDefaultExpectTimeout(BrowserTab.DeadlineMilliseconds);
    }

    /// <summary>Opens a tab with cookies and storage of its own: a visitor at an address of its own.</summary>
    /// <param name="application">The address of the application.</param>
    /// <param name="path">What it opens, below <c>/api/</c>.</param>
    /// <param name="view">Size and colours.</param>
    public async Task<BrowserTab> OpenAsync(Uri application, string path, BrowserView? view = null) =>
        await BrowserTab.OpenAsync(await GetAsync(), application, path, view ?? BrowserView.Desktop, await _axe.Value);

    /// <summary>The browser itself, for what is not about pages of the application.</summary>
    public Task<IBrowser> GetAsync()
    {
        if (Program is null && Environment.GetEnvironmentVariable(RequireVariable) == "1")
        {
            Assert.Fail($"{Reason} {RequireVariable}=1 forbids to skip this test.");
        }

        Assert.SkipWhen(Program is null, Reason);
        return _browser.Value;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser.IsValueCreated)
        {
            await (await _browser.Value).CloseAsync();
        }

        if (_playwright.IsValueCreated)
        {
            (await _playwright.Value).Dispose();
        }
    }

    private static string? Program => Programs.Select(ProgramSearch.Default.Find).FirstOrDefault(program => program is not null);

    private async Task<IBrowser> LaunchAsync() => await (await _playwright.Value).Chromium.LaunchAsync(new BrowserTypeLaunchOptions
    {
        ExecutablePath = Program,
        ChromiumSandbox = !Environment.IsPrivilegedProcess, // It refuses to run as root with one.
    });

    private static async Task<string> ReadAxeAsync()
    {
        using var root = new TemporaryRoot();
        await using var supervisor = Supervisor.Start(root.Path);
        var package = await Axe.InstallAsync(TemporaryRoot.NpmCache, ProgramSearch.Default, supervisor, _ => { }, CancellationToken.None);
        return await File.ReadAllTextAsync(Path.Combine(package, "axe.min.js"));
    }
}
