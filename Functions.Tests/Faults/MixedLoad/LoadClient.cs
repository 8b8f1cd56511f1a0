using System.Globalization;
using System.Text.Json;
using Functions.Data;

namespace Functions.Tests.Faults.MixedLoad;

/// <summary>One user with a browser: one request after the other, and writes repeated under their key until they are answered.</summary>
internal sealed class LoadClient(LoadHttp http, LoadAccount account, LoadAccount recipient, int number, string run)
{
    /// <summary>Products 1 to this are read.</summary>
    public const int ProductsRead = 200;

    /// <summary>Beyond these a client makes no further writes: it waits for its answers.</summary>
    private const int MostOpenWrites = 10;

    private static readonly TimeSpan RepeatAfter = TimeSpan.FromMilliseconds(250);

    private static readonly (LoadKind Kind, int Weight)[] Mix =
    [
        (LoadKind.Browse, 50), (LoadKind.Search, 5), (LoadKind.Session, 10), (LoadKind.Login, 3), (LoadKind.ReadMessages, 6), (LoadKind.ReadTask, 4),
        (LoadKind.SendMessage, 10), (LoadKind.UpdateProduct, 4), (LoadKind.RequestReport, 4), (LoadKind.SendEmail, 4),
    ];

    private static readonly string[] Words = ["chair", "oak", "lamp", "steel", "kite"];

    private readonly Random _random = new(number);
    private readonly string _address = $"10.77.{number / 256}.{number % 256}";
    private readonly Queue<(LoadWrite Write, TimeSpan At)> _open = new();
    private readonly List<LoadWrite> _writes = [];
    private readonly List<string> _stale = [];
    private string _session = "";
    private string _admin = "";
    private int _sent;
    private int _version;
    private int _acknowledgedVersion;

    public int UserId => account.Id;

    public string Session => _session;

    public string AdminSession => _admin;

    /// <summary>The product that only this client changes.</summary>
    public int ProductId => number + 1;

    public string Address => _address;

    /// <summary>All its writes, in order. To be read when it has stopped.</summary>
    public IReadOnlyList<LoadWrite> Writes => _writes;

    /// <summary>Reads that returned what had been replaced before they began.</summary>
    public IReadOnlyList<string> StaleReads => _stale;

    /// <summary>Whether it has writes that may still be answered. A key that a dead process holds is answered 409 for minutes.</summary>
    public bool AwaitsAnswers => _open.Any(open => open.Write.LastStatus != 409);

    public async Task SignInAsync()
    {
        _session = await LoginAsync(account.Email, LoadAccount.Password) ?? throw new InvalidOperationException("The user cannot sign in.");
        _admin = await LoginAsync(DemoData.AdminEmail, DemoData.AdminPassword) ?? throw new InvalidOperationException("The administrator cannot sign in.");
    }

    /// <summary>One request, or a few that belong together.</summary>
    public async Task StepAsync()
    {
        // Half of the time at most, so that the other kinds of requests go on during an outage.
        if (_open.TryPeek(out var open) && http.Now - open.At > RepeatAfter && _random.Next(2) == 0)
        {
            await RepeatAsync();
            return;
        }

        var kind = Choose();
        await (kind switch
        {
            LoadKind.Search => http.SendAsync(kind, HttpMethod.Get, $"search?q={Words[_random.Next(Words.Length)]}", _address),
            LoadKind.Session => http.SendAsync(kind, HttpMethod.Get, "profile", _address, _session),
            LoadKind.Login => ComeAndGoAsync(),
            LoadKind.ReadMessages => http.SendAsync(kind, HttpMethod.Get, "messages?limit=5", _address, _session),
            LoadKind.ReadTask => ReadTaskAsync(),
            LoadKind.SendMessage or LoadKind.RequestReport or LoadKind.SendEmail => WriteAsync(new LoadWrite(kind, account.Id, NextMarker())),
            LoadKind.UpdateProduct => WriteAsync(new LoadWrite(kind, account.Id, NextMarker()) { Version = ++_version }),
            _ => BrowseAsync(),
        });
    }

    /// <summary>Tries the oldest open write again.</summary>
    public async Task RepeatAsync()
    {
        if (_open.TryDequeue(out var open))
        {
            await AttemptAsync(open.Write);
        }
    }

    private LoadKind Choose()
    {
        var at = _random.Next(Mix.Sum(entry => entry.Weight));
        var kind = Mix.First(entry => (at -= entry.Weight) < 0).Kind;
        var waits = kind >= LoadKind.SendMessage
            && (_open.Count >= MostOpenWrites || (kind == LoadKind.UpdateProduct && _open.Any(open => open.Write.Kind == kind)));
        return waits ? LoadKind.Browse : kind;
    }

