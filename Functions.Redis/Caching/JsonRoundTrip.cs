using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Functions.Redis.Caching;

/// <summary>Refuses types whose values JSON would store but not bring back; <see cref="JsonValueCheck"/> refuses single values.</summary>
/// <remarks>
/// What an object is lies in its fields (<see cref="StoredFields"/>), what a collection is in its elements, their order and its comparer. What
/// is computed is no loss, nor what its author leaves out with <c>[JsonIgnore]</c>. A converter is taken at its word.
/// </remarks>
internal static class JsonRoundTrip
{
    private static readonly HashSet<Type> LastInFirstOut =
        [typeof(Stack<>), typeof(ConcurrentStack<>), typeof(ImmutableStack<>), typeof(IImmutableStack<>)];

    /// <exception cref="NotSupportedException">Something of the type would be lost; the message says what.</exception>
    public static void ThrowIfLossy(JsonTypeInfo type) => Check(type, []);

    /// <summary>What is thrown for a type, or a value of it, that would not come back.</summary>
    public static NotSupportedException Lossy(Type type, string reason) => new(
        $"A value of type '{type}' would not come back from the cache as it was: {reason}. Register an IHybridCacheSerializer for it.");

    private static void Check(JsonTypeInfo type, HashSet<Type> seen)
    {
        if (!seen.Add(type.Type))
        {
            return;
        }

        if (type.Type == typeof(object))
        {
            throw Lossy(type.Type, "JSON does not tell what an object was");
        }

        if (Nullable.GetUnderlyingType(type.Type) is { } underlying)
        {
            Check(type.Options.GetTypeInfo(underlying), seen);
            return;
        }

        if (type.ElementType is { } element)
        {
            Check(type.Options.GetTypeInfo(element), seen);
        }

        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                CheckObject(type, seen);
                break;
            case JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary:
                CheckCollection(type);
                break;
        }
    }

    private static void CheckObject(JsonTypeInfo type, HashSet<Type> seen)
    {
        foreach (var derived in type.PolymorphismOptions?.DerivedTypes ?? [])
        {
            if (derived.TypeDiscriminator is null && derived.DerivedType != type.Type)
            {
                throw Lossy(type.Type, $"its derived type '{derived.DerivedType}' has no discriminator");
            }

            Check(type.Options.GetTypeInfo(derived.DerivedType), seen);
        }

        if (type.Type.IsAbstract)
        {
            if (type.PolymorphismOptions is null)
            {
                throw Lossy(type.Type, "it cannot be made, and names no derived types");
            }
        }
        else if (type.CreateObject is null && type.Properties.All(property => property.AssociatedParameter is null))
        {
            throw Lossy(type.Type, "it has no constructor that JSON can call");
        }

        if (StoredFields.FirstLost(type) is { } lost)
        {
            throw Lossy(type.Type, $"'{lost}' is kept in no public member that can be set, by itself or by the constructor; [JsonIgnore] leaves it out on purpose");
        }

        foreach (var property in type.Properties)
        {
            if (property.Get is not null && property.CustomConverter is null && ComesBack(property, type))
            {
                Check(type.Options.GetTypeInfo(property.PropertyType), seen);
            }
        }
    }

    private static void CheckCollection(JsonTypeInfo type)
    {
        for (var ancestor = type.Type; ancestor is not null; ancestor = ancestor.BaseType)
        {
            if (ancestor.IsGenericType && LastInFirstOut.Contains(ancestor.GetGenericTypeDefinition()))
            {
                throw Lossy(type.Type, "JSON brings it back in reverse order");
            }
        }

        if (StoredFields.FirstBesideElements(type.Type) is { } lost)
        {
            throw Lossy(type.Type, $"of a collection JSON has the elements, not '{lost}'");
        }

        if (type.Options.DictionaryKeyPolicy is not null && type.KeyType is { } key && (key == typeof(string) || key.IsEnum))
        {
            throw Lossy(type.Type, "DictionaryKeyPolicy changes its keys");
        }

        try
        {
            JsonSerializer.Deserialize(type.Kind == JsonTypeInfoKind.Dictionary ? "{}"u8 : "[]"u8, type);
        }
        catch (NotSupportedException)
        {
            throw Lossy(type.Type, "JSON cannot make it");
        }
    }

    /// <summary>Whether what was read from a property is there again afterwards.</summary>
    public static bool ComesBack(JsonPropertyInfo property, JsonTypeInfo type) =>
        property.Set is not null || property.AssociatedParameter is not null || IsPopulated(property, type);

    // A collection, or another object, that the constructor has made and JSON fills.
    private static bool IsPopulated(JsonPropertyInfo property, JsonTypeInfo type)
    {
        var handling = property.ObjectCreationHandling ?? type.PreferredPropertyObjectCreationHandling ?? type.Options.PreferredObjectCreationHandling;
        return handling == JsonObjectCreationHandling.Populate
            && type.Options.GetTypeInfo(property.PropertyType) is { Kind: not JsonTypeInfoKind.None, CreateObject: not null };
    }
}
