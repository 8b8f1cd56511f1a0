using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Functions.Tests.Servers;
using Npgsql;

namespace Functions.Tests.Faults.MixedLoad;

/// <summary>Compares what the clients were told with what has happened. Each list says what is wrong; all are empty where nothing is.</summary>
/// <remarks>
/// Acknowledged: there exactly once. Refused: not there. Open (503, or no answer at all): there at most once. Whatever is there has had its effects once: a
/// notification per message, a file per e-mail, a success per task.
/// </remarks>
internal sealed class LoadAudit
{
    private static readonly TimeSpan EffectsDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan OneMore = TimeSpan.FromSeconds(1);

    private readonly LoadRun _load;
    private readonly NpgsqlDataSource _database;
    private readonly string _mail;
    private readonly Stopwatch _waited = Stopwatch.StartNew();

    private LoadAudit(LoadRun load, NpgsqlDataSource database, string mail) => (_load, _database, _mail) = (load, database, mail);

    /// <summary>Acknowledged writes that are not there.</summary>
    public List<LoadWrite> Lost { get; } = [];

    /// <summary>What is there twice, or in effect twice.</summary>
    public List<string> Doubled { get; } = [];

    /// <summary>Writes that are there and were refused.</summary>
    public List<LoadWrite> Unwanted { get; } = [];

    /// <summary>Whatever else is wrong: another id than was answered, a task that did not succeed, a product that shows an older change.</summary>
    public List<string> Wrong { get; } = [];

    public int Acknowledged { get; private set; }

    /// <summary>Writes that nobody has answered with success or a refusal until the end.</summary>
    public int Open { get; private set; }

    /// <summary>Waits until all that is there has had its effects, and looks. The application must be running.</summary>
    /// <param name="load">The load, stopped.</param>
    /// <param name="postgres">The database.</param>
    /// <param name="mail">The directory that e-mails are written to.</param>
    public static async Task<LoadAudit> RunAsync(LoadRun load, string postgres, string mail)
    {
        await using var database = NpgsqlDataSource.Create(postgres);
        var audit = new LoadAudit(load, database, mail);
        var writes = load.Clients.SelectMany(client => client.Writes).ToArray();
        audit.Acknowledged = writes.Count(write => write.IsAcknowledged);
        audit.Open = writes.Count(write => write.IsOpen);
        audit.Wrong.AddRange(load.Clients.SelectMany(client => client.StaleReads));
        await audit.CheckMessagesAsync(writes);
        await audit.CheckNotificationsAsync();
        await audit.CheckProductsAsync();
        await audit.CheckTasksAsync();
        audit.CheckMail(writes);
        return audit;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Acknowledged} writes acknowledged, {Open} open at the end; {Lost.Count} lost, {Doubled.Count} doubled, {Unwanted.Count} refused and there, {Wrong.Count} wrong"
        + string.Concat(Lost.Select(write => $"\n  lost: {write}").Concat(Doubled.Select(text => $"\n  doubled: {text}"))
            .Concat(Unwanted.Select(write => $"\n  refused: {write}")).Concat(Wrong.Select(text => $"\n  wrong: {text}")).Take(20));

    private async Task CheckMessagesAsync(LoadWrite[] writes)
    {
        var stored = (await QueryAsync("SELECT content, id FROM messages", row => (Content: row.GetString(0), Id: row.GetInt64(1))))
            .ToLookup(message => message.Content, message => message.Id.ToString(CultureInfo.InvariantCulture));
        foreach (var write in writes.Where(write => write.Kind == LoadKind.SendMessage))
        {
            Check(write, [.. stored[write.Marker]]);
        }
    }

    private async Task CheckNotificationsAsync()
    {
        const string Missing = "SELECT count(*) FROM messages m WHERE NOT EXISTS (SELECT FROM notifications n WHERE n.user_id = m.recipient_id AND (n.data->>'message_id')::bigint = m.id)";
        await TestPolling.EventuallyAsync(
            async () => (await QueryAsync($"SELECT (SELECT count(*) FROM outbox) + ({Missing})", row => row.GetInt64(0)))[0] == 0, EffectsDeadline, "every message to be notified and the outbox to be empty");
        Doubled.AddRange(await QueryAsync(
            "SELECT data->>'message_id', count(*) FROM notifications GROUP BY user_id, data->>'message_id' HAVING count(*) > 1",
            row => $"{row.GetInt64(1)} notifications of message {row.GetString(0)}"));
    }

