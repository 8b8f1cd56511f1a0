using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Functions.LocalHost.Embedded;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Functions.Tests.Worker.Host.Protocol;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Functions.Tests.Worker.Host;

/// <summary>
/// Starts the built function app as the Functions host does, and does with it what that host does: asks for its functions, loads them, forwards requests to it with an
/// invocation beside each, hands it the data of triggers, cancels, and stops it. It has no triggers of its own: tests invoke functions by name.
/// </summary>
internal sealed class WorkerHost : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(120);

    // A constant of the Functions host.
    private static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(5);

    private readonly string _directory = Directory.CreateTempSubdirectory("functions-tests-worker-").FullName;
    private readonly WorkerChannel _channel = new();
    private readonly WebApplication _protocol;
    private readonly WebApplication _front;
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None });
    private readonly Dictionary<string, string> _ids = [];
    private readonly int _port = FreePort.Next();
    private GuardedProcess? _process;
    private string _worker = "";
    private int _ended;

    private WorkerHost(int protocolPort)
    {
        _protocol = Build(protocolPort, HttpProtocols.Http2, services =>
        {
            services.AddSingleton(_channel);
            services.AddGrpc(options => options.MaxReceiveMessageSize = null);
        });
        _protocol.MapGrpcService<WorkerRpc>();
        _front = Build(_port, HttpProtocols.Http1, services => services.AddRouting().AddHttpForwarder());

        static WebApplication Build(int port, HttpProtocols protocols, Action<IServiceCollection> add)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(options =>
            {
                options.Limits.MaxRequestBodySize = null;
                options.Listen(IPAddress.Loopback, port, listen => listen.Protocols = protocols);
            });
            add(builder.Services);
            return builder.Build();
        }
    }

    /// <summary>Where clients send their requests.</summary>
    public Uri Address => new($"http://127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>What the worker says it can do.</summary>
    public IReadOnlyDictionary<string, string> Capabilities { get; private set; } = new Dictionary<string, string>();

    /// <summary>The functions that it has named.</summary>
    public IReadOnlyCollection<string> Functions => _ids.Keys;

    /// <summary>What it has logged through the host.</summary>
    public IReadOnlyCollection<RpcLog> Logs => _channel.Logs;

    /// <summary>The requests whose functions failed, as the host would log them.</summary>
    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>How many requests have ended.</summary>
    public int Ended => Volatile.Read(ref _ended);

    /// <summary>Starts the worker with these settings; returns when its functions are loaded.</summary>
    public static async Task<WorkerHost> StartAsync(IReadOnlyDictionary<string, string> settings)
    {
        var protocolPort = FreePort.Next();
        var host = new WorkerHost(protocolPort);
        try
        {
            await host.StartAsync(settings, protocolPort);
            return host;
        }
        catch (Exception exception)
        {
            var log = await host.ReadLogAsync();
            await host.DisposeAsync();
            throw new InvalidOperationException($"The worker did not start: {log}", exception);
        }
    }

    /// <summary>Runs a function that a trigger other than HTTP starts.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="parameter">The parameter with the trigger.</param>
    /// <param name="data">What the trigger hands over: JSON, or the text of a list's entry.</param>
    public Task<InvocationResponse> InvokeAsync(string function, string parameter, TypedData data) => _channel.InvokeAsync(new InvocationRequest
    {
        InvocationId = Guid.NewGuid().ToString(),
        FunctionId = _ids[function],
        TraceContext = new RpcTraceContext(),
        InputData = { new ParameterBinding { Name = parameter, Data = data } },
    });

    /// <summary>Asks the worker to stop, as the host does, and kills it when the host would.</summary>
    /// <returns>How long it took, and whether it ended by itself.</returns>
    public async Task<(TimeSpan Took, bool ByItself)> StopAsync()
    {
        var watch = Stopwatch.StartNew();
        _channel.Tell(new StreamingMessage { RequestId = Guid.NewGuid().ToString(), WorkerTerminate = new WorkerTerminate { GracePeriod = GracePeriod.ToDuration() } });
        try
        {
            await _process!.WaitForExitAsync(GracePeriod);
            return (watch.Elapsed, true);
        }
        catch (TimeoutException)
        {
            await _process!.SignalAsync("KILL");
            await _process.WaitForExitAsync(StartDeadline);
            return (watch.Elapsed, false);
        }
    }

    /// <summary>What the worker's process has written.</summary>
    public async Task<string> ReadLogAsync() =>
        File.Exists(Path.Combine(_directory, "log")) ? await File.ReadAllTextAsync(Path.Combine(_directory, "log")) : "nothing";

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.SignalAsync("KILL");
            await _process.WaitForExitAsync(StartDeadline);
            _process.Dispose();
        }

        await _front.DisposeAsync();
        await _protocol.DisposeAsync();
        _client.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task StartAsync(IReadOnlyDictionary<string, string> settings, int protocolPort)
    {
        await _protocol.StartAsync();
        var build = WorkerBuild.Require();
        var dotnet = Supervisor.DotnetProgram();
        _process = GuardedProcess.Start(
            _directory,
            Path.Combine(_directory, "log"),
            [
                "env", "-u", "REDIS",
                .. settings.Select(setting => $"{setting.Key}={setting.Value}"),
                "FUNCTIONS_WORKER_RUNTIME=dotnet-isolated", $"FUNCTIONS_APPLICATION_DIRECTORY={build}", $"FUNCTIONS_WORKER_DIRECTORY={build}",
                dotnet, Path.Combine(build, "Functions.dll"),
                "--functions-uri", $"http://127.0.0.1:{protocolPort.ToString(CultureInfo.InvariantCulture)}",
                "--functions-request-id", Guid.NewGuid().ToString(),
                "--functions-worker-id", Guid.NewGuid().ToString(),
                "--functions-grpc-max-message-length", "2147483647",
            ]);
        await await Task.WhenAny(_channel.Started.WaitAsync(StartDeadline), EndedAsync(_process));

        var initialized = await _channel.AskAsync(new StreamingMessage
        {
            WorkerInitRequest = new WorkerInitRequest { HostVersion = "4.1037.0", WorkerDirectory = build, FunctionAppDirectory = build },
        });
        Succeeded(initialized.WorkerInitResponse.Result);
        Capabilities = initialized.WorkerInitResponse.Capabilities;
        _worker = Capabilities["HttpUri"];

        var named = await _channel.AskAsync(new StreamingMessage { FunctionsMetadataRequest = new FunctionsMetadataRequest { FunctionAppDirectory = build } });
        Succeeded(named.FunctionMetadataResponse.Result);
        var functions = named.FunctionMetadataResponse.FunctionMetadataResults;
        await Task.WhenAll(functions.Select(async function =>
        {
            var loaded = await _channel.AskAsync(new StreamingMessage { FunctionLoadRequest = new FunctionLoadRequest { FunctionId = function.FunctionId, Metadata = function } });
            Succeeded(loaded.FunctionLoadResponse.Result);
        }));
        foreach (var function in functions)
        {
            _ids.Add(function.Name, function.FunctionId);
        }

        MapRoutes(functions);
        await _front.StartAsync();

        // The worker gives up a request whose invocation it does not hear of within seconds: on a busy machine the first ones may be too slow for it.
        using var http = new HttpClient { BaseAddress = Address };
        await TestPolling.EventuallyAsync(
            async () => (await http.GetAsync("api/health/live", TestContext.Current.CancellationToken)).IsSuccessStatusCode, StartDeadline, "the worker to answer");
        Failures.Clear();
    }

    // In the order of their names, as the Functions host tries them.
    private void MapRoutes(IEnumerable<RpcFunctionMetadata> functions)
    {
        var order = 0;
        foreach (var function in functions.OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase))
        {
            if (HttpTriggerOf(function) is not { } trigger)
            {
                continue;
            }

            var route = "/api/" + (trigger.TryGetProperty("route", out var template) ? template.GetString() : function.Name);
            RequestDelegate forward = http => ForwardAsync(http, function.FunctionId, trigger.GetProperty("name").GetString()!);
            var endpoint = trigger.TryGetProperty("methods", out var methods)
                ? _front.MapMethods(route, methods.EnumerateArray().Select(method => method.GetString()!.ToUpperInvariant()), forward)
                : _front.Map(route, forward);
            endpoint.WithOrder(order++);
        }
    }

    private static async Task EndedAsync(GuardedProcess process)
    {
        await process.WaitForExitAsync(StartDeadline);
        throw new InvalidOperationException("The worker ended before it called the host.");
    }

    private static JsonElement? HttpTriggerOf(RpcFunctionMetadata function)
    {
        foreach (var raw in function.RawBindings)
        {
            using var binding = JsonDocument.Parse(raw);
            if (binding.RootElement.GetProperty("type").GetString() == "httpTrigger")
            {
                return binding.RootElement.Clone();
            }
        }

        return null;
    }

    private async Task ForwardAsync(HttpContext http, string functionId, string parameter)
    {
        var invocation = new InvocationRequest
        {
            InvocationId = Guid.NewGuid().ToString(),
            FunctionId = functionId,
            TraceContext = new RpcTraceContext { TraceParent = http.Request.Headers.TraceParent.ToString() },
        };
        var route = http.Request.RouteValues.ToDictionary(value => value.Key, value => value.Value?.ToString() ?? "");
        var request = new RpcHttp();
        request.Params.Add(route);
        invocation.InputData.Add(new ParameterBinding { Name = parameter, Data = new TypedData { Http = request } });
        invocation.TriggerMetadata.Add(route.ToDictionary(value => value.Key, value => new TypedData { String = value.Value }));
        invocation.TriggerMetadata["Headers"] = new TypedData { Json = JsonSerializer.Serialize(http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString())) };
        invocation.TriggerMetadata["Query"] = new TypedData { Json = JsonSerializer.Serialize(http.Request.Query.ToDictionary(value => value.Key, value => value.Value.ToString())) };

        var running = _channel.InvokeAsync(invocation);
        using var cancelling = http.RequestAborted.Register(
            () => _channel.Tell(new StreamingMessage { InvocationCancel = new InvocationCancel { InvocationId = invocation.InvocationId } }));
        await http.RequestServices.GetRequiredService<IHttpForwarder>()
            .SendAsync(http, _worker, _client, ForwarderRequestConfig.Empty, new Forwarding(invocation.InvocationId));
        try
        {
            var response = await running;
            if (response.Result.Status == StatusResult.Types.Status.Failure)
            {
                Failures.Enqueue($"{http.Request.Method} {http.Request.Path}: {response.Result.Exception?.Message} {response.Result.Exception?.StackTrace}");
            }
        }
        finally
        {
            Interlocked.Increment(ref _ended);
        }
    }

    private static void Succeeded(StatusResult result) =>
        Assert.True(result.Status == StatusResult.Types.Status.Success, $"{result.Exception?.Message} {result.Exception?.StackTrace}");

    /// <summary>The Functions host replaces the forwarding headers by those of its own connection.</summary>
    private sealed class Forwarding(string invocation) : HttpTransformer
    {
        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            proxyRequest.Headers.Host = httpContext.Request.Host.Value;
            foreach (var (name, value) in new[]
            {
                ("X-Forwarded-For", httpContext.Connection.RemoteIpAddress!.ToString()),
                ("X-Forwarded-Proto", httpContext.Request.Scheme),
                ("X-Forwarded-Host", httpContext.Request.Host.Value!),
                ("x-ms-invocation-id", invocation),
            })
            {
                proxyRequest.Headers.Remove(name);
                proxyRequest.Headers.TryAddWithoutValidation(name, value);
            }
        }
    }
}
