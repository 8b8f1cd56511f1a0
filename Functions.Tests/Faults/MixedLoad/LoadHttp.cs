using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Functions.Tests.Faults.MixedLoad;

/// <summary>Sends the requests of the load and keeps a record of each.</summary>
internal sealed class LoadHttp : IDisposable
{
    /// <summary>Longer than any answer may take: whoever reaches it has been left waiting.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(2) })
    {
        Timeout = Patience,
    };

    private readonly IReadOnlyList<Uri> _hosts;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly List<LoadRequest> _requests = [];
    private readonly Lock _lock = new();
    private int _next;

    /// <param name="hosts">Addresses of hosts, which take turns.</param>
    public LoadHttp(IReadOnlyList<Uri> hosts) => _hosts = hosts;

    /// <summary>The time since the load began.</summary>
    public TimeSpan Now => Stopwatch.GetElapsedTime(_started);

    /// <summary>All requests so far.</summary>
    public LoadRequest[] Requests
    {
        get
        {
            lock (_lock)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Sends one; its answer, or status 0 if there is none.</summary>
    public async Task<(int Status, JsonElement Body)> SendAsync(
        LoadKind kind, HttpMethod method, string path, string from, string? session = null, object? body = null, string? idempotencyKey = null)
    {
        var at = Now;
        var host = _hosts[(int)((uint)Interlocked.Increment(ref _next) % _hosts.Count)];
        using var request = new HttpRequestMessage(method, new Uri(host, $"api/{path}")) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("X-Forwarded-For", from);
        if (session is not null)
        {
            request.Headers.Add("X-Session-ID", session);
        }

        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        try
        {
            using var response = await _http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            var status = (int)response.StatusCode;
            Record(new LoadRequest(
                kind, at, Now - at, status, response.Headers.RetryAfter is not null, status < 400 ? $"{method} {path}" : $"{method} {path}: {text}"));
            return (status, text.Length > 0 ? JsonElement.Parse(text) : default);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            Record(new LoadRequest(kind, at, Now - at, 0, HasRetryAfter: false, $"{method} {path}: {exception.Message}"));
            return default;
        }
    }

    public void Dispose() => _http.Dispose();

    private void Record(LoadRequest request)
    {
        lock (_lock)
        {
            _requests.Add(request);
        }
    }
}
