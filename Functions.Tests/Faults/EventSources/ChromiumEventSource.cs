using System.Text.Json;
using Functions.Tests.Servers;
using Microsoft.Playwright;

namespace Functions.Tests.Faults.EventSources;

/// <summary>A page in Chromium that has signed in: its browser sends the cookie, and nothing else.</summary>
internal sealed class ChromiumEventSource : IEventSource
{
    private readonly Chromium _chromium;
    private readonly IPage _page;

    private ChromiumEventSource(Chromium chromium, IPage page) => (_chromium, _page) = (chromium, page);

    /// <summary>Signs in and connects.</summary>
    public static async Task<ChromiumEventSource> StartAsync(Uri events, string email, string password)
    {
        var chromium = await Chromium.StartAsync();
        try
        {
            // Any answer of the origin is page enough, but for its policy, which lets data load nothing.
            var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions { BypassCSP = true });
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
            return new ChromiumEventSource(chromium, page);
        }
        catch
        {
            await chromium.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<SeenEvents> ReadAsync() =>
        JsonSerializer.Deserialize<SeenEvents>(await _page.EvaluateAsync<string>("() => JSON.stringify(seen)"), JsonSerializerOptions.Web)!;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _chromium.DisposeAsync();
}
