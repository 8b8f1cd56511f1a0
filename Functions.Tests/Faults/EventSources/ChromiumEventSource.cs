using System.Text.Json;
using Microsoft.Playwright;

namespace Functions.Tests.Faults.EventSources;

/// <summary>A page in Chromium that has signed in: its browser sends the cookie, and nothing else.</summary>
internal sealed class ChromiumEventSource : IEventSource
{
    private readonly IPage _page;

    private ChromiumEventSource(IPage page) => _page = page;

    /// <summary>Signs in and connects.</summary>
    public static async Task<ChromiumEventSource> StartAsync(IBrowser browser, Uri events, string email, string password)
    {
        // Any answer of the origin is page enough, but for its policy, which lets data load nothing.
        var context = await browser.NewContextAsync(new BrowserNewContextOptions { BypassCSP = true });
        try
        {
            var page = await context.NewPageAsync();
            await page.GotoAsync(new Uri(events, "health/live").ToString());
            var status = await page.EvaluateAsync<int>(
                """
                async ({ url, email, password }) => (await fetch(url, {
                  method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ email, password })
                })).status
                """,
                new { url = new Uri(events, "login").ToString(), email, password });
            Assert.Equal(200, status);
            await page.EvaluateAsync($"url => {{ globalThis.seen = ({SeenEvents.Observe})(globalThis.source = new EventSource(url)); }}", events.ToString());
            return new ChromiumEventSource(page);
        }
        catch
        {
            await context.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<SeenEvents> ReadAsync() =>
        JsonSerializer.Deserialize<SeenEvents>(await _page.EvaluateAsync<string>("() => JSON.stringify(seen)"), JsonSerializerOptions.Web)!;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _page.Context.DisposeAsync();
}
