using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Messages;

/// <summary>Three processes and one Redis, all of which die at random.</summary>
public sealed class MessageProcessTests(TestApplications applications)
{
    private const int Pairs = 10;
    private const int MinimumKills = 4;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    /// <summary>How many messages are sent; the variable <c>EVENT_MESSAGES</c>.</summary>
    private static int Messages => int.TryParse(Environment.GetEnvironmentVariable("EVENT_MESSAGES"), CultureInfo.InvariantCulture, out var count) ? count : 600;

    [Fact]
    public async Task Every_committed_message_makes_one_notification_in_order_whoever_dies()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"Seed {seed}");
        await using var redis = await RedisProcess.StartNewAsync(RedisPersistence.AppendEverySecond);
        var setup = await applications.StartNewAsync(redis.ConnectionString);
        var settings = new Dictionary<string, string>(LocalHostProcess.SettingsOf(redis.ConnectionString, setup.Postgres))
        {
            ["RateLimits__messages__Limit"] = "1000000",
            ["Events__LeaseDuration"] = "00:00:03",
            ["Events__HandlerTimeout"] = "00:00:02",
            ["Outbox__ConfirmAfter"] = "00:00:03",
        };
        ApiClient[] recipients = [.. await Task.WhenAll(Enumerable.Range(0, Pairs).Select(_ => setup.CreateClient().AsNewUserAsync()))];
        ApiClient[] senders = [.. await Task.WhenAll(Enumerable.Range(0, Pairs).Select(_ => setup.CreateClient().AsNewUserAsync()))];
        var postgres = setup.Postgres;
        await setup.DisposeAsync(); // From here on only the processes are at work.
        LocalHostProcess[] processes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => LocalHostProcess.StartAsync(settings)));
        try
        {
            var failures = 0;
            var kills = 0;
            var answered = new ConcurrentBag<long>();
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
            var sending = Task.WhenAll(Enumerable.Range(0, Pairs).Select(pair => Task.Run(async () =>
            {
                var random = new Random(seed + pair);
                for (var number = 0; number < Messages / Pairs || Volatile.Read(ref kills) < MinimumKills;)
                {
                    if (number >= Messages / Pairs)
                    {
                        await Task.Delay(20); // On a fast machine all has been sent before enough has been killed.
                    }

                    if (await SendAsync(http, processes[random.Next(3)].Address, senders[pair].Session!, recipients[pair].UserId, number) is { } id)
                    {
                        answered.Add(id);
                        number++;
                    }
                    else
                    {
                        Interlocked.Increment(ref failures);
                        await Task.Delay(50);
                    }
                }
            })));

            var chaos = new Random(seed - 1);
            while (!sending.IsCompleted)
            {
                var victim = processes[chaos.Next(3)];
                await Task.WhenAny(sending, Task.Delay(chaos.Next(200, 1000), TestContext.Current.CancellationToken));
                await victim.KillAsync();
                Interlocked.Increment(ref kills);
                if (kills == 2)
                {
                    await redis.KillAsync();
                    await redis.StartAsync();
                }

                await victim.StartAsync();
            }

            await sending;
            await using var reader = await TestApplication.StartAsync(redis.ConnectionString, postgres, new Dictionary<string, string?> { ["Outbox__ConfirmAfter"] = "00:00:03" });
            await TestPolling.EventuallyAsync(
                async () => await reader.QueryAsync<long>("SELECT count(*) FROM outbox") == 0
                    && await reader.QueryAsync<long>("SELECT count(*) FROM notifications") >= await reader.QueryAsync<long>("SELECT count(*) FROM messages"),
                Deadline,
                "every event to be handled");

            var committed = await reader.QueryAsync<long>("SELECT count(*) FROM messages");
            TestContext.Current.TestOutputHelper!.WriteLine($"{committed} messages, {answered.Count} answered, {failures} failed requests, {kills} kills, one restart of Redis");
            Assert.Equal(answered.Count, answered.Distinct().Count());
            Assert.True(committed >= Messages / Pairs * Pairs, $"{committed} messages were committed");
            Assert.Equal(committed, await reader.QueryAsync<long>("SELECT count(*) FROM notifications"));
            Assert.Equal(committed, await reader.QueryAsync<long>(
                "SELECT count(*) FROM messages m JOIN notifications n ON n.user_id = m.recipient_id AND (n.data->>'message_id')::bigint = m.id"));
            Assert.Equal(0, await reader.QueryAsync<long>(
                """
                SELECT count(*) FROM (
                  SELECT (data->>'message_id')::bigint AS message, lag((data->>'message_id')::bigint) OVER (PARTITION BY user_id ORDER BY id) AS before FROM notifications
                ) AS pairs WHERE before > message
                """));
        }
        finally
        {
            foreach (var process in processes)
            {
                await process.DisposeAsync();
            }

            Array.ForEach(recipients, client => client.Dispose());
            Array.ForEach(senders, client => client.Dispose());
        }
    }

    // Null if nobody answered, or not with success: the message may have been stored all the same.
    private static async Task<long?> SendAsync(HttpClient http, Uri address, string session, int recipient, int number)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, "api/messages"))
        {
            Content = JsonContent.Create(new { recipient_id = recipient, content = $"Message {number}" }),
            Headers = { { "X-Session-ID", session } },
        };
        try
        {
            using var response = await http.SendAsync(request);
            return response.StatusCode == HttpStatusCode.Created ? (await response.JsonAsync()).GetProperty("message_id").GetInt64() : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return null;
        }
    }
}
