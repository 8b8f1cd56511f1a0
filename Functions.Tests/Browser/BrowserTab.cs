using System.Collections.Concurrent;
using System.Text.Json;
using Functions.LocalHost;
using Microsoft.Playwright;

namespace Functions.Tests.Browser;

/// <summary>A tab of a visitor's own, which keeps what a page must not do: errors in the console, and requests to other hosts.</summary>
public sealed class BrowserTab : IAsyncDisposable
{
    // Longer than any pause of this machine; what a page does by itself takes milliseconds.
    internal const float DeadlineMilliseconds = 30_000;

    private static int _addresses = Random.Shared.Next(1 << 24);

    private readonly IBrowserContext _context;
    private readonly BrowserView _view;
    private readonly string _axe;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ConcurrentQueue<string> _foreign = new();

    private BrowserTab(IBrowserContext context, IPage page, BrowserView view, string axe) => (_context, Page, _view, _axe) = (context, page, view, axe);

    public IPage Page { get; }

    /// <summary>Errors that the page's console has shown so far; a test that provokes some takes them out by <see cref="Expect"/>.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    internal static async Task<BrowserTab> OpenAsync(IBrowser browser, Uri application, string path, BrowserView view, string axe)
    {
        var number = Interlocked.Increment(ref _addresses);
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = new Uri(application, "api/").ToString(),
            ViewportSize = new ViewportSize { Width = view.Width, Height = view.Height },
            ColorScheme = view.Scheme,
            ReducedMotion = ReducedMotion.Reduce,
            Locale = "en-GB",
            TimezoneId = "UTC",
            ExtraHTTPHeaders = [new("X-Forwarded-For", $"10.{number / 65536 % 256}.{number / 256 % 256}.{number % 256}")],
        });
        context.SetDefaultTimeout(DeadlineMilliseconds);
        var tab = new BrowserTab(context, await context.NewPageAsync(), view, axe);
        tab.Watch(application);
        await tab.Page.GotoAsync(path);
        return tab;
    }

    /// <summary>Presses keys one after the other, as a person without a mouse does.</summary>
    public async Task PressAsync(params IEnumerable<string> keys)
    {
        foreach (var key in keys)
        {
            await Page.Keyboard.PressAsync(key);
        }
    }

    /// <summary>Tabs until the focus is on <paramref name="target"/>: what cannot be reached so fails the test.</summary>
    public async Task TabToAsync(ILocator target)
    {
        await target.WaitForAsync();
        for (var i = 0; i < 200; i++)
        {
            if (await target.EvaluateAsync<bool>("element => element === document.activeElement"))
            {
                return;
            }

            await Page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"{target} cannot be reached by the tab key.");
    }

    /// <summary>Takes out the errors that contain <paramref name="text"/>: the test has provoked them.</summary>
    public void Expect(string text)
    {
        foreach (var error in _errors.ToArray())
        {
            if (_errors.TryDequeue(out _) && !error.Contains(text, StringComparison.Ordinal))
            {
                _errors.Enqueue(error);
            }
        }
    }

    /// <summary>Asserts that the console has shown no error and that nobody but the application was asked for anything.</summary>
    public void AssertQuiet()
    {
        Assert.Empty(_errors);
        Assert.Empty(_foreign);
    }

    /// <summary>Asserts that axe finds nothing to complain about, and that nothing is wider than the window.</summary>
    public async Task AssertAccessibleAsync()
    {
        // Evaluated by the debugger: the page's policy keeps its own scripts out, not this one.
        await Page.EvaluateAsync(_axe + "; null");
        var result = await Page.EvaluateAsync<JsonElement>(
            "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations.map(rule => `${rule.id}: ${rule.help}: ${rule.nodes.map(node => node.html + ' ' + node.failureSummary).join(' | ')}`)");
        Assert.Empty(result.EnumerateArray().Select(violation => violation.GetString()));
        Assert.True(
            await Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"),
            $"The page is wider than the window at {_view}.");
    }

    /// <summary>Takes a picture of the window: <c>.local/screenshots/{name}-{view}.png</c>.</summary>
    public Task ScreenshotAsync(string name) => Page.ScreenshotAsync(new PageScreenshotOptions
    {
        Path = Path.Combine(LocalConfiguration.FindRoot(), ".local", "screenshots", $"{name}-{_view}.png"),
        Caret = ScreenshotCaret.Hide,
    });

    public async ValueTask DisposeAsync() => await _context.CloseAsync();

    private void Watch(Uri application)
    {
        Page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _errors.Enqueue($"{message.Text} ({message.Location})");
            }
        };
        Page.PageError += (_, error) => _errors.Enqueue(error);
        _context.Request += (_, request) =>
        {
            var address = new Uri(request.Url);
            if (address.Scheme is not ("blob" or "data") && (address.Authority != application.Authority || !address.AbsolutePath.StartsWith("/api/", StringComparison.Ordinal)))
            {
                _foreign.Enqueue(request.Url);
            }
        };
    }
}
