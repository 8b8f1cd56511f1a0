using Functions.Tests.Servers;

namespace Functions.Tests.Caching.Behaviour;

#pragma warning disable CA1051, CA1010, CA1710, CA1711 // These types are made as people make them.

/// <summary>What one instance stores another reads as it was; what cannot be brought back is not stored as if it could.</summary>
public sealed class RoundTripBehaviourTests(RedisServers servers) : CacheBehaviourTests(servers)
{
    public sealed class OnlyFields
    {
        public int Number;
        public string? Text;
    }

    public sealed class Order
    {
        public List<string> Lines { get; } = [];
    }

    public sealed class Purse
    {
        private decimal _content;

        public string Owner { get; set; } = "";

        public void Add(decimal amount) => _content += amount;

        public decimal Count() => _content;
    }

    public class Animal
    {
        public string Name { get; set; } = "";
    }

    public sealed class Dog : Animal
    {
        public int Tricks { get; set; }
    }

    public sealed class Page : List<string>
    {
        public string? Next { get; set; }
    }

    [Theory, ClassData<AnyCache>]
    public Task Content_in_fields_comes_back(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        Assert.Equal((42, "abc"), await BackAsync(caches, (42, "abc")));
        Assert.Equal([(1, "a"), (2, "b")], await BackAsync(caches, new List<(int, string)> { (1, "a"), (2, "b") }));
        var fields = await BackAsync(caches, new OnlyFields { Number = 1, Text = "a" });
        Assert.Equal((1, "a"), (fields.Number, fields.Text));
    });

    [Theory, ClassData<AnyCache>]
    public Task Collections_without_a_setter_come_back_or_are_refused(CacheKind kind) =>
        BackOrRefusedAsync(kind, new Order { Lines = { "tea" } }, order => Assert.Equal(["tea"], order.Lines));

    [Theory, ClassData<AnyCache>]
    public Task Private_state_comes_back_or_is_refused(CacheKind kind)
    {
        var purse = new Purse { Owner = "Ada" };
        purse.Add(5);
        return BackOrRefusedAsync(kind, purse, read => Assert.Equal(5, read.Count()));
    }

    [Theory, ClassData<AnyCache>]
    public Task An_object_of_a_derived_type_comes_back_or_is_refused(CacheKind kind) =>
        BackOrRefusedAsync<Animal>(kind, new Dog { Tricks = 3 }, animal => Assert.Equal(3, Assert.IsType<Dog>(animal).Tricks));

    [Theory, ClassData<AnyCache>]
    public Task A_stack_comes_back_in_its_order_or_is_refused(CacheKind kind) =>
        BackOrRefusedAsync(kind, new Stack<int>([1, 2, 3]), stack => Assert.Equal([3, 2, 1], stack));

    [Theory, ClassData<AnyCache>]
    public Task The_comparer_of_a_dictionary_comes_back_or_is_refused(CacheKind kind) => BackOrRefusedAsync(
        kind, new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["Tea"] = 1 }, prices => Assert.True(prices.ContainsKey("TEA")));

    [Theory, ClassData<AnyCache>]
    public Task The_members_of_a_collection_come_back_or_are_refused(CacheKind kind) =>
        BackOrRefusedAsync(kind, new Page { Next = "2" }, page => Assert.Equal("2", page.Next));

    [Theory, ClassData<AnyCache>]
    public Task A_byte_that_was_changed_in_Redis_is_a_miss(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        await caches[0].SetAsync("key", "a text that is stored as it is", ComparedCaches.NotLocal, cancellationToken: Cancellation);
        await caches.EventuallyInRedisAsync(1, "key", "a text that is stored as it is");
        await TestPolling.EventuallyAsync(async () => await caches.DamageInRedisAsync("stored") == 1, ComparedCaches.Deadline, "the entry");

        Assert.Equal("new", await caches[1].GetAsync("key", "new", options: ComparedCaches.NotLocal));
    });

    private Task BackOrRefusedAsync<T>(CacheKind kind, T value, Action<T> check, [System.Runtime.CompilerServices.CallerMemberName] string behaviour = "") => CheckAsync(
        kind,
        2,
        async caches =>
        {
            try
            {
                await caches[0].SetAsync("key", value, ComparedCaches.NotLocal, cancellationToken: Cancellation);
            }
            catch (NotSupportedException)
            {
                return;
            }

            check(await caches[1].HitAsync<T>("key", options: ComparedCaches.NotLocal));
        },
        behaviour: behaviour);

    private static async Task<T> BackAsync<T>(ComparedCaches caches, T value)
    {
        var key = typeof(T).ToString();
        await caches[0].SetAsync(key, value, ComparedCaches.NotLocal, cancellationToken: Cancellation);
        return await caches[1].HitAsync<T>(key, options: ComparedCaches.NotLocal);
    }
}
