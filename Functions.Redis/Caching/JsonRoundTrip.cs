using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;

namespace Functions.Redis.Caching;

/// <summary>Refuses types whose values JSON would store but not bring back.</summary>
/// <remarks>
/// What a type computes may be left out; what it stores in a public member must come back. A type with members of its own to read and write,
/// a converter, or named derived types is taken at its word.
/// </remarks>
internal static class JsonRoundTrip
{
    /// <exception cref="NotSupportedException">Something of the type would be lost; the message says what.</exception>
    public static void ThrowIfLossy(JsonTypeInfo type) => Check(type, []);

    private static void Check(JsonTypeInfo type, HashSet<Type> seen)
    {
        if (!seen.Add(type.Type) || Nullable.GetUnderlyingType(type.Type) is not null)
        {
            return;
        }

        if (type.Type == typeof(object))
        {
            throw Lossy(type.Type, "JSON does not tell what an object was");
        }

        if (type.ElementType is { } element)
        {
            Check(type.Options.GetTypeInfo(element), seen);
        }

        if (type.Kind != JsonTypeInfoKind.Object)
        {
            return;
        }

        if (type.Type is { IsAbstract: true } or { IsInterface: true } && type.PolymorphismOptions is null)
        {
            throw Lossy(type.Type, "it cannot be made, and names no derived types");
        }

        if (type.Properties.Count == 0 && HasState(type.Type))
        {
            throw Lossy(type.Type, "none of its members is public");
        }

        foreach (var property in type.Properties)
        {
            if (property is { Get: not null, Set: null, AssociatedParameter: null } && IsStored(property))
            {
                throw Lossy(type.Type, $"'{property.Name}' cannot be set, neither by itself nor by the constructor");
            }

            if (property.Get is not null && (property.Set is not null || property.AssociatedParameter is not null) && property.CustomConverter is null)
            {
                Check(type.Options.GetTypeInfo(property.PropertyType), seen);
            }
        }
    }

    private static bool HasState(Type type) => type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Length > 0;

    // A field, or a property that the compiler gave one; others are computed.
    private static bool IsStored(JsonPropertyInfo property) => property.AttributeProvider switch
    {
        FieldInfo => true,
        PropertyInfo { DeclaringType: { } owner } member =>
            owner.GetField($"<{member.Name}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic)?.IsDefined(typeof(CompilerGeneratedAttribute)) == true,
        _ => false,
    };

    private static NotSupportedException Lossy(Type type, string reason) => new(
        $"A value of type '{type}' would not come back from the cache as it was: {reason}. Register an IHybridCacheSerializer for it.");
}
