using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Functions.Redis.Settings;

/// <summary>Checks what a section of the settings says before it is bound to options.</summary>
public static class SettingsSection
{
    /// <summary>The names of the settings that are bound to options of a type.</summary>
    internal static IEnumerable<string> NamesOf(Type options) => PropertiesOf(options).Select(property => property.Name);

    /// <summary>What is wrong with it: a name that nobody knows, or a text that is none of the option's values.</summary>
    /// <param name="section">The settings.</param>
    /// <param name="options">The type that they are bound to.</param>
    /// <param name="known">Every name that the section may have.</param>
    internal static IEnumerable<string> FaultsOf(IConfigurationSection section, Type options, IReadOnlyCollection<string> known)
    {
        var properties = PropertiesOf(options).ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var setting in section.GetChildren())
        {
            if (properties.TryGetValue(setting.Key, out var property))
            {
                if (SettingText.IsUnresolvedReference(setting.Value))
                {
                    yield return $"{section.Path}__{property.Name} {SettingText.UnresolvedReference}";
                }
                else if (setting.Value is { Length: > 0 } text && SettingText.FaultOf(text, property.PropertyType) is { } fault)
                {
                    yield return $"{section.Path}__{property.Name}: {fault}";
                }
            }
            else if (!known.Contains(setting.Key, StringComparer.OrdinalIgnoreCase))
            {
                yield return UnknownName($"{section.Path}__{setting.Key}", section.Path, setting.Key, known);
            }
        }
    }

    /// <summary>Says that there is no such setting, and which one may have been meant.</summary>
    public static string UnknownName(string setting, string section, string key, IReadOnlyCollection<string> names) =>
        Spelling.NearestTo(key, names) is { } nearest
            ? $"{setting}: there is no such setting. Is {section}__{nearest} meant?"
            : $"{setting}: there is no such setting. There are {string.Join(", ", names.Order(StringComparer.Ordinal))}.";

    private static IEnumerable<PropertyInfo> PropertiesOf(Type options) => options.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.SetMethod is { IsPublic: true } && !typeof(Delegate).IsAssignableFrom(property.PropertyType));
}
