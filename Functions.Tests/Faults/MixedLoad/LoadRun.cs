using System.Globalization;
using Functions.Data;
using Functions.Tests.Application;
using Microsoft.AspNetCore.Identity;

namespace Functions.Tests.Faults.MixedLoad;

/// <summary>Clients at work, from the start until <see cref="StopAsync"/>.</summary>
internal sealed class LoadRun : IAsyncDisposable
{
    private static readonly TimeSpan AnswersDeadline = TimeSpan.FromSeconds(20);

    private readonly LoadHttp _http;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    private LoadRun(LoadHttp http, LoadClient[] clients) => (_http, Clients) = (http, clients);

    public IReadOnlyList<LoadClient> Clients { get; }

    public LoadHttp Http => _http;

    /// <summary>The time since the load began.</summary>
    public TimeSpan Now => _http.Now;

    /// <summary>Signs the clients in, has what they read cached, and sets them to work.</summary>
    /// <param name="hosts">The hosts that take turns.</param>
    /// <param name="postgres">The database, for their accounts.</param>
    /// <param name="clients">How many.</param>
    /// <param name="rate">Requests per second of all together at most; more slowly if the answers take longer.</param>
    /// <param name="hasher">How much work logins are; null for little.</param>
    public static async Task<LoadRun> StartAsync(
        IReadOnlyList<Uri> hosts, string postgres, int clients = 12, double rate = 120, IPasswordHasher<User>? hasher = null)
    {
        var accounts = await LoadAccount.CreateAsync(postgres, clients, hasher ?? TestPasswords.Hasher);
        var http = new LoadHttp(hosts);
        var run = $"load{Guid.NewGuid().ToString("N")[..8]}";
        var load = new LoadRun(http, [.. accounts.Select((account, i) => new LoadClient(http, account, accounts[(i + 1) % clients], i, run))]);
        foreach (var client in load.Clients)
        {
            await client.SignInAsync(); // One by one: logins to one account, the administrator's, from many addresses at once look like an attack.
        }

        await load.WarmAsync();
        var pace = TimeSpan.FromSeconds(clients / rate);
        load._running = Task.WhenAll(load.Clients.Select(client => Task.Run(() => load.WorkAsync(client, pace))));
        return load;
    }

    /// <summary>Settings under which no limit is in the way of the load.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Settings =>
        new[] { "products", "users", "search", "login", "messages", "reports" }.Select(policy => KeyValuePair.Create($"RateLimits__{policy}__Limit", "1000000"));

    /// <summary>Whether a request reads what is cached from the beginning and changed by nobody: updates of products invalidate these and all lists.</summary>
    public bool IsCached(LoadRequest request)
    {
        var path = request.Detail.Split(' ', ':')[1];
        return path.StartsWith("users/", StringComparison.Ordinal)
            || (path.StartsWith("products/", StringComparison.Ordinal) && int.Parse(path["products/".Length..], CultureInfo.InvariantCulture) > Clients.Count);
    }

    /// <summary>No further requests, but open writes are repeated until they have been answered.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        var until = Now + AnswersDeadline;
        await Task.WhenAll(Clients.Select(async client =>
        {
            while (client.AwaitsAnswers && Now < until)
            {
                await client.RepeatAsync();
                await Task.Delay(50);
            }
        }));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
        _http.Dispose();
    }

    // Before anybody changes anything: what is computed while tags are removed may not be kept.
    private Task WarmAsync() => Task.WhenAll(Clients.Select(async client =>
    {
        for (var id = client.ProductId; id <= LoadClient.ProductsRead; id += Clients.Count)
        {
            await _http.SendAsync(LoadKind.Browse, HttpMethod.Get, $"products/{id}", client.Address);
        }

        await _http.SendAsync(LoadKind.Browse, HttpMethod.Get, $"users/{client.UserId}", client.Address);
        await _http.SendAsync(LoadKind.Browse, HttpMethod.Get, $"users/{client.UserId}/posts", client.Address);
    }));

    private async Task WorkAsync(LoadClient client, TimeSpan pace)
    {
        var next = Now + (pace * Random.Shared.NextDouble());
        while (!_stopping.IsCancellationRequested)
        {
            var wait = next - Now;
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            await client.StepAsync();
            next = Now > next + pace ? Now : next + pace; // Who was held up does not catch up.
        }
    }
}
