using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Functions.LocalHost;

/// <summary>The settings of the application, from the same places and under the same names as with Azure Functions Core Tools.</summary>
internal static class LocalConfiguration
{
    /// <summary>The folder with <c>host.json</c>, found upward from the executable; else the current folder.</summary>
    public static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "host.json")))
            {
                return folder.FullName;
            }
        }

        return Directory.GetCurrentDirectory();
    }

    /// <summary><c>local.settings.json</c>, then environment variables, then <paramref name="settings"/>: the last one wins.</summary>
    public static IConfigurationRoot Build(string root, IEnumerable<KeyValuePair<string, string?>> settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(ReadLocalSettings(root))
            .AddEnvironmentVariables()
            .AddInMemoryCollection(WithSections(settings))
            .Build();

    /// <summary>The environment's name by the variables of the Functions worker; Development on a developer's machine.</summary>
    public static string EnvironmentName(IConfiguration configuration) =>
        configuration["AZURE_FUNCTIONS_ENVIRONMENT"]
        ?? configuration["ASPNETCORE_ENVIRONMENT"]
        ?? configuration["DOTNET_ENVIRONMENT"]
        ?? Environments.Development;

    /// <summary>The names with <c>:</c> between sections, as <see cref="IConfiguration"/> has them.</summary>
    public static Dictionary<string, string?> WithSections(IEnumerable<KeyValuePair<string, string?>> settings) =>
        settings.ToDictionary(
            setting => setting.Key.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal),
            setting => setting.Value,
            StringComparer.OrdinalIgnoreCase);

    private static Dictionary<string, string?> ReadLocalSettings(string root)
    {
        var file = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(root, "local.settings.json"), optional: true, reloadOnChange: false)
            .Build();
        if (file.GetValue("IsEncrypted", false))
        {
            throw new InvalidOperationException("local.settings.json is encrypted. Decrypt it with 'func settings decrypt'.");
        }

        return WithSections(file.GetSection("Values").AsEnumerable(makePathsRelative: true).Where(setting => setting.Value is not null));
    }
}
