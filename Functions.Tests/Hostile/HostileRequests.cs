using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;

namespace Functions.Tests.Hostile;

/// <summary>Makes requests to every function of the application, each with something wrong in it.</summary>
internal sealed partial class HostileRequests(FunctionCatalog catalog, string[] tokens, Random random)
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "Get"];
    private static readonly string[] ContentTypes =
        ["application/json", "application/json; charset=utf-16", "text/plain", "image/png", "image/jpeg", "image/webp", "multipart/form-data; boundary=a", "application/x-www-form-urlencoded", "*/*", "nonsense"];
    private static readonly string[] Headers =
        ["X-Session-ID", "Cookie", "Idempotency-Key", "If-Match", "If-None-Match", "If-Unmodified-Since", "Last-Event-ID", "X-Request-ID", "traceparent", "Origin", "Access-Control-Request-Method", "Sec-Fetch-Site", "Accept", "Accept-Encoding", "Range", "X-Forwarded-Proto", "Expect", "X-Long"];
    private static readonly string[] Parameters = ["limit", "cursor", "category", "q", "state", "all"];

    private readonly FunctionDescriptor[] _functions = [.. catalog.All.Where(function => function.Http is not null)];

    /// <summary>The next request.</summary>
    public HttpRequestMessage Next()
    {
        var function = _functions[random.Next(_functions.Length)];
        var method = random.Next(5) == 0 || function.HttpMethods.Count == 0
            ? Methods[random.Next(Methods.Length)]
            : function.HttpMethods[random.Next(function.HttpMethods.Count)];
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri($"/{Path(function)}{Query(function)}", UriKind.Relative));

        // An address of its own, so that limits by address do not end the run; sometimes one that is none.
        request.Headers.TryAddWithoutValidation(
            "X-Forwarded-For", random.Next(20) == 0 ? HostileValues.Header(random) : $"10.{random.Next(256)}.{random.Next(256)}.{random.Next(256)}");
        // Who signs out by chance would send the rest of the run in vain.
        if (random.Next(3) > 0 && !function.Name.StartsWith("Logout", StringComparison.Ordinal) && !function.Name.StartsWith("CloseUserSession", StringComparison.Ordinal))
        {
            request.Headers.TryAddWithoutValidation("X-Session-ID", tokens[random.Next(tokens.Length)]);
        }

        for (var i = random.Next(3); i > 0; i--)
        {
            var header = Headers[random.Next(Headers.Length)];
            request.Headers.TryAddWithoutValidation(header, HostileValues.Header(random, header));
        }

        if (method is not ("GET" or "Get" or "HEAD" or "TRACE"))
        {
            request.Content = Body();
        }

        return request;
    }

    private string Path(FunctionDescriptor function) => Parameter().Replace(function.Route, parameter =>
        random.Next(3) == 0 ? random.Next(-1, 4).ToString(System.Globalization.CultureInfo.InvariantCulture)
        : random.Next(8) == 0 ? HostileValues.Header(random).Replace('#', '%').Replace('?', '%').Replace(' ', '+')
        : Uri.EscapeDataString(HostileValues.Text(random) is var text && text.Length > 1_000 ? text[..1_000] : text));

    private string Query(FunctionDescriptor function)
    {
        // What has nothing to search for is refused before it could break anything.
        string[] names = [.. function.Name == "Search" ? ["q"] : Array.Empty<string>(), .. Enumerable.Range(0, random.Next(4)).Select(_ => Parameters[random.Next(Parameters.Length)])];
        return names.Length == 0 ? "" : "?" + string.Join('&', names.Select(name => $"{name}={Uri.EscapeDataString(Cut(HostileValues.Parameter(random, name)))}"));
    }

    private static string Cut(string text) => text.Length > 1_000 ? text[..1_000] : text;

    private ByteArrayContent Body()
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
            default:
                bytes = Encoding.UTF8.GetBytes(HostileValues.Json(random));
                break;
        }

        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", random.Next(4) == 0 ? ContentTypes[random.Next(ContentTypes.Length)] : "application/json");
        return content;
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
