using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Functions.Tests.OpenApi;

namespace Functions.Tests.Hostile;

/// <summary>Makes requests to every operation of the OpenAPI document, each with something wrong in it.</summary>
internal sealed partial class HostileRequests(DocumentedApi api, string[] tokens, Random random)
{
    private const int LongestInAddress = 1_000;

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "Get"];
    private static readonly string[] ContentTypes =
        ["application/json", "application/json; charset=utf-16", "text/plain", "image/png", "image/jpeg", "image/webp", "multipart/form-data; boundary=a", "application/x-www-form-urlencoded", "*/*", "nonsense"];

    // Beside those that operations document.
    private static readonly string[] Headers =
        ["X-Session-ID", "Cookie", "If-Unmodified-Since", "traceparent", "Origin", "Access-Control-Request-Method", "Sec-Fetch-Site", "Accept", "Accept-Encoding", "Range", "X-Forwarded-Proto", "Expect", "X-Long"];

    private readonly Operation[] _operations = [.. api.Operations.Select(operation => Operation.Of(operation, api))];
    private readonly string[] _headers = [.. Headers.Concat(NamesOf(api, "header")).Distinct()];
    private readonly string[] _parameters = [.. NamesOf(api, "query").Distinct()];

    /// <summary>The next request.</summary>
    public HttpRequestMessage Next()
    {
        var operation = _operations[random.Next(_operations.Length)];
        var method = random.Next(5) == 0 ? Methods[random.Next(Methods.Length)] : operation.Method;
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri($"{Path(operation)}{Query(operation)}", UriKind.Relative));

        // An address of its own, so that limits by address do not end the run; sometimes one that is none.
        request.Headers.TryAddWithoutValidation(
            "X-Forwarded-For", random.Next(20) == 0 ? HostileValues.Header(random) : $"10.{random.Next(256)}.{random.Next(256)}.{random.Next(256)}");
        // Who signs out by chance would send the rest of the run in vain.
        if (random.Next(3) > 0
            && !operation.Id.StartsWith("Logout", StringComparison.Ordinal)
            && !operation.Id.StartsWith("CloseUserSession", StringComparison.Ordinal))
        {
            request.Headers.TryAddWithoutValidation("X-Session-ID", tokens[random.Next(tokens.Length)]);
        }

        for (var i = random.Next(3); i > 0; i--)
        {
            // Half of the time one that the operation reads.
            var header = operation.Headers.Length > 0 && random.Next(2) == 0
                ? operation.Headers[random.Next(operation.Headers.Length)]
                : _headers[random.Next(_headers.Length)];
            request.Headers.TryAddWithoutValidation(header, HostileValues.Header(random, header));
        }

        if (method is not ("GET" or "Get" or "HEAD" or "TRACE"))
        {
            request.Content = Body(operation);
        }

        return request;
    }

    private static IEnumerable<string> NamesOf(DocumentedApi api, string place) => api.Operations.SelectMany(operation => operation.Parameters(api, place)).Select(parameter => parameter.Name);

    private string Path(Operation operation) => Parameter().Replace(operation.Path, _ =>
        random.Next(3) == 0 ? random.Next(-1, 4).ToString(CultureInfo.InvariantCulture)
        : random.Next(8) == 0 ? HostileValues.Header(random).Replace('#', '%').Replace('?', '%').Replace(' ', '+')
        : Uri.EscapeDataString(Cut(HostileValues.Text(random))));

    private string Query(Operation operation)
    {
        // What lacks a parameter that it needs is refused before anything could break.
        string[] names =
        [
            .. operation.RequiredQuery,
            .. operation.Query.Where(_ => random.Next(2) == 0),
            .. random.Next(4) == 0 ? [_parameters[random.Next(_parameters.Length)]] : Array.Empty<string>(),
        ];
        return names.Length == 0 ? "" : "?" + string.Join('&', names.Select(name => $"{name}={Uri.EscapeDataString(Cut(HostileValues.Parameter(random, name)))}"));
    }

    private static string Cut(string text) => text.Length > LongestInAddress ? text[..LongestInAddress] : text;

    private ByteArrayContent Body(Operation operation)
    {
        byte[] bytes;
        switch (random.Next(10))
        {
            case 0:
                bytes = new byte[random.Next(4_000)];
                random.NextBytes(bytes);
                break;
            case 1:
                bytes = [.. Encoding.UTF8.GetBytes(HostileValues.Json(random)), 0xff, 0xc0, 0xaf];
                break;
            case < 6 when operation.Example is { } example:
                bytes = Encoding.UTF8.GetBytes(AlmostRight(example, operation.Fields));
                break;
            default:
                bytes = Encoding.UTF8.GetBytes(HostileValues.Json(random, operation.Fields));
                break;
        }

        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation(
            "Content-Type", random.Next(4) == 0 ? ContentTypes[random.Next(ContentTypes.Length)] : operation.ContentType ?? "application/json");
        return content;
    }

    // Everything is as documented but one field: what is wrong with that is met where all checks before it have passed.
    private string AlmostRight(string example, string[] fields)
    {
        var body = JsonNode.Parse(example)!.AsObject();
        var field = fields[random.Next(fields.Length)];
        body.Remove(field);
        var members = string.Join(',', body.Select(member => $"{JsonSerializer.Serialize(member.Key)}:{member.Value?.ToJsonString() ?? "null"}"));
        return $"{{{members}{(members.Length > 0 ? "," : "")}{JsonSerializer.Serialize(field)}:{HostileValues.Value(random)}}}";
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    /// <summary>What the document says of an operation, as far as requests are made of it.</summary>
    private sealed record Operation(
        string Id, string Method, string Path, string[] Query, string[] RequiredQuery, string[] Headers, string? ContentType, string? Example, string[] Fields)
    {
        public static Operation Of(DocumentedOperation operation, DocumentedApi api)
        {
            var content = operation.HasBody ? operation.Definition.GetProperty("requestBody").GetProperty("content").EnumerateObject().First() : (JsonProperty?)null;
            var schema = content is { Name: "application/json" } json ? api.Resolve(json.Value.GetProperty("schema")) : (JsonElement?)null;
            return new Operation(
                operation.Id,
                operation.Method,
                operation.Path,
                [.. operation.Parameters(api, "query").Select(parameter => parameter.Name)],
                [.. operation.Parameters(api, "query").Where(parameter => parameter.IsRequired).Select(parameter => parameter.Name)],
                [.. operation.Parameters(api, "header").Select(parameter => parameter.Name)],
                content?.Name,
                schema?.GetProperty("examples")[0].GetRawText(),
                schema is { } contract ? [.. contract.GetProperty("properties").EnumerateObject().Select(property => property.Name)] : []);
        }
    }
}
