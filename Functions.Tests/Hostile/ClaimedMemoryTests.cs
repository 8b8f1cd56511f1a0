using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using StackExchange.Redis;

namespace Functions.Tests.Hostile;

/// <summary>Callers who want the server to keep as much as possible: how many bytes each kind of request can claim. The figures of docs/resilience.md.</summary>
public sealed class ClaimedMemoryTests(TestApplications applications) : IAsyncLifetime
{
    private const int Unlimited = 1_000_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private RedisProcess _redis = null!;
    private TestApplication _app = null!;
    private IConnectionMultiplexer _connection = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IServer Server => _connection.GetServer(_redis.Endpoint);

    private IDatabase Database => _connection.GetDatabase();

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisProcess.StartNewAsync();
        _app = await applications.StartNewAsync(_redis.ConnectionString, new Dictionary<string, string?>
        {
            ["RateLimits__users__Limit"] = $"{Unlimited}",
            ["RateLimits__products__Limit"] = $"{Unlimited}",
        });
        _connection = await _redis.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _app.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task An_idempotency_key_keeps_a_hundred_and_fifty_bytes_however_long_key_and_answer_are()
    {
        using var user = await _app.CreateClient().AsNewUserAsync();
        var body = new string('\u0001', 20_000); // 120 KB of JSON.
        string[] keys = [.. Enumerable.Range(0, 50).Select(i => $"{i}".PadLeft(255, 'k'))];

        var answers = await Task.WhenAll(keys.Select(key => PostAsync(user, key, body)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        await AssertBytesAsync("idempotency:*", keys.Length, most: 160);
        using var repeated = await PostAsync(user, keys[7], body);
        Assert.Equal(await answers[7].TextAsync(), await repeated.TextAsync());
        Assert.Equal(answers[7].Header("Location"), repeated.Header("Location"));
        Assert.Equal(keys.Length, await _app.QueryAsync<long>("SELECT count(*) FROM posts"));
    }

    [Fact]
    public async Task Refusals_keep_nothing_under_an_idempotency_key()
    {
        using var user = await _app.CreateClient().AsNewUserAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => PostAsync(user, $"{i}", "")));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode));
        Assert.Empty(Keys("idempotency:*"));
    }

    [Fact]
    public async Task The_small_answers_of_other_operations_are_kept_whole_and_are_small()
    {
        using var admin = await _app.CreateClient().AsAdminAsync();
        (string Path, string Body)[] requests =
        [
            ("messages", """{"recipient_id": 1, "content": "Hello"}"""),
            ("reports", """{"type": "sales", "date_range": {"from": "2026-01-01", "to": "2026-01-02"}}"""),
            ("emails", """{"to": "ada@example.com", "subject": "Hello", "body": "World"}"""),
            ("events", """{"type": "greeting", "data": 1}"""),
            ("register", $$"""{"email": "{{new string('a', 60)}}@{{string.Concat(Enumerable.Repeat("example.", 20))}}com", "name": "{{new string('€', 100)}}", "password": "{{ApiClient.Password}}"}"""),
        ];

        foreach (var (path, body) in requests)
        {
            using var answer = await admin.SendAsync(HttpMethod.Post, path, new StringContent(body, null, "application/json"), ("Idempotency-Key", path));
            Assert.True(answer.IsSuccessStatusCode, await answer.TextAsync());
        }

        await AssertBytesAsync("idempotency:*", requests.Length, most: 2_048);
    }

    [Fact]
    public async Task What_does_not_exist_keeps_a_few_bytes_for_half_a_minute_and_no_tag()
    {
        using var client = _app.CreateClient();
        await client.GetAsync("products"); // The tags of all lists.
        var known = Keys("cache:tag:*").ToHashSet();
        string[] paths =
        [
            .. Enumerable.Range(2_000_000_000, 10_000).Select(id => $"products/{id}"),
            .. Enumerable.Range(2_000_000_000, 1_000).Select(id => $"users/{id}"),
            .. Enumerable.Range(2_000_000_000, 1_000).Select(id => $"users/{id}/posts?limit={id % 100}"),
            .. Enumerable.Range(2_000_000_000, 1_000).Select(id => $"products?category={id}&limit=5"),
            .. Enumerable.Range(2_000_000_000, 1_000).Select(id => $"products?cursor={Cursor(id)}"),
            .. Enumerable.Range(2_000_000_000, 1_000).Select(id => $"products?category=1&cursor={Cursor(-id)}"),
            .. Enumerable.Range(1, 1_000).Select(zeros => $"products?limit={new string('0', zeros)}7"),
        ];

        await Parallel.ForEachAsync(paths, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancellation }, async (path, _) =>
        {
            using var answer = await client.GetAsync(path);
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{answer.StatusCode} {path}");
        });

        var kept = Keys("cache:{*").ToList();
        var lists = kept.Where(key => key.ToString().StartsWith("cache:{products", StringComparison.Ordinal)).ToList();
        Assert.InRange(lists.Count, 1, 3); // The first page; that of seven in any spelling.
        var absences = kept.Except(lists).ToList();
        Assert.InRange(absences.Count, 1, 12_000); // Those of the first seconds may have left.
        Assert.True(absences.TrueForAll(key => key.ToString().StartsWith("cache:{product:", StringComparison.Ordinal) || key.ToString().StartsWith("cache:{account:", StringComparison.Ordinal)));
        Assert.Equal(known, Keys("cache:tag:*").ToHashSet());
        long bytes = 0;
        foreach (var key in absences)
        {
            var left = await Database.KeyTimeToLiveAsync(key);
            Assert.True(left is null || left < TimeSpan.FromSeconds(31), $"{key} lives for {left}"); // Null: gone meanwhile, or without end.
            Assert.True(left is not null || !await Database.KeyExistsAsync(key));
            bytes += await BytesAsync(key);
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{bytes} bytes for {absences.Count}");
        Assert.True(bytes <= 160L * absences.Count, $"{bytes / absences.Count} bytes each");
        Assert.All(Keys("*").Select(key => (key, Left: Database.KeyTimeToLive(key))).Where(key => key.Left > TimeSpan.FromDays(1)), key =>
            Assert.True(known.Contains(key.key) || key.key == "cache:everything" || key.key == "cache:epoch" || !key.key.ToString().StartsWith("cache:", StringComparison.Ordinal), key.key));
    }

    [Fact]
    public async Task What_was_known_not_to_exist_is_there_for_whoever_asks_after_it_was_made()
    {
        await using var other = await TestApplications.StartBesideAsync(_app, new Dictionary<string, string?>
        {
            ["RateLimits__users__Limit"] = $"{Unlimited}",
            ["RateLimits__products__Limit"] = $"{Unlimited}",
        });
        using var admin = await _app.CreateClient().AsAdminAsync();
        using var here = _app.CreateClient();
        using var there = other.CreateClient();
        var (product, user) = (await MakeProductAsync(), await RegisterAsync());
        for (var round = 0; round < 10; round++)
        {
            product = await MakeWhileReadersAskAsync(MakeProductAsync, $"products/{product + 1}");
            user = await MakeWhileReadersAskAsync(RegisterAsync, $"users/{user + 1}", $"users/{user + 1}/posts?limit=3");
        }

        async Task<int> MakeWhileReadersAskAsync(Func<Task<int>> makeAsync, params string[] paths)
        {
            var isMade = false;
            var refused = 0;
            var readers = paths.SelectMany(path => new[] { (here, path), (there, path), (here, path), (there, path) }).Select(reader => Task.Run(ReadAsync(reader.Item1, reader.path))).ToList();
            await TestPolling.EventuallyAsync(() => Task.FromResult(Volatile.Read(ref refused) >= 5 * readers.Count), Deadline, "readers to be refused");
            var id = await makeAsync();
            Volatile.Write(ref isMade, true);
            await Task.WhenAll(readers);
            return id;

            Func<Task> ReadAsync(ApiClient client, string path) => async () =>
            {
                bool isAfter;
                do
                {
                    isAfter = Volatile.Read(ref isMade);
                    using var answer = await client.GetAsync(path);
                    Assert.True(answer.IsSuccessStatusCode || (answer.StatusCode == HttpStatusCode.NotFound && !isAfter), $"{answer.StatusCode} {path}");
                    Interlocked.Increment(ref refused);
                }
                while (!isAfter);
            };
        }

        async Task<int> MakeProductAsync()
        {
            using var answer = await admin.PostAsync("products", new { name = "Kettle", price = 5, category_id = 1 });
            return (await answer.JsonAsync()).GetProperty("id").GetInt32();
        }

        async Task<int> RegisterAsync()
        {
            using var client = _app.CreateClient();
            using var answer = await client.PostAsync("register", new { email = $"{Unique.Name()}@example.com", name = "Ada", password = ApiClient.Password });
            return (await answer.JsonAsync()).GetProperty("id").GetInt32();
        }
    }

    [Fact]
    public async Task A_page_in_the_cache_is_small_and_a_larger_one_is_not_cached()
    {
        using var user = await _app.CreateClient().AsNewUserAsync();
        await AddPostsAsync(user, count: 30, length: 10_000);
        var path = $"users/{user.UserId}/posts?limit=";

        foreach (var limit in new[] { 3, 20 })
        {
            using var first = await user.GetAsync($"{path}{limit}");
            using var second = await user.GetAsync($"{path}{limit}");
            Assert.Equal(limit == 3 ? "hit" : "miss", second.Header("X-Cache"));
            Assert.Equal(await first.TextAsync(), await second.TextAsync());
        }

        Assert.InRange(await BytesAsync(Keys("cache:{posts:*").Single()), 1, 128 * 1024);
    }

    [Theory]
    [InlineData(100, 20_000, 'x', 100)]
    [InlineData(100, 20_000, '\u0001', 100)] // Each is six bytes of JSON.
    [InlineData(7, 20_000, 'ü', 3)]
    public async Task A_page_is_a_mebibyte_at_most_and_every_item_is_reached(int count, int length, char character, int limit)
    {
        using var user = await _app.CreateClient().AsNewUserAsync();
        await AddPostsAsync(user, count, length, character);

        List<int> ids = [];
        var pages = 0;
        string? cursor = null;
        do
        {
            using var answer = await user.GetAsync($"users/{user.UserId}/posts?limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}");
            Assert.InRange(answer.Content.Headers.ContentLength!.Value, 1, 1024 * 1024);
            var page = await answer.JsonAsync();
            var items = page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetInt32()).ToList();
            Assert.InRange(items.Count, 1, limit);
            ids.AddRange(items);
            cursor = page.GetProperty("next_cursor").GetString();
            pages++;
        }
        while (cursor is not null);

        Assert.Equal(count, ids.Count);
        Assert.Equal(ids.Distinct().OrderDescending(), ids);
        TestContext.Current.TestOutputHelper!.WriteLine($"{pages} pages");
    }

    private static Task<HttpResponseMessage> PostAsync(ApiClient user, string key, string body) =>
        user.SendAsync(HttpMethod.Post, "posts", JsonContent.Create(new { title = "Title", body }), ("Idempotency-Key", key));

    private static string Cursor(long id)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, id);
        return Base64Url.EncodeToString(bytes);
    }

    private Task<long> AddPostsAsync(ApiClient user, int count, int length, char character = 'x') => _app.QueryAsync<long>(
        $"""
        WITH made AS (
            INSERT INTO posts (user_id, title, body, created_at)
            SELECT {user.UserId}, 'Post ' || n, repeat(chr({(int)character}), {length}), now() FROM generate_series(1, {count}) n RETURNING 1)
        SELECT count(*) FROM made
        """);

    private IEnumerable<RedisKey> Keys(string pattern) => Server.Keys(pattern: pattern, pageSize: 1_000);

    private async Task AssertBytesAsync(string pattern, int count, long most)
    {
        var keys = Keys(pattern).ToArray();
        Assert.Equal(count, keys.Length);
        var bytes = await Task.WhenAll(keys.Select(BytesAsync));
        TestContext.Current.TestOutputHelper!.WriteLine($"{pattern}: {bytes.Min()} to {bytes.Max()} bytes");
        Assert.All(bytes, one => Assert.InRange(one, 1, most));
    }

    private async Task<long> BytesAsync(RedisKey key) => (long?)await Database.ExecuteAsync("MEMORY", "USAGE", key) ?? 0;
}
