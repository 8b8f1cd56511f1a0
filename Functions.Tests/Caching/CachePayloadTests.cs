using Functions.Redis.Caching;
using Functions.Tests.Servers;

namespace Functions.Tests.Caching;

/// <summary>Bytes that are not what was stored.</summary>
public sealed class CachePayloadTests(RedisServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_changed_bit_is_seen_wherever_it_lies()
    {
        var good = CachePayload.Write(
            CachePayloadFlags.None, 1, 2, TimeSpan.FromMinutes(1), [new("tag", 3), new("☕", 4)], "a value of some bytes"u8);
        Assert.True(CachePayload.TryParse(good, out var read));
        Assert.Equal("a value of some bytes"u8, read.Value.Span);
        Assert.Equal(["tag", "☕"], read.ReadTags());

        for (var bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] damaged = [.. good];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(CachePayload.TryParse(damaged, out _), $"Bit {bit} was changed.");
        }
    }

    [Fact]
    public void Bytes_that_are_exchanged_missing_or_too_many_are_seen()
    {
        var good = CachePayload.Write(CachePayloadFlags.None, 1, 2, TimeSpan.Zero, [new("tag", 3)], "0123456789"u8);
        for (var i = 1; i < good.Length; i++)
        {
            byte[] exchanged = [.. good];
            (exchanged[i - 1], exchanged[i]) = (exchanged[i], exchanged[i - 1]);
            Assert.Equal(exchanged.AsSpan().SequenceEqual(good), CachePayload.TryParse(exchanged, out _));
            Assert.False(CachePayload.TryParse(good.AsMemory(0, i), out _));
            Assert.False(CachePayload.TryParse((byte[])[.. good[..i], .. good[(i + 1)..]], out _));
            Assert.False(CachePayload.TryParse((byte[])[.. good, .. good[..i]], out _));
        }
    }

    [Theory, InlineData("tea"), InlineData("")]
    public async Task A_damaged_entry_is_a_miss_and_replaced(string value)
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Single), 2);
        var database = await caches.Connection().GetDatabaseAsync(Cancellation);
        var entry = $"{caches.Prefix}{{key}}";
        await caches[0].SetAsync("key", value, tags: ["tag"], cancellationToken: Cancellation);
        var good = (byte[])(await database.StringGetAsync(entry))!;
        for (var i = 0; i < good.Length; i++)
        {
            byte[] damaged = [.. good];
            damaged[i] ^= 0x10;
            await database.StringSetAsync(entry, damaged, TimeSpan.FromMinutes(1));
            Assert.Equal((false, null), await caches[1].TryGetAsync<string?>("key", cancellationToken: Cancellation));
        }

        Assert.Equal(CacheOutcome.Miss, (await caches[1].ReadAsync("key", "new", ["tag"])).Outcome);
        await caches.StoredAsync();
        Assert.Equal(CacheOutcome.Hit, (await caches[0].ReadAsync("key", "newer", ["tag"])).Outcome);
    }
}
