using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Functions.Redis.Caching;
using Functions.Tests.Servers;
using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Tests.Caching;

/// <summary>Compression, reading without a factory, storing without a read, metrics and messages.</summary>
public sealed class CacheValueTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(16 * 1024, HybridCacheEntryFlags.None, null, true)]
    [InlineData((16 * 1024) - 1, HybridCacheEntryFlags.None, null, false)]
    [InlineData(500, HybridCacheEntryFlags.None, 500, true)]
    [InlineData(100_000, HybridCacheEntryFlags.None, 200_000, false)]
    [InlineData(100_000, HybridCacheEntryFlags.DisableCompression, null, false)]
    public async Task Values_from_the_threshold_on_are_compressed(int length, HybridCacheEntryFlags flags, int? threshold, bool isCompressed)
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Single));
        var database = await caches.Connection().GetDatabaseAsync(Cancellation);
        var value = new string('x', length);
        var options = new RedisCacheEntryOptions { Flags = flags, CompressionThresholdBytes = threshold };

        await caches[0].ReadAsync("read", value, options: options);
        await caches[0].SetEntryAsync("set", value, options, cancellationToken: Cancellation);

        foreach (var key in new[] { "read", "set" })
        {
            Assert.Equal(isCompressed, await database.StringLengthAsync($"{caches.Prefix}{{{key}}}") < length);
            Assert.Equal((true, value), await caches[0].TryGetAsync<string>(key, cancellationToken: Cancellation));
        }
    }

    [Fact]
    public async Task What_cannot_be_compressed_is_stored_as_it_is()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Single), configure: options => options.CompressionThresholdBytes = 0);
        foreach (var length in new[] { 0, 1, 4, 5, 50_000 })
        {
            var value = RandomNumberGenerator.GetBytes(length);

            await caches[0].ReadAsync($"{length}", value);

            var read = await caches[0].PeekAsync<byte[]>($"{length}");
            Assert.Equal(CacheOutcome.Hit, read.Outcome);
            Assert.Equal(value, read.Value);
        }
    }

    [Fact]
    public async Task Damaged_compressed_bytes_are_a_miss()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Single));
        var database = await caches.Connection().GetDatabaseAsync(Cancellation);
        var random = new Random(1);
        var value = new string('x', 20_000);
        await caches[0].ReadAsync("key", value);
        var good = (byte[])(await database.StringGetAsync($"{caches.Prefix}{{key}}"))!;
        Assert.True(CachePayload.TryParse(good, out var payload));
        var (compressed, generation) = (payload.Value.ToArray(), BitConverter.ToUInt64(good, 10));

        // With a checksum that fits: Brotli has to notice.
        for (var i = 0; i < 200; i++)
        {
            byte[] bytes = [.. compressed];
            if (i % 2 == 0)
                bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            else
                bytes = bytes[..random.Next(bytes.Length)];
            await StoreAsync(bytes);

            var (found, read) = await caches[0].TryGetAsync<string>("key", cancellationToken: Cancellation);

            Assert.True(!found || read.Length == value.Length);
        }

        byte[] huge = [.. compressed];
        BitConverter.TryWriteBytes(huge, int.MaxValue);
        await StoreAsync(huge);
        Assert.Equal(("new", CacheOutcome.Miss), await OutcomeAsync(caches[0].ReadAsync("key", "new")));

        Task StoreAsync(byte[] bytes) => database.StringSetAsync(
            $"{caches.Prefix}{{key}}", CachePayload.Write(CachePayloadFlags.Compressed, 1, generation, TimeSpan.Zero, [], bytes), TimeSpan.FromMinutes(1));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Reading_without_a_factory_tells_missing_from_null(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        await caches[0].ReadAsync("found", "value", ["tag"]);
        await caches[0].ReadAsync<string?>("null", value: null);
        await caches.StoredAsync();

        Assert.Equal((true, "value"), await caches[1].TryGetAsync<string?>("found", cancellationToken: Cancellation));
        Assert.Equal((true, null), await caches[1].TryGetAsync<string?>("null", cancellationToken: Cancellation));
        Assert.Equal((false, null), await caches[1].TryGetAsync<string?>("missing", cancellationToken: Cancellation));
        Assert.Equal((false, 0), await caches[1].TryGetAsync<int>("found", cancellationToken: Cancellation));
        await caches[0].RemoveByTagAsync("tag", Cancellation);
        Assert.Equal((false, null), await caches[1].TryGetAsync<string?>("found", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Reading_without_a_factory_finds_nothing_during_an_outage()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var caches = new TestCaches(server);
        await caches[0].ReadAsync("key", "value");
        await server.StopAsync();

        Assert.Equal((false, null), await caches[0].TryGetAsync<string?>("key", cancellationToken: Cancellation));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_value_that_is_set_while_another_is_made_wins(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        var factory = new SlowFactory<string>("made");
        var read = caches[0].ReadAsync("key", factory.RunAsync);
        await factory.Started;

        await caches[1].SetEntryAsync("key", "set", new() { FailSafe = Deadline, LocalExpiration = Deadline }, ["tag"], Cancellation);
        factory.Release();

        Assert.Equal("made", (await read).Value);
        Assert.Equal((true, "set"), await caches[0].TryGetAsync<string>("key", cancellationToken: Cancellation));
        await caches[0].RemoveByTagAsync("tag", Cancellation);
        Assert.False((await caches[0].TryGetAsync<string>("key", cancellationToken: Cancellation)).Found);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Who_waits_for_another_instance_goes_on_with_its_message_not_with_the_next_look(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2, options => options.PollingInterval = TimeSpan.FromSeconds(10));
        var local = new RedisCacheEntryOptions { LocalExpiration = Deadline };
        await caches[1].ReadAsync("warm", "value", options: local);
        await caches[1].KeepsAsync("warm", local); // It hears messages.
        for (var round = 0; round < 2; round++)
        {
            var factory = new SlowFactory<string>("made");
            var filling = caches[0].ReadAsync($"key{round}", factory.RunAsync);
            await factory.Started;
            var waiting = caches[1].ReadAsync($"key{round}", "own");
            await caches[1].PeekAsync<string>($"key{round}");
            await caches[1].PeekAsync<string>($"key{round}");

            if (round == 0)
                factory.Release();
            else
                factory.Fail(new InvalidOperationException("broken"));

            Assert.Equal(round == 0 ? "made" : "own", (await waiting.WaitAsync(TimeSpan.FromSeconds(3), Cancellation)).Value);
            await Task.WhenAny(filling);
        }
    }

    [Fact]
    public async Task Who_waits_goes_on_also_when_messages_are_lost()
    {
        await using var caches = new TestCaches(
            await servers.GetAsync(RedisKind.Single), 2, options => (options.PollingInterval, options.MaximumWait) = (TimeSpan.FromMilliseconds(50), TimeSpan.FromHours(1)));
        var holder = caches[0].Lease("key", 42);
        Assert.Equal(holder.Token, await caches[0].Store.AcquireAsync(holder, default));

        // This instance has not begun to listen: no message reaches it.
        var waiting = caches[1].LeaseWaits.WaitAsync("key", holder.Token, TimeSpan.FromHours(1), Cancellation);
        await caches[0].Store.ReleaseAsync(holder);

        await waiting.WaitAsync(Deadline, Cancellation);
    }

    [Fact]
    public async Task Metrics_tell_reads_by_outcome_removals_bytes_and_the_time_of_factories()
    {
        // Other tests use the meter at the same time: what is measured here is told by the execution context.
        var mine = new AsyncLocal<bool> { Value = true };
        var measured = new List<(string Name, string? Tag, double Value)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Functions.Redis")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        listener.Start();
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        var local = new RedisCacheEntryOptions { LocalExpiration = Deadline };

        await caches[0].ReadAsync("key", "value", options: local);
        await caches[0].ReadAsync("key", "value");
        await caches[0].KeepsAsync("key", local);
        await caches[0].RemoveAsync(["key", "other"], Cancellation);
        await caches[0].RemoveByTagAsync("tag", Cancellation);
        await caches.StoredAsync();

        Assert.Equal(1, Sum("cache.reads", "miss"));
        Assert.InRange(Sum("cache.reads", "hit"), 1, 1_000);
        Assert.InRange(Sum("cache.reads", "local_hit"), 1, 2);
        Assert.Equal((2, 1), (Sum("cache.removals", "key"), Sum("cache.removals", "tag")));
        Assert.InRange(Sum("cache.io", "read"), 27, 100_000);
        Assert.InRange(Sum("cache.io", "write"), 27, 100);
        Assert.Single(Values("cache.factory.duration", null));

        double Sum(string name, string tag) => Values(name, tag).Sum();

        List<double> Values(string name, string? tag)
        {
            lock (measured)
                return [.. measured.Where(measurement => measurement.Name == name && measurement.Tag == tag).Select(measurement => measurement.Value)];
        }

        void Add(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (!mine.Value)
                return;
            lock (measured)
                measured.Add((name, tags.IsEmpty ? null : (string?)tags[0].Value, value));
        }
    }

    private static async Task<(T Value, CacheOutcome Outcome)> OutcomeAsync<T>(Task<CacheEntry<T>> read) => ((await read).Value, (await read).Outcome);
}