    private async Task CheckProductsAsync()
    {
        foreach (var client in _load.Clients)
        {
            var updates = client.Writes.Where(write => write.Kind == LoadKind.UpdateProduct).ToArray();
            var acknowledged = updates.LastOrDefault(write => write.IsAcknowledged);
            var stored = (await QueryAsync($"SELECT description FROM products WHERE id = {client.ProductId}", row => row.GetString(0)))[0];
            var (status, shown) = await _load.Http.SendAsync(LoadKind.Browse, HttpMethod.Get, $"products/{client.ProductId}", client.Address);
            if (acknowledged is not null && !updates.Any(write => write.Version >= acknowledged.Version && client.Description(write.Version) == stored))
            {
                Lost.Add(acknowledged);
            }
            else if (status != 200 || client.VersionOf(shown) < (acknowledged?.Version ?? 0))
            {
                Wrong.Add($"product {client.ProductId} is '{stored}' and shows {status} {shown}");
            }
        }
    }

    // The owner's list tells how many there are, also of those that nobody has acknowledged.
    private async Task CheckTasksAsync()
    {
        foreach (var client in _load.Clients)
        {
            var reports = client.Writes.Where(write => write.Kind == LoadKind.RequestReport).ToArray();
            foreach (var write in client.Writes.Where(write => write is { IsAcknowledged: true, Kind: LoadKind.RequestReport or LoadKind.SendEmail }))
            {
                await CheckTaskAsync(client, write);
            }

            var tasks = await CountTasksAsync(client);
            if (tasks > reports.Count(write => !write.IsRefused))
            {
                Doubled.Add($"user {client.UserId} has {tasks} tasks of {reports.Length} requests");
            }
        }
    }

    private async Task CheckTaskAsync(LoadClient client, LoadWrite write)
    {
        JsonElement task = default;
        var status = 0;
        try
        {
            await TestPolling.EventuallyAsync(
                async () =>
                {
                    (status, task) = await _load.Http.SendAsync(
                        LoadKind.ReadTask, HttpMethod.Get, $"tasks/{write.Id}", client.Address, write.Kind == LoadKind.SendEmail ? client.AdminSession : client.Session);
                    return status == 404 || task.GetProperty("state").GetString() is "succeeded" or "dead" or "cancelled";
                },
                EffectsDeadline - _waited.Elapsed is var left && left > OneMore ? left : OneMore, // all tasks have the same time
                "a task to end");
        }
        catch (Xunit.Sdk.XunitException)
        {
            Wrong.Add($"{write} has not ended: {status} {task}");
            return;
        }

        if (status == 404)
        {
            Lost.Add(write);
        }
        else if (task.GetProperty("state").GetString() != "succeeded")
        {
            Wrong.Add($"{write} has not succeeded: {task}");
        }
    }

    private async Task<int> CountTasksAsync(LoadClient client)
    {
        var count = 0;
        string? cursor = null;
        do
        {
            var (status, page) = await _load.Http.SendAsync(
                LoadKind.ReadTask, HttpMethod.Get, $"tasks?limit=100{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}", client.Address, client.Session);
            if (status != 200)
            {
                Wrong.Add($"the tasks of user {client.UserId} could not be listed: {status}");
                return 0;
            }

            count += page.GetProperty("items").GetArrayLength();
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        return count;
    }

    // One file per task: two with one subject are two tasks.
    private void CheckMail(LoadWrite[] writes)
    {
        var files = Directory.Exists(_mail) ? Directory.GetFiles(_mail, "*.eml") : [];
        var subjects = files.SelectMany(File.ReadLines).Where(line => line.StartsWith("Subject: ", StringComparison.Ordinal)).ToLookup(line => line["Subject: ".Length..]);
        foreach (var write in writes.Where(write => write.Kind == LoadKind.SendEmail && !Lost.Contains(write)))
        {
            Check(write, [.. subjects[write.Marker].Select(_ => write.Id ?? "")]);
        }
    }

    private void Check(LoadWrite write, string[] found)
    {
        if (found.Length > 1)
        {
            Doubled.Add($"{write}: {string.Join(", ", found)}");
        }
        else if (write.IsAcknowledged && found.Length == 0)
        {
            Lost.Add(write);
        }
        else if (write.IsAcknowledged && found[0] != write.Id)
        {
            Wrong.Add($"{write} is {found[0]}");
        }
        else if (write.IsRefused && found.Length > 0)
        {
            Unwanted.Add(write);
        }
    }

    private async Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var command = _database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
