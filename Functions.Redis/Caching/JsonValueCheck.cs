using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Functions.Redis.Caching;

/// <summary>
/// Refuses values that are more than their type says, when they are stored: objects of a derived type, collections with a comparer or
/// members of their own. JSON has nothing of that.
/// </summary>
internal static class JsonValueCheck
{
    private static readonly ConditionalWeakTable<JsonSerializerOptions, JsonSerializerOptions> Checked = [];
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Comparers = new();
    private static readonly ConcurrentDictionary<Type, string?> BesideElements = new();

    /// <summary>The same options with the check; one copy however often it is asked for, as they keep what they know of types.</summary>
    public static JsonSerializerOptions Added(JsonSerializerOptions options) => Checked.GetValue(options, static options =>
    {
        var copy = new JsonSerializerOptions(options)
        {
            TypeInfoResolver = (options.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(Add),
        };
        copy.MakeReadOnly();
        return copy;
    });

    private static void Add(JsonTypeInfo type)
    {
        Action<object>? check = type.Kind switch
        {
            JsonTypeInfoKind.Object when !type.Type.IsSealed => value => CheckObject(value, type.Type),
            JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary when !type.Type.IsArray => value => CheckCollection(value, type),
            _ => null,
        };
        if (check is not null)
        {
            type.OnSerializing = check + type.OnSerializing;
        }
    }

    private static void CheckObject(object value, Type type)
    {
        if (value.GetType() != type)
        {
            throw JsonRoundTrip.Lossy(value.GetType(), $"it is stored as '{type}', which does not name it as a derived type");
        }
    }

    private static void CheckCollection(object value, JsonTypeInfo type)
    {
        var actual = value.GetType();
        if (actual != type.Type && BesideElements.GetOrAdd(actual, StoredFields.FirstBesideElements) is { } lost)
        {
            throw JsonRoundTrip.Lossy(actual, $"of a collection JSON has the elements, not '{lost}'");
        }

        foreach (var comparer in Comparers.GetOrAdd(actual, FindComparers))
        {
            if (!IsMadeAgain(comparer, comparer.GetValue(value), actual == type.Type ? type.CreateObject?.Invoke() : null))
            {
                throw JsonRoundTrip.Lossy(actual, $"JSON does not have its {comparer.Name}");
            }
        }
    }

    // By JSON, which makes an empty collection and adds the elements.
    private static bool IsMadeAgain(PropertyInfo property, object? comparer, object? empty)
    {
        if (empty is not null)
        {
            return Equals(comparer, property.GetValue(empty)) || IsOrdinal(comparer, property);
        }

        var open = property.PropertyType.GetGenericTypeDefinition() == typeof(IEqualityComparer<>) ? typeof(EqualityComparer<>) : typeof(Comparer<>);
        var usual = open.MakeGenericType(property.PropertyType.GetGenericArguments())
            .GetProperty(nameof(EqualityComparer<>.Default), BindingFlags.Public | BindingFlags.Static)!
            .GetValue(null);
        return Equals(comparer, usual) || IsOrdinal(comparer, property);
    }

    // What strings are compared by for equality anyway.
    private static bool IsOrdinal(object? comparer, PropertyInfo property) =>
        ReferenceEquals(comparer, StringComparer.Ordinal) && property.PropertyType == typeof(IEqualityComparer<string>);

    private static PropertyInfo[] FindComparers(Type type) =>
    [
        .. type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property =>
            property is { PropertyType.IsGenericType: true, GetMethod: not null }
            && property.GetIndexParameters().Length == 0
            && property.PropertyType.GetGenericTypeDefinition() is var open
            && (open == typeof(IEqualityComparer<>) || open == typeof(IComparer<>))),
    ];
}
