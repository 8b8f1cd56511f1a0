using Functions.Redis.Settings;
using Microsoft.Extensions.Configuration;

namespace Functions;

/// <summary>The names of all settings of the application, to find those that were meant for it and have another name.</summary>
/// <remarks>
/// The environment has many variables that are none of ours, so a name counts as misspelt only if it is near to one of these. What is inside a
/// section of options is checked where the options are bound.
/// </remarks>
internal static class AppSettings
{
    // Sections with all their names, or with none where the options that they are bound to know them.
    private static readonly Dictionary<string, string[]> Sections = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Accounts"] = [],
        ["AzureWebJobsStorage"] = ["accountName", "blobServiceUri", "queueServiceUri", "tableServiceUri", "credential", "clientId"],
        ["Cache"] = [],
        ["ConnectionStrings"] = ["Postgres"],
        ["Email"] = [],
        ["Events"] = [],
        ["Http"] = [],
        ["LoginBackoff"] = [],
        ["Outbox"] = [],
        ["Postgres"] = ["credential", "clientId"],
        ["RateLimits"] = [],
        ["Redis"] = ["redisHostName", "principalId", "clientId", "credential"],
        ["Sessions"] = [],
        ["Shop"] = [],
        ["Tasks"] = [],
    };

    private static readonly string[] Single =
    [
        "ADMIN_EMAIL", "ADMIN_PASSWORD", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "APPLICATIONINSIGHTS_CONNECTION_STRING", "AzureWebJobsStorage",
        "OTEL_EXPORTER_OTLP_ENDPOINT", "PUBLIC_URL", "Redis", "REDIS_COMMAND_TIMEOUT", "REDIS_CONNECT_TIMEOUT", "REDIS_DB", "REDIS_HOST", "REDIS_MAX_CONNECTIONS",
        "REDIS_PASSWORD", "REDIS_PORT", "REDIS_SENTINEL_HOSTS", "REDIS_SENTINEL_MASTER", "REDIS_SSL", "REDIS_SSL_CA_FILE", "SECRET_KEY",
    ];

    /// <summary>Every setting that stands alone, and the name of every section.</summary>
    public static IEnumerable<string> Names => Single.Union(Sections.Keys, StringComparer.OrdinalIgnoreCase);

    /// <summary>Checks the names, and that no value is a reference to Key Vault that the platform could not resolve.</summary>
    /// <exception cref="InvalidOperationException">A setting is wrong; the message names it.</exception>
    public static void Check(IConfiguration configuration)
    {
        foreach (var setting in configuration.GetChildren())
        {
            var fault = Names.Contains(setting.Key, StringComparer.OrdinalIgnoreCase) ? FaultOf(setting) : MisspellingOf(setting);
            if (fault is not null)
            {
                throw new InvalidOperationException(fault);
            }
        }
    }

    // Other software reads some of these sections, too: what is theirs is left alone.
    private static string? FaultOf(IConfigurationSection setting)
    {
        if (SettingText.IsUnresolvedReference(setting.Value))
        {
            return $"{NameOf(setting)} {SettingText.UnresolvedReference}";
        }

        var names = Sections.GetValueOrDefault(setting.Key, []);
        foreach (var child in names.Length > 0 ? setting.GetChildren() : [])
        {
            var fault = names.Contains(child.Key, StringComparer.OrdinalIgnoreCase)
                ? SettingText.IsUnresolvedReference(child.Value) ? $"{NameOf(child)} {SettingText.UnresolvedReference}" : null
                : Spelling.NearestTo(child.Key, names) is { } nearest ? $"{NameOf(child)}: there is no such setting. Is {setting.Key}__{nearest} meant?" : null;
            if (fault is not null)
            {
                return fault;
            }
        }

        return null;
    }

    private static string? MisspellingOf(IConfigurationSection setting)
    {
        if (setting.GetChildren().FirstOrDefault() is { } child)
        {
            return Spelling.NearestTo(setting.Key, Sections.Keys, most: 2) is { } section
                ? $"{NameOf(child)}: there is no such section. Is {section}__{child.Key} meant?"
                : null;
        }

        // One underscore in place of two.
        return Array.Find([.. Sections.Keys], section =>
                setting.Key.Length > section.Length + 1 && setting.Key.StartsWith($"{section}_", StringComparison.Ordinal)) is { } start
            ? $"{setting.Key}: there is no such setting. Is {start}__{setting.Key[(start.Length + 1)..].TrimStart('_')} meant?"
            : setting.Key.Length >= 8 && Spelling.NearestTo(setting.Key, Single, most: 1) is { } single
                ? $"{setting.Key}: there is no such setting. Is {single} meant?"
                : null;
    }

    private static string NameOf(IConfigurationSection setting) =>
        setting.Path.Replace(ConfigurationPath.KeyDelimiter, "__", StringComparison.Ordinal);
}
