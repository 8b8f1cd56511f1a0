using Functions.Worker;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace Functions.LocalHost;

/// <summary>What the local host runs, and how a test varies it. The defaults are the application as it is.</summary>
public sealed record LocalHostSetup
{
    /// <summary>Settings that win over every other source; <c>__</c> in a name means a section, as in environment variables.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>Types whose functions run beside those of the application.</summary>
    public IReadOnlyCollection<Type> ExtraFunctions { get; init; } = [];

    /// <summary>Registers the application; a replacement has to register a <see cref="FunctionCatalog"/>. Default: <see cref="FunctionApp.AddFunctionApp"/>.</summary>
    public Action<IHostApplicationBuilder> Application { get; init; } = builder => builder.AddFunctionApp();

    /// <summary>Whether servers that no setting names are started. Default: yes.</summary>
    public bool StartsServers { get; init; } = true;

    /// <summary>Gets a line for each step of the start that takes longer than a second. Default: the console.</summary>
    public Action<string> Report { get; init; } = System.Console.WriteLine;

    /// <summary>The worker middlewares around every function, outermost first: those that <c>Functions/Program.cs</c> uses.</summary>
    public IReadOnlyList<Type> Middlewares { get; init; } = [typeof(HttpPolicyMiddleware)];

    /// <summary>Runs after everything is registered, for instance to replace services or silence logs.</summary>
    public Action<WebApplicationBuilder>? Configure { get; init; }

    /// <summary>The folder of <c>host.json</c> and <c>local.settings.json</c>. Default: found upward from the executable.</summary>
    public string? Root { get; init; }
}
