using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Functions.Benchmarks.Events;

/// <summary>The local host, in a process of its own, on the Redis of the benchmarks.</summary>
internal sealed class LocalHostUnderLoad : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _http;

    private LocalHostUnderLoad(Process process, int port)
    {
        (_process, Port) = (process, port);
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/") };
    }

    public int Port { get; }

    /// <summary>Starts the build of the same configuration; returns when it answers.</summary>
    public static async Task<LocalHostUnderLoad> StartAsync()
    {
        var program = AppContext.BaseDirectory.Replace("Functions.Benchmarks", "Functions.LocalHost", StringComparison.Ordinal) + "Functions.LocalHost.dll";
        if (!File.Exists(program))
        {
            throw new FileNotFoundException("Build Functions.LocalHost in the same configuration first.", program);
        }

        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        var process = Process.Start(new ProcessStartInfo("dotnet", [program, "--port", port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            Environment = { ["Redis"] = BenchmarkRedis.ConnectionString, ["Logging__LogLevel__Default"] = "Error" },
        })!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var host = new LocalHostUnderLoad(process, port);
        while (true)
        {
            try
            {
                (await host._http.GetAsync("health/live")).EnsureSuccessStatusCode();
                return host;
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                await Task.Delay(100);
            }
        }
    }

    /// <summary>A client that is signed in as the administrator of the demo data.</summary>
    public async Task<HttpClient> SignInAsync()
    {
        using var response = await _http.PostAsJsonAsync("login", new { email = "admin@example.com", password = "demo-admin-2026" });
        var answer = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        var client = new HttpClient { BaseAddress = _http.BaseAddress };
        client.DefaultRequestHeaders.Add("X-Session-ID", answer.GetProperty("session_id").GetString());
        return client;
    }

    /// <summary>Its resident set in bytes.</summary>
    public long ReadMemory()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    public void Dispose()
    {
        _http.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
