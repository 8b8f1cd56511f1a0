using System.Net;
using System.Net.Http.Json;
using Functions.Tests.Servers;

namespace Functions.Tests.Faults.EventSources;

/// <summary>
/// Publishes numbered events, for everybody and for one user in turn, one after the other, through any instance that answers. Each is repeated under its
/// <c>Idempotency-Key</c> until it is known to be published.
/// </summary>
internal sealed class NumberPublisher : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _publishing;
    private int _published;
    private volatile bool _isAbandoned;

    public NumberPublisher(IReadOnlyList<Uri> instances, string session, int userId) =>
        _publishing = Task.Run(() => PublishAsync(instances, session, userId));

    /// <summary>How many are known to be published.</summary>
    public int Published => Volatile.Read(ref _published);

    /// <summary>Ends when the last one is published.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _publishing;
    }

    public async ValueTask DisposeAsync()
    {
        _isAbandoned = true; // Whether the last one is published no longer matters.
        await StopAsync();
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task PublishAsync(IReadOnlyList<Uri> instances, string session, int userId)
    {
        var attempts = 0;
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            var isOwn = i % 2 == 1;
            var key = Unique.Name();
            while (!await TryPublishAsync(instances[attempts++ % instances.Count], session, key, isOwn ? userId : null, i / 2))
            {
                if (_isAbandoned)
                {
                    return;
                }

                await Task.Delay(Pause);
            }

            Interlocked.Increment(ref _published);
            await Task.Delay(Pause);
        }
    }

    private async Task<bool> TryPublishAsync(Uri instance, string session, string key, int? userId, int number)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(instance, "api/events"))
        {
            Content = JsonContent.Create(new { type = SeenEvents.Type, user_id = userId, data = new { own = userId is not null, number } }),
            Headers = { { "X-Session-ID", session }, { "Idempotency-Key", key } },
        };
        try
        {
            using var response = await _http.SendAsync(request);
            return response.StatusCode == HttpStatusCode.Accepted;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return false;
        }
    }
}
