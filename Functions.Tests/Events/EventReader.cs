using System.Text.Json;
using Functions.Tests.Application;

namespace Functions.Tests.Events;

/// <summary>One connection to <c>GET /events</c>, read as a browser reads it.</summary>
internal sealed class EventReader : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;
    private readonly CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private EventReader(HttpResponseMessage response, Stream stream) => (_response, _reader) = (response, new StreamReader(stream));

    /// <summary>The last id that was sent, with an event or without.</summary>
    public string LastId { get; private set; } = "";

    public int? RetryMilliseconds { get; private set; }

    public int Comments { get; private set; }

    public HttpResponseMessage Response => _response;

    public static async Task<EventReader> OpenAsync(ApiClient client, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "events");
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.ToString());
        var reader = new EventReader(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        while (reader.LastId.Length == 0)
        {
            await reader.ReadBlockAsync();
        }

        return reader;
    }

    /// <summary>The next event, or null at the end of the stream.</summary>
    public async Task<StreamEvent?> NextAsync(int seconds = 15)
    {
        _deadline.CancelAfter(TimeSpan.FromSeconds(seconds));
        while (await ReadBlockAsync() is { } block)
        {
            if (block.Data is not null)
            {
                return new StreamEvent(LastId, block.Type ?? "message", JsonElement.Parse(block.Data));
            }
        }

        return null;
    }

    /// <summary>The next event of a type.</summary>
    public async Task<StreamEvent> NextAsync(string type)
    {
        while (await NextAsync() is { } next)
        {
            if (next.Type == type)
            {
                return next;
            }
        }

        throw new InvalidOperationException($"The stream ended before an event '{type}'.");
    }

    public void Dispose()
    {
        _reader.Dispose();
        _response.Dispose();
        _deadline.Dispose();
    }

    private async Task<(string? Type, string? Data)?> ReadBlockAsync()
    {
        string? type = null, data = null;
        while (await _reader.ReadLineAsync(_deadline.Token) is { } line)
        {
            switch (line)
            {
                case "":
                    return (type, data);
                case [':', ..]:
                    Comments++;
                    break;
                case ['i', 'd', ':', ' ', .. var id]:
                    LastId = id;
                    break;
                case ['e', 'v', 'e', 'n', 't', ':', ' ', .. var name]:
                    type = name;
                    break;
                case ['d', 'a', 't', 'a', ':', ' ', .. var text]:
                    data = text;
                    break;
                case ['r', 'e', 't', 'r', 'y', ':', ' ', .. var retry]:
                    RetryMilliseconds = int.Parse(retry, null);
                    break;
                default:
                    throw new InvalidOperationException($"A line that no browser knows: '{line}'.");
            }
        }

        return null;
    }
}

/// <summary>An event as a browser sees it.</summary>
internal sealed record StreamEvent(string Id, string Type, JsonElement Data)
{
    /// <summary>The data of the event within the envelope.</summary>
    public JsonElement Payload => Data.GetProperty("data");
}
