using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Functions.Redis.Caching;

/// <summary>The fields of a type in which its objects keep what they are, and which of them JSON loses.</summary>
internal static class StoredFields
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>A field of an object that none of its JSON members brings back, by the name of its property if it is one's; null if there is none.</summary>
    public static string? FirstLost(JsonTypeInfo type)
    {
        if (type.Properties.Any(property => property.AttributeProvider is not MemberInfo))
        {
            return null; // Somebody has made the members: they are taken at their word.
        }

        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var fields = new HashSet<(Type?, string)>();
        foreach (var property in type.Properties)
        {
            var isLeftOut = property.Get is null && property.Set is null;
            if (!isLeftOut && (property.Get is null || !JsonRoundTrip.ComesBack(property, type)))
            {
                continue;
            }

            var member = (MemberInfo)property.AttributeProvider!;
            names.Add(member.Name);
            if (property.AssociatedParameter is { } parameter)
            {
                names.Add(parameter.Name);
            }

            // The field behind a property has any name. A getter of several computes.
            if (member is PropertyInfo { GetMethod: { } getter } && FieldUse.Of(getter).Select(use => Id(use.Field)).Distinct().ToArray() is [var only])
            {
                fields.Add(only);
            }
        }

        foreach (var field in Of(type.Type))
        {
            if (!names.Contains(NameOf(field)) && !fields.Contains(Id(field)) && !IsRemembered(field, type.Type))
            {
                return NameOf(field, trimmed: false);
            }
        }

        return null;
    }

    /// <summary>A field of a collection that is neither its elements nor about them; null if there is none.</summary>
    public static string? FirstBesideElements(Type collection)
    {
        if (collection.IsInterface || collection.IsArray)
        {
            return null;
        }

        var platform = collection;
        while (!IsOfPlatform(platform))
        {
            platform = platform.BaseType!;
        }

        // Where the platform keeps the elements, whatever else there is was added. Who keeps them itself needs fields for that, but shows no
        // more than elements and what is computed of them.
        var keepsElements = platform == typeof(object) || platform == typeof(ValueType);
        foreach (var field in Of(collection, upTo: platform))
        {
            var isShown = field.IsPublic || field.IsDefined(typeof(CompilerGeneratedAttribute));
            if (!keepsElements || (isShown && (field.FieldType == typeof(string) || !field.FieldType.IsAssignableTo(typeof(IEnumerable)))))
            {
                return NameOf(field, trimmed: false);
            }
        }

        return null;
    }

    // Without those that hold nothing of an object: who listens, locks, what is made when it is first needed, what its author leaves out.
    private static IEnumerable<FieldInfo> Of(Type type, Type? upTo = null)
    {
        for (var owner = type; owner is not null && owner != upTo && owner != typeof(object) && owner != typeof(ValueType); owner = owner.BaseType)
        {
            foreach (var field in owner.GetFields(Own))
            {
                var kind = field.FieldType;
                if (!kind.IsAssignableTo(typeof(Delegate))
                    && kind != typeof(Lock)
                    && !(kind == typeof(object) && field.IsInitOnly)
                    && !(kind.IsGenericType && kind.GetGenericTypeDefinition() == typeof(Lazy<>))
                    && !field.IsDefined(typeof(JsonIgnoreAttribute)))
                {
                    yield return field;
                }
            }
        }
    }

    // A getter that sets the field has computed what it keeps there.
    private static bool IsRemembered(FieldInfo field, Type type)
    {
        for (var owner = type; owner is not null; owner = owner.BaseType)
        {
            if (owner.GetProperties(Own).Any(property => FieldUse.Of(property.GetMethod).Any(use => use.Writes && Id(use.Field) == Id(field))))
            {
                return true;
            }
        }

        return false;
    }

    // "<Name>k__BackingField" is that of a property, "<name>P" that of a parameter of a primary constructor; people write _name, m_name or name_.
    private static string NameOf(FieldInfo field, bool trimmed = true)
    {
        var name = field.Name;
        if (name.StartsWith('<'))
        {
            return name[1..name.IndexOf('>', StringComparison.Ordinal)];
        }

        return !trimmed ? name : name.StartsWith("m_", StringComparison.Ordinal) ? name[2..] : name.Trim('_');
    }

    // As reflection has several objects for one field.
    private static (Type?, string) Id(FieldInfo field) => (field.DeclaringType, field.Name);

    private static bool IsOfPlatform(Type type) =>
        type.Assembly.GetName().Name is { } name && (name.StartsWith("System.", StringComparison.Ordinal) || name is "System" or "mscorlib" or "netstandard");
}
