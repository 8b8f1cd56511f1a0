using System.Text.RegularExpressions;
using Functions.Data;
using Functions.Redis.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Functions.Tests.Infrastructure;

/// <summary>
/// Gives the app settings of a deployment to the application itself, in Production, and compares what is set with what is read. So no list
/// of settings has to be kept: a setting or an option that is renamed on one side only is found.
/// </summary>
internal static partial class AppSettingsChecks
{
    /// <summary>What the Functions host and the platform read, and what it has to be; null for anything but empty.</summary>
    private static readonly Dictionary<string, string?> Host = new()
    {
        ["FUNCTIONS_EXTENSION_VERSION"] = "~4",
        ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
        ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = null,
        ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = null,
        ["AzureWebJobsDisableHomepage"] = "true",
        ["AzureWebJobsStorage__accountName"] = null,
        ["AzureWebJobsStorage__credential"] = "managedidentity",
        ["AzureWebJobsStorage__clientId"] = null,
        ["AzureWebJobsStorage__blobServiceUri"] = null,
        ["AzureWebJobsStorage__queueServiceUri"] = null,
        ["AzureWebJobsStorage__tableServiceUri"] = null,
        ["Redis__credential"] = "managedidentity", // For the triggers: without it, a client id is not a managed identity's.
        ["WEBSITE_RUN_FROM_PACKAGE"] = null,
        ["WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID"] = null,
    };

    /// <summary>What the Redis triggers read; the application has to read the same.</summary>
    private static readonly string[] Triggers = ["Redis__redisHostName", "Redis__principalId", "Redis__clientId"];

    /// <summary>One line for each problem.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(Deployment deployment)
    {
        var settings = deployment.AppSettings.ToDictionary(setting => setting.Key, setting => RuntimeValue((string)setting.Value!));
        List<string> problems =
        [
            .. from host in Host
               where !settings.TryGetValue(host.Key, out var value) || (host.Value is null ? value.Length == 0 : value != host.Value)
               select $"{host.Key}: the Functions host needs {host.Value ?? "it"}",
            .. from trigger in Triggers
               where !settings.ContainsKey(trigger)
               select $"{trigger}: the Redis triggers need it",
        ];

        var read = new ReadRecorder(settings);
        try
        {
            await StartAsync(read);
        }
        catch (Exception exception) when (exception is InvalidOperationException or OptionsValidationException)
        {
            problems.Add($"the application does not start: {exception.Message}");
        }

        return
        [
            .. problems,
            .. from name in settings.Keys
               where !Host.ContainsKey(name) && !read.Contains(name)
               select $"{name}: nobody reads it",
        ];
    }

    private static async Task StartAsync(ReadRecorder settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = Environments.Production });
        builder.Configuration.Sources.Clear();
        ((IConfigurationBuilder)builder.Configuration).Add(settings);
        builder.AddFunctionApp();
        await using var services = builder.Services.BuildServiceProvider();
        services.GetRequiredService<IStartupValidator>().Validate();

        Require(services.GetRequiredService<RedisOptions>().UsesIdentity, "Redis has no identity");
        Require(PostgresSettings.FromConfiguration(builder.Configuration).UsesIdentity, "PostgreSQL has no identity");
        var blobs = await services.GetRequiredService<IBlobStorage>().GetClientAsync(CancellationToken.None);
        Require(blobs.Uri.Scheme == Uri.UriSchemeHttps && !blobs.CanGenerateAccountSasUri, "Blob storage has no identity");
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidOperationException(otherwise);
        }
    }

    // What deployed resources tell is not known here: each such part becomes a stand-in of the right form.
    private static string RuntimeValue(string value)
    {
        if (value.Contains("@Microsoft.KeyVault(", StringComparison.Ordinal))
        {
            return Templates.SecretKey; // The platform puts the secret there.
        }

        if (!value.StartsWith('['))
        {
            return value;
        }

        if (Format().Match(value) is { Success: true } format)
        {
            var redis = format.Groups["text"].Value == "{0}:{1}";
            return Placeholder().Replace(format.Groups["text"].Value, redis ? part => part.Value == "{0}" ? "server" : "10000" : _ => "standin");
        }

        return value.Contains(".primaryEndpoints.", StringComparison.Ordinal) ? "https://standin.blob.core.windows.net/"
            : value.Contains(".ConnectionString", StringComparison.Ordinal) ? $"InstrumentationKey={Guid.Empty}"
            : Guid.Empty.ToString();
    }

    [GeneratedRegex(@"format\('(?<text>[^']*)'", RegexOptions.ExplicitCapture)]
    private static partial Regex Format();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Placeholder();
}
