using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Primitives;

namespace Functions.Worker;

/// <summary>
/// Gives a request the forwarding headers back with which it reached the Functions host. The host forwards requests to the worker and writes its own connection into
/// these headers: without this, every client has the address of the host, and no connection is encrypted.
/// </summary>
internal static class CallerHeaders
{
    // What the host received, as a JSON object of names and values. Requests that come without the Functions host have none.
    private const string Received = "Headers";

    private static readonly string[] Forwarding = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"];

    public static void Restore(FunctionContext context, HttpRequest request)
    {
        if (!context.BindingContext.BindingData.TryGetValue(Received, out var data) || data is not string json)
        {
            return;
        }

        using var received = JsonDocument.Parse(json);
        foreach (var name in Forwarding)
        {
            request.Headers[name] = received.RootElement.EnumerateObject()
                .Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                .Select(header => header.Value.GetString())
                .FirstOrDefault() is { } value ? value : StringValues.Empty;
        }
    }
}
