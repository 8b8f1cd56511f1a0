using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.ComponentModel;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Functions.Redis.Caching;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Caching;

#pragma warning disable CA1051, CA1812, CA1852, CA1822, CA1024, CA1044, CA1710, CA1010, CA2227, CA1002, CA1819, CS0649, CS0169, IDE0044, IDE0032, IDE0051, IDE0052 // These types are made as people make them.

/// <summary>What JSON brings back is stored, what it would lose is refused with the name of what is lost.</summary>
public sealed class CacheRoundTripTests
{
    private static readonly Comparer<int> Descending = Comparer<int>.Create((a, b) => b.CompareTo(a));

    [Fact]
    public void What_comes_back_is_taken()
    {
        Comes((42, "abc"));
        Comes<(int, string)?>((42, "abc"));
        Comes(new Person("Ada") { Age = 36 });
        Comes(new Slugged { Name = "Tea" });
        Comes(new Lately { Name = "Tea" });
        Comes(new Watched { Name = "Tea" });
        Comes(new BehindFields { Name = "Tea", Odd = 3 });
        Comes(new Primary(3));
        Comes(new Inherits { A = 1, B = 2 });
        Comes(new Locked { A = 1 });
        Comes(new LeavesOut { A = 1 });
        Comes(new Fills { Numbers = { 1, 2 } });
        Comes(new { A = 1, B = "anonymous" });
        Comes(Tuple.Create(1, "a"));
        Comes(new Vector3(1, 2, 3));
        Comes(new List<(int, string)> { (1, "a") });
        Comes(new Queue<int>([1, 2]));
        Comes(new LinkedList<int>([1, 2]));
        Comes(ImmutableArray.Create(1, 2));
        Comes<IEnumerable<int>>(Enumerable.Range(1, 3).Select(i => i * i));
        Comes<IReadOnlyList<int>>(ImmutableList.Create(1, 2));
        Comes<IReadOnlyDictionary<string, int>>(new Dictionary<string, int> { ["a"] = 1 }.ToFrozenDictionary());
        Comes(new Dictionary<string, int>(StringComparer.Ordinal) { ["a"] = 1 });
        Comes(new SortedSet<string> { "b", "a" });
        Comes(new HasComparer { ["A"] = 1 });
        Comes(new ByLength { "a", "bb" });
        Comes<Shape>(new Circle { Radius = 1 });
        Comes(new Shape[] { new Circle { Radius = 1 } });
    }

    [Fact]
    public void What_lasts_in_first_out_is_refused_as_it_comes_back_reversed()
    {
        Refused(new Stack<int>([1, 2]), "reverse");
        Refused(new ConcurrentStack<int>([1, 2]), "reverse");
        Refused(ImmutableStack.Create(1, 2), "reverse");
        Refused<IImmutableStack<int>>(ImmutableStack.Create(1, 2), "reverse");
        Refused(new OwnStack(), "reverse");
        Refused(new Holder<Stack<int>>(), "reverse");
    }

    [Fact]
    public void Collections_that_JSON_cannot_make_are_refused()
    {
        Refused(new ConcurrentBag<int> { 1 }, "ConcurrentBag");
        Refused(new PriorityQueue<int, int>(), "PriorityQueue");
        Refused(new ReadOnlyCollection<int>([1]), "ReadOnlyCollection");
        Refused(new[] { 1 }.ToFrozenSet(), "FrozenSet");
        Refused(new ArraySegment<int>([1]), "ArraySegment");
        Refused(new[] { 1 }.ToLookup(i => i), "IGrouping");
        Refused(new int[2, 2], "Int32[,]");
        Refused(new LabelledByConstructor("a"), "LabelledByConstructor");
    }

    [Fact]
    public void Members_of_a_collection_are_not_lost()
    {
        Refused(new Labelled { 1 }, "Label");
        Refused(new LabelledField { 1 }, "Label");
        Refused(new LabelledDictionary(), "Label");
        Refused(new Counting { 1 }, "Adds");
        Refused(new Holder<Labelled>(), "Label");
        Refused<List<int>>(new Labelled { 1 }, "Label");
        Refused<IList<int>>(new Labelled { 1 }, "Label");
    }

