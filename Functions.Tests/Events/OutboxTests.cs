using System.Net;
using System.Text.Json;
using Functions.Messages;
using Functions.Notifications;
using Functions.Redis.Events;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using StackExchange.Redis;

namespace Functions.Tests.Events;

/// <summary>A committed event is handled, whatever fails on its way.</summary>
public sealed class OutboxTests(TestApplications applications)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(25);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_that_hangs_costs_no_notification()
    {
        var shared = await applications.GetAsync(RedisKind.Garnet);
        var postgres = new NpgsqlConnectionStringBuilder(shared.Postgres);
        await using var proxy = TcpProxy.Start(new IPEndPoint(IPAddress.Loopback, postgres.Port));
        (postgres.Host, postgres.Port) = (proxy.Endpoint.Address.ToString(), proxy.Endpoint.Port);
        await using var redis = await RedisProcess.StartNewAsync();
        await using var app = await TestApplication.StartAsync(redis.ConnectionString, postgres.ConnectionString, new Dictionary<string, string?>
        {
            ["Events__HandlerTimeout"] = "00:00:00.3",
            ["Events__MaximumAttempts"] = "2",
            ["Events__RetryDelay"] = "00:00:00.05",
        });
        using var user = await app.CreateClient().AsNewUserAsync();
        var id = OutgoingEvent.NewId();
        await ExecuteAsync(
            shared, $"INSERT INTO outbox (event_id, channel, type, data, created_at, relayed_at) VALUES ('{id}', 'user:{user.UserId}', 'new_message', '1', now(), now())");

        proxy.SwallowEverything();
        var data = JsonSerializer.SerializeToElement(new { message_id = 1, sender_id = 1, preview = "Kept" });
        await app.Services.GetRequiredService<EventPublisher>().PublishAsync(
            new OutgoingEvent($"user:{user.UserId}", id, "new_message", data, DateTimeOffset.UtcNow) { Confirm = true }, Token);
        await TestPolling.EventuallyAsync(
            () => Task.FromResult(app.Log.Entries.Count(entry => entry.Level == LogLevel.Debug && entry.Text.Contains($"{id} on", StringComparison.Ordinal)) >= 4),
            Deadline,
            "more failures than there are attempts");
        proxy.Resume();

        await TestPolling.EventuallyAsync(
            async () => await shared.QueryAsync<long>($"SELECT count(*) FROM notifications WHERE event_id = '{id}'") == 1, Deadline, "the notification");
        await TestPolling.EventuallyAsync(
            async () => await shared.QueryAsync<long>($"SELECT count(*) FROM outbox WHERE event_id = '{id}'") == 0, Deadline, "the outbox to be empty");
        Assert.Equal(0, await app.Services.GetRequiredService<EventWorker>().CountParkedAsync(Token));
    }

    [Fact]
    public async Task A_parked_event_stays_in_the_outbox_and_is_tried_again_later()
    {
        await using var redis = await RedisProcess.StartNewAsync();
        var sender = new SwitchedSender();
        var settings = new Dictionary<string, string?>
        {
            ["Events__MaximumAttempts"] = "1",
            ["Events__ParkedLifetime"] = "00:00:03",
            ["Outbox__ConfirmAfter"] = "00:00:00.5",
        };
        await using var app = await applications.StartNewAsync(redis.ConnectionString, settings, builder => builder.Services.AddSingleton<IPushSender>(sender));
        using var user = await app.CreateClient().AsNewUserAsync();

        await app.Services.GetRequiredService<MessageBox>().SendAsync(user.UserId, user.UserId, "Told late", Token);
        await TestPolling.EventuallyAsync(
            async () => await app.QueryAsync<long>("SELECT count(*) FROM outbox WHERE relayed_at > now()") == 1, Deadline, "the event to be parked");
        Assert.Equal("degraded", await HealthAsync(user));
        sender.Recover();

        await TestPolling.EventuallyAsync(
            async () => sender.Sent == 1 && await app.QueryAsync<long>("SELECT count(*) FROM outbox") == 0, Deadline, "the event to be handled");
        Assert.Equal(1, await app.QueryAsync<long>($"SELECT count(*) FROM notifications WHERE user_id = {user.UserId}"));
    }

    [Fact]
    public async Task Neither_poison_in_the_outbox_nor_a_channel_that_fails_holds_up_others()
    {
        await using var redis = await RedisProcess.StartNewAsync();
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        using var user = await app.CreateClient().AsNewUserAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var broken = new EventKeys("events:", "user:1").History;
        await connection.GetDatabase().StringSetAsync(broken, "no sorted set");
        await ExecuteAsync(
            app,
            $$"""
            INSERT INTO outbox (event_id, channel, type, data, created_at) VALUES
                ('{{OutgoingEvent.NewId()}}', 'user:{{user.UserId}}', 'No Type', '1', now() - interval '10 minutes'),
                ('{{OutgoingEvent.NewId()}}', 'user:1', 'user_offline', '{"user_id":1}', now())
            """);
        var messages = app.Services.GetRequiredService<MessageBox>();

        await messages.SendAsync(user.UserId, user.UserId, "Behind poison", Token);
        await messages.SendAsync(user.UserId, 2, "Beside what fails", Token);

        await TestPolling.EventuallyAsync(async () => await app.QueryAsync<long>("SELECT count(*) FROM notifications") == 2, Deadline, "both notifications");
        Assert.Single(app.Log.Entries, entry => entry.Level == LogLevel.Error && entry.Text.Contains("No Type", StringComparison.Ordinal));
        Assert.Equal("degraded", await HealthAsync(user));
        await connection.GetDatabase().KeyDeleteAsync(broken);
        await TestPolling.EventuallyAsync(async () => await app.QueryAsync<long>("SELECT count(*) FROM outbox") == 1, Deadline, "all but the poison to be handled");
    }

    private static async Task ExecuteAsync(TestApplication app, string sql)
    {
        await using var connection = new NpgsqlConnection(app.Postgres);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    private static async Task<string?> HealthAsync(ApiClient client) =>
        (await (await client.GetAsync("health")).JsonAsync()).GetProperty("checks").GetProperty("events").GetProperty("status").GetString();

    private sealed class SwitchedSender : IPushSender
    {
        private volatile bool _fails = true;
        private volatile int _sent;

        public int Sent => _sent;

        public void Recover() => _fails = false;

        public Task SendAsync(Push push, CancellationToken cancellationToken)
        {
            if (_fails)
            {
                throw new InvalidOperationException("The sender fails.");
            }

            Interlocked.Increment(ref _sent);
            return Task.CompletedTask;
        }
    }
}
