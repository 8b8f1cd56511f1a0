using System.Collections.Concurrent;
using System.Net;

namespace Functions.Tests.OpenApi;

/// <summary>Holds every answer that passes against the OpenAPI document.</summary>
internal sealed class DocumentedAnswers : DelegatingHandler
{
    // Bodies of one kind are alike: looking at some of them is enough, also while a test sends thousands.
    private const int CheckedBodies = 50;

    private static readonly ConcurrentDictionary<(DocumentedOperation Operation, int Status), int> Bodies = new();

    public DocumentedAnswers(HttpMessageHandler inner) : base(inner)
    {
    }

    /// <summary>The operations and statuses that have passed here.</summary>
    public ConcurrentDictionary<(string Id, int Status), bool> Seen { get; } = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        // The server itself refuses what is no HTTP, such as a path with NUL: the application, whose answers have an id, has not seen it.
        var isOfTheServer = response.StatusCode == HttpStatusCode.BadRequest && !response.Headers.Contains("X-Request-ID");
        if (!isOfTheServer && DocumentedApi.Instance.Find(request.Method, request.RequestUri!) is { } operation)
        {
            var content = response.Content.Headers;
            var isRead = content.ContentEncoding.Count == 0 && content.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true
                && Bodies.AddOrUpdate((operation, (int)response.StatusCode), 1, (_, count) => count + 1) <= CheckedBodies;
            if (isRead)
            {
                await response.Content.LoadIntoBufferAsync(cancellationToken);
            }

            var fault = DocumentedApi.Instance.FaultOf(operation, response, isRead ? await response.Content.ReadAsStringAsync(cancellationToken) : null);
            Assert.True(fault is null, $"{request.Method} {request.RequestUri!.PathAndQuery} ({operation.Id}): {fault}");
            Seen[(operation.Id, (int)response.StatusCode)] = true;
        }

        return response;
    }
}