    private string NextMarker() => $"{run}-{number}-{++_sent}";

    private Task WriteAsync(LoadWrite write)
    {
        _writes.Add(write);
        return AttemptAsync(write);
    }

    private async Task AttemptAsync(LoadWrite write)
    {
        var key = $"{write.Marker}-key";
        var (status, body) = await (write.Kind switch
        {
            LoadKind.SendMessage => http.SendAsync(
                write.Kind, HttpMethod.Post, "messages", _address, _session, new { recipient_id = recipient.Id, content = write.Marker }, key),
            LoadKind.RequestReport => http.SendAsync(
                write.Kind, HttpMethod.Post, "reports", _address, _session, new { type = "sales", date_range = new { from = "2026-01-01", to = "2026-01-08" } }, key),
            LoadKind.SendEmail => http.SendAsync(
                write.Kind, HttpMethod.Post, "emails", _address, _admin, new { to = "ada@example.com", subject = write.Marker, body = "Hello" }, key),
            // Has its effect once however often it is repeated, and takes no key.
            _ => http.SendAsync(
                write.Kind, HttpMethod.Put, $"products/{ProductId}", _address, _admin, new { description = Description(write.Version) }),
        });
        write.Answer(status, IdOf(body), http.Now);
        if (write.IsOpen)
        {
            _open.Enqueue((write, http.Now));
        }
        else if (write is { IsAcknowledged: true, Kind: LoadKind.UpdateProduct })
        {
            _acknowledgedVersion = write.Version;
        }
    }

    private async Task<(int, JsonElement)> BrowseAsync()
    {
        switch (_random.Next(6))
        {
            case 0:
                return await http.SendAsync(LoadKind.Browse, HttpMethod.Get, $"products?limit=20&category={_random.Next(1, 11)}", _address);
            case 1:
                return await http.SendAsync(LoadKind.Browse, HttpMethod.Get, $"users/{recipient.Id}/posts", _address);
            case 2:
                return await http.SendAsync(LoadKind.Browse, HttpMethod.Get, $"users/{recipient.Id}", _address);
            case 3:
                return await ReadOwnProductAsync();
            default:
                return await http.SendAsync(LoadKind.Browse, HttpMethod.Get, $"products/{_random.Next(1, ProductsRead + 1)}", _address);
        }
    }

    // Only this client changes it, one change after the other: what it reads is never older than its last acknowledged change.
    private async Task<(int, JsonElement)> ReadOwnProductAsync()
    {
        var at = http.Now;
        var answer = await http.SendAsync(LoadKind.Browse, HttpMethod.Get, $"products/{ProductId}", _address);
        if (answer.Status == 200 && VersionOf(answer.Body) is var version && version < _acknowledgedVersion)
        {
            _stale.Add(string.Create(CultureInfo.InvariantCulture, $"{at.TotalSeconds:0.00} s: product {ProductId} in version {version}, acknowledged was {_acknowledgedVersion}"));
        }

        return answer;
    }

    private Task<(int, JsonElement)> ReadTaskAsync() =>
        _writes.LastOrDefault(write => write is { Kind: LoadKind.RequestReport, IsAcknowledged: true }) is { } report
            ? http.SendAsync(LoadKind.ReadTask, HttpMethod.Get, $"tasks/{report.Id}", _address, _session)
            : BrowseAsync();

    private async Task<(int, JsonElement)> ComeAndGoAsync()
    {
        if (await LoginAsync(account.Email, LoadAccount.Password) is not { } session)
        {
            return default;
        }

        await http.SendAsync(LoadKind.Session, HttpMethod.Get, "protected", _address, session);
        return await http.SendAsync(LoadKind.Login, HttpMethod.Post, "logout", _address, session);
    }

    private async Task<string?> LoginAsync(string email, string password)
    {
        var (status, body) = await http.SendAsync(LoadKind.Login, HttpMethod.Post, "login", _address, body: new { email, password });
        return status == 200 ? body.GetProperty("session_id").GetString() : null;
    }

    /// <summary>What the product says in this version.</summary>
    public string Description(int version) => string.Create(CultureInfo.InvariantCulture, $"{run} version {version}");

    /// <summary>The version of a product as it was read; 0 before the first change.</summary>
    public int VersionOf(JsonElement product) =>
        product.GetProperty("description").GetString()!.Split($"{run} version ") is ["", var version] ? int.Parse(version, CultureInfo.InvariantCulture) : 0;

    private static string? IdOf(JsonElement body) =>
        body.ValueKind != JsonValueKind.Object ? null
        : body.TryGetProperty("message_id", out var message) ? message.GetRawText()
        : body.TryGetProperty("task_id", out var task) ? task.GetString()
        : null;
}
