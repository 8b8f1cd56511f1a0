using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Functions.Data;
using Functions.LocalHost.Embedded;
using Functions.LocalHost.Hosting;
using Functions.Shop;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Functions.LocalHost;

/// <summary>What the console shows when the host is ready: where it listens, which functions it runs, which servers it uses.</summary>
internal static class StartBanner
{
    public static string Of(LocalHostApplication application, LocalHostOptions options)
    {
        var services = application.Services;
        var functions = services.GetRequiredService<FunctionCatalog>().All;
        var placeholders = services.GetRequiredService<SettingPlaceholders>();
        var servers = ServerSummary.Of(
            services.GetRequiredService<IConfiguration>(), storesOnDemand: services.GetService<IBlobStorage>() is EmbeddedBlobStorage);
        var environment = services.GetRequiredService<IHostEnvironment>();
        var ready = DateTime.UtcNow - Process.GetCurrentProcess().StartTime.ToUniversalTime();

        var text = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"{Product} ({RuntimeInformation.FrameworkDescription}, {environment.EnvironmentName}), a host for development and tests.")
            .AppendLine();
        AppendTable(text, FrontDoor.Of(services).DefaultIfEmpty((Name: "Address", Path: "")).Select(page => (page.Name, application.Address + page.Path)));
        AppendTable(text, environment.IsDevelopment() && options.DemoData && services.GetService<DatabaseSetup>() is not null
            ? DemoAccount.All.Select(account => (account.Email, account.Password))
            : []);
        AppendTable(text, servers.Concat(application.DataDirectories.Select((directory, i) => (i == 0 ? "Data" : "", directory))));
        if (options.Verbose)
        {
            AppendTable(text, functions.Select(function => (function.Name, Describe(function, application.Address, placeholders))));
        }

        var hint = options.Verbose ? "" : " --verbose lists the functions.";
        return text.AppendLine(CultureInfo.InvariantCulture, $"Ready in {ready.TotalMilliseconds:F0} ms. Ctrl-C stops.{hint}").ToString();
    }

    private static string Product =>
        $"{typeof(StartBanner).Assembly.GetName().Name} {typeof(StartBanner).Assembly.GetCustomAttribute<AssemblyFileVersionAttribute>()?.Version}";

    private static string Describe(FunctionDescriptor function, Uri address, SettingPlaceholders placeholders) => function.Trigger switch
    {
        HttpTriggerAttribute => $"[{(function.HttpMethods is [] ? "*" : string.Join(',', function.HttpMethods))}] {address}{function.Route}",
        RedisListTriggerAttribute list => $"redisListTrigger {placeholders.Resolve(list.Key, function)}",
        RedisPubSubTriggerAttribute pubSub => $"redisPubSubTrigger {placeholders.Resolve(pubSub.Channel, function)}",
        TimerTriggerAttribute timer => $"timerTrigger {placeholders.Resolve(timer.Schedule, function)}",
        var other => other.GetType().Name,
    };

    private static void AppendTable(StringBuilder text, IEnumerable<(string Name, string Value)> rows)
    {
        var table = rows.ToList();
        if (table.Count == 0)
        {
            return;
        }

        var width = table.Select(row => row.Name.Length).DefaultIfEmpty().Max() + 2;
        foreach (var (name, value) in table)
        {
            text.Append("  ").Append(name.PadRight(width)).AppendLine(value);
        }

        text.AppendLine();
    }
}