    [Fact]
    public void Comparers_are_not_lost()
    {
        Refused(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase), "Comparer");
        Refused(new Holder<Dictionary<string, int>> { Value = new(StringComparer.OrdinalIgnoreCase) }, "Comparer");
        Refused<IDictionary<string, int>>(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase), "Comparer");
        Refused<IReadOnlyDictionary<string, int>>(new Dictionary<string, int>().ToFrozenDictionary(StringComparer.OrdinalIgnoreCase), "Comparer");
        Refused(new ConcurrentDictionary<string, int>(StringComparer.OrdinalIgnoreCase), "Comparer");
        Refused(new HashSet<string>(StringComparer.OrdinalIgnoreCase), "Comparer");
        Refused(new SortedSet<int>(Descending), "Comparer");
        Refused(new SortedDictionary<int, int>(Descending), "Comparer");
        Refused(ImmutableDictionary.Create<string, int>(StringComparer.OrdinalIgnoreCase), "KeyComparer");
        Refused(ImmutableSortedSet.Create(Descending, 1), "KeyComparer");
    }

    [Fact]
    public void Objects_of_derived_types_are_not_cut_to_their_base()
    {
        Refused<Animal>(new Dog { Age = 1, Tricks = 2 }, nameof(Dog));
        Refused(new Animal[] { new Dog() }, nameof(Dog));
        Refused(new Holder<Animal> { Value = new Dog() }, nameof(Dog));
        Refused<Unnamed>(new UnnamedDerived(), nameof(UnnamedDerived));
        Refused<FallsBack>(new UnknownDerived(), nameof(UnknownDerived));
        Refused<HasLossyDerived>(new LossyDerived(), "_hidden");
        Refused<IShape>(new Square(), "cannot be made");
        Refused<object>(1, "Object");
        Refused(new Holder<object>(), "Object");
    }

    [Fact]
    public void State_that_no_member_brings_back_is_refused()
    {
        Refused(new PrivateSetter(), "'Value'");
        Refused(new OnlyGetter(), "'Numbers'");
        Refused(new Encapsulated(), "'_lines'");
        Refused(new Shown(), "'_n'");
        Refused(new Hides { Owner = "Ada" }, "'_balance'");
        Refused(new InheritsHidden(), "'_secret'");
        Refused(new Internal(), "'Inner'");
        Refused(new WriteOnly { Value = 1 }, "'_value'");
        Refused<HiddenStruct?>(new HiddenStruct(1), "HiddenStruct");
        Refused(new Holder<HiddenStruct?>(), "HiddenStruct");
        Refused(BigInteger.One, "BigInteger");
        Refused(new StringBuilder("abc"), "StringBuilder");
        Refused(new TwoConstructors(1), "constructor");
        Refused(Factory.Make(), "constructor");
    }

    [Fact]
    public void Registered_options_must_bring_values_back_too()
    {
        Refused((1, 2), "'Item1'", new JsonSerializerOptions());
        Refused(new WithField(), "'Field'", new JsonSerializerOptions());
        Refused(new Dictionary<string, int>(), "DictionaryKeyPolicy", new JsonSerializerOptions { DictionaryKeyPolicy = JsonNamingPolicy.CamelCase });
        Refused(new Holder<Dictionary<string, int>> { Value = new(StringComparer.OrdinalIgnoreCase) }, "Comparer", GeneratedJson.Default.Options);
        Refused<Animal>(new Dog(), nameof(Dog), GeneratedJson.Default.Options);
        Comes(new Person("Ada") { Age = 36 }, new JsonSerializerOptions(JsonSerializerDefaults.Web));
        Comes(new Animal { Age = 1 }, GeneratedJson.Default.Options);
        Comes(new OnlyGetter { Numbers = { 1 } }, new JsonSerializerOptions { PreferredObjectCreationHandling = JsonObjectCreationHandling.Populate });
    }

    [Fact]
    public void A_type_is_looked_at_once_also_when_it_is_refused()
    {
        var looked = 0;
        var options = new JsonSerializerOptions
        {
            TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver { Modifiers = { _ => looked++ } },
        };
        var serializers = Serializers(options);
        var refusal = Assert.Throws<NotSupportedException>(() => serializers.Fill(new Encapsulated()));
        var first = looked;
        for (var i = 0; i < 10; i++)
        {
            var again = Assert.Throws<NotSupportedException>(serializers.For<Encapsulated>);
            Assert.Equal(refusal.Message, again.Message);
            Assert.Same(refusal.InnerException, again.InnerException);
        }

        Assert.Equal(first, looked);
        Assert.Same(serializers.For<Animal>(), serializers.For<Animal>());
    }

    [Fact]
    public void A_registered_serializer_takes_what_JSON_would_lose()
    {
        using var services = new ServiceCollection().AddSingleton<IHybridCacheSerializer<Stack<int>>>(new StackSerializer()).BuildServiceProvider();
        var serializers = new CacheSerializers(services, new CacheOptions());

        Assert.Equal([2, 1], serializers.Share(serializers.Fill(new Stack<int>([1, 2]))));
    }

    private static CacheSerializers Serializers(JsonSerializerOptions? options)
    {
        var services = new ServiceCollection();
        if (options is not null)
            services.AddKeyedSingleton<JsonSerializerOptions>(typeof(IHybridCacheSerializer<>), options);
        return new CacheSerializers(services.BuildServiceProvider(), new CacheOptions());
    }

    private static void Comes<T>(T value, JsonSerializerOptions? options = null)
    {
        var serializers = Serializers(options);
        var filled = serializers.Fill(value);

        var read = serializers.Share(filled);

        Assert.Equivalent(value, read);
        Assert.Equal(filled.Serialized.ToArray(), serializers.Fill(read).Serialized.ToArray());
    }

    private static void Refused<T>(T value, string reason, JsonSerializerOptions? options = null)
    {
        var refusal = Assert.Throws<NotSupportedException>(() => Serializers(options).Fill(value));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    internal sealed class Holder<T>
    {
        public T? Value { get; set; }
    }

    internal sealed record Person(string Name)
    {
        public int Age { get; set; }

        public bool IsAdult => Age >= 18;
    }

    internal sealed class Slugged
    {
        private string? _slug;

        public string Name { get; set; } = "";

        public string Slug => _slug ??= Name.ToUpperInvariant();
    }

    internal sealed class Lately
    {
        private readonly Lazy<int> _length;

        public Lately() => _length = new(() => Name.Length);

        public string Name { get; set; } = "";

        public string Shouted => field ??= Name + "!";

        public int Length => _length.Value;
    }

    internal sealed class Watched : INotifyPropertyChanged
    {
        private string? _name;

        public event PropertyChangedEventHandler? PropertyChanged;

        public string? Name
        {
            get => _name;
            set
            {
                _name = value;
                PropertyChanged?.Invoke(this, new(nameof(Name)));
            }
        }
    }

    internal sealed class BehindFields
    {
        private string? _called;
        private int _q;

        public string Name
        {
            get => _called ?? "";
            set => _called = value;
        }

        public int Odd
        {
            get
            {
                return _q;
            }

            set
            {
                _q = value;
            }
        }

        public int Twice => _q * 2;
    }

    internal sealed class Primary(int value)
    {
        public int Value => value;

        public int Twice => value * 2;
    }

    internal class Inherited
    {
        private int _a;

        public virtual int B { get; set; }

        public int A
        {
            get => _a;
            set => _a = value;
        }
    }

    internal sealed class Inherits : Inherited
    {
        public override int B { get; set; }
    }

    internal sealed class Locked
    {
        private readonly Lock _lock = new();
        private readonly object _older = new();

        public int A { get; set; }
    }

    internal sealed class LeavesOut
    {
        [JsonIgnore]
        private int _uses;

        public int A { get; set; }

        [JsonIgnore]
        public string? Secret { get; set; }

        public int Use() => ++_uses;
    }

    internal sealed class Fills
    {
        [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
        public List<int> Numbers { get; } = [];
    }

    internal sealed class HasComparer() : Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);

    internal sealed class ByLength : KeyedCollection<int, string>
    {
        protected override int GetKeyForItem(string item) => item.Length;
    }

    internal sealed class OwnStack : Stack<int>;

    internal sealed class Labelled : List<int>
    {
        public string Label { get; set; } = "";
    }

    internal sealed class LabelledField : List<int>
    {
        public string? Label;
    }

    internal sealed class LabelledDictionary : Dictionary<string, int>
    {
        public string Label { get; set; } = "";
    }

    internal sealed class LabelledByConstructor(string label) : List<int>
    {
        public string Label => label;
    }

    internal sealed class Counting : Collection<int>
    {
        public int Adds { get; private set; }

        protected override void InsertItem(int index, int item)
        {
            Adds++;
            base.InsertItem(index, item);
        }
    }

    [JsonDerivedType(typeof(Circle), "circle")]
    internal abstract class Shape;

    internal sealed class Circle : Shape
    {
        public double Radius { get; set; }
    }

    internal class Animal
    {
        public int Age { get; set; }
    }

    internal sealed class Dog : Animal
    {
        public int Tricks { get; set; }
    }

    [JsonDerivedType(typeof(UnnamedDerived))]
    internal class Unnamed;

    internal sealed class UnnamedDerived : Unnamed
    {
        public int A { get; set; }
    }

    [JsonPolymorphic(UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FallBackToBaseType), JsonDerivedType(typeof(KnownDerived), "known")]
    internal class FallsBack;

    internal sealed class KnownDerived : FallsBack;

    internal sealed class UnknownDerived : FallsBack
    {
        public int A { get; set; }
    }

    [JsonDerivedType(typeof(LossyDerived), "lossy")]
    internal class HasLossyDerived;

    internal sealed class LossyDerived : HasLossyDerived
    {
        private int _hidden;

        public int Use() => ++_hidden;
    }

    internal interface IShape
    {
        int Sides { get; }
    }

    internal sealed class Square : IShape
    {
        public int Sides { get; set; } = 4;
    }

    internal sealed class PrivateSetter
    {
        public int Value { get; private set; } = 1;
    }

    internal sealed class OnlyGetter
    {
        public List<int> Numbers { get; } = [];
    }

    internal sealed class Encapsulated
    {
        private readonly List<int> _lines = [1];

        public int Id { get; set; }

        public IReadOnlyList<int> Lines => _lines.AsReadOnly();
    }

    internal sealed class Shown
    {
        private int _n = 3;

        public string Name { get; set; } = "";

        public int Count => _n;

        public void Add() => _n++;
    }

    internal sealed class Hides
    {
        private decimal _balance = 3;

        public string Owner { get; set; } = "";

        public decimal GetBalance() => _balance;

        public void Deposit(decimal amount) => _balance += amount;
    }

    internal class Hidden
    {
        private int _secret = 3;

        public int Reveal() => _secret++;
    }

    internal sealed class InheritsHidden : Hidden;

    internal sealed class Internal
    {
        public int Outer { get; set; }

        internal int Inner { get; set; } = 1;
    }

    internal sealed class WriteOnly
    {
        private int _value;

        public int Value
        {
            set => _value = value;
        }

        public int Read() => _value;
    }

    internal readonly struct HiddenStruct(int secret)
    {
        public int Reveal() => secret;
    }

    internal sealed class TwoConstructors
    {
        public TwoConstructors(int value) => Value = value;

        public TwoConstructors(string text) => Value = text.Length;

        public int Value { get; set; }
    }

    internal sealed class Factory
    {
        private Factory()
        {
        }

        public int Value { get; set; }

        public static Factory Make() => new();
    }

    internal sealed class WithField
    {
        public int Field;

        public int Property { get; set; }
    }

    private sealed class StackSerializer : IHybridCacheSerializer<Stack<int>>
    {
        public Stack<int> Deserialize(System.Buffers.ReadOnlySequence<byte> source)
        {
            var reader = new Utf8JsonReader(source);
            return new(JsonSerializer.Deserialize<int[]>(ref reader)!.Reverse());
        }

        public void Serialize(Stack<int> value, System.Buffers.IBufferWriter<byte> target)
        {
            using var writer = new Utf8JsonWriter(target);
            JsonSerializer.Serialize(writer, value.ToArray());
        }
    }
}

[JsonSerializable(typeof(CacheRoundTripTests.Holder<Dictionary<string, int>>))]
[JsonSerializable(typeof(CacheRoundTripTests.Animal))]
internal sealed partial class GeneratedJson : JsonSerializerContext;
