using System.Runtime.CompilerServices;
using System.Text.Json;
using Functions.LocalHost.Embedded;
using Microsoft.Extensions.Configuration;

namespace Functions.Tests.Embedded;

/// <summary>Turns this assembly, run by itself, into a process that starts the embedded servers and waits to be killed.</summary>
internal static class LocalHostDriver
{
    public const string RootVariable = "EMBEDDED_SERVERS_DRIVER_ROOT";

    // Before the test runner's entry point. No code of this assembly may run on another thread until this has returned.
    [ModuleInitializer]
    internal static void RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(RootVariable) is not { } root)
        {
            return;
        }

        var servers = EmbeddedServers.StartAsync(new ConfigurationBuilder().Build(), root, System.Console.Error.WriteLine).GetAwaiter().GetResult();
        var settings = new Dictionary<string, string?>(servers.Settings)
        {
            ["AzureWebJobsStorage"] = servers.Azurite!.GetConnectionStringAsync().GetAwaiter().GetResult()
        };
        System.Console.WriteLine(JsonSerializer.Serialize(settings));
        Thread.Sleep(Timeout.Infinite);
        GC.KeepAlive(servers);
    }
}
