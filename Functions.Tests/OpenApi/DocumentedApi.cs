using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;

namespace Functions.Tests.OpenApi;

/// <summary>The OpenAPI document that the hosts serve, to hold requests and answers against.</summary>
internal sealed partial class DocumentedApi
{
    private static readonly Uri Id = new("https://document.example/openapi.json");
    private static readonly Lazy<DocumentedApi> Loaded = new(() => new DocumentedApi());

    private readonly EvaluationOptions _evaluation = new() { RequireFormatValidation = true, OutputFormat = OutputFormat.List, EvaluateAs = SpecVersion.Draft202012 };

    private DocumentedApi()
    {
        using var stream = typeof(FunctionApp).Assembly.GetManifestResourceStream("OpenApi/openapi.json")!;
        using var reader = new StreamReader(stream);
        Text = reader.ReadToEnd();
        Root = JsonDocument.Parse(Text).RootElement;
        _evaluation.SchemaRegistry.Register(new JsonNodeBaseDocument(JsonNode.Parse(Text)!, Id));
        Operations =
        [
            .. from path in Root.GetProperty("paths").EnumerateObject()
               from operation in path.Value.EnumerateObject()
               select new DocumentedOperation(operation.Name.ToUpperInvariant(), path.Name, operation.Value),
        ];
    }

    public static DocumentedApi Instance => Loaded.Value;

    /// <summary>The document as it is embedded.</summary>
    public string Text { get; }

    public JsonElement Root { get; }

    public IReadOnlyList<DocumentedOperation> Operations { get; }

    public DocumentedOperation this[string id] => Operations.Single(operation => operation.Id == id);

    /// <summary>The operation that a request is for, or null.</summary>
    public DocumentedOperation? Find(HttpMethod method, Uri address) =>
        Operations.FirstOrDefault(operation => operation.Method == method.Method && operation.Matches(address.AbsolutePath));

    /// <summary>What stands behind a reference, or the element itself.</summary>
    public JsonElement Resolve(JsonElement element)
    {
        while (element.TryGetProperty("$ref", out var reference))
        {
            element = reference.GetString()!["#/".Length..].Split('/').Aggregate(Root, (parent, name) => parent.GetProperty(name));
        }

        return element;
    }

    /// <summary>What is wrong with a value, if <paramref name="schema"/> is its schema in the document; null for nothing.</summary>
    public string? FaultOf(JsonElement schema, JsonNode? value)
    {
        var node = JsonNode.Parse(schema.GetRawText())!;
        MakeAbsolute(node);
        var result = JsonSchema.FromText(node.ToJsonString()).Evaluate(value, _evaluation);
        return result.IsValid ? null : string.Join("; ", result.Details
            .Where(detail => detail.HasErrors)
            .SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation} ({detail.EvaluationPath}): {error.Value}")));
    }

    /// <summary>What is wrong with an answer, whose body is null if it was not read; null for nothing.</summary>
    public string? FaultOf(DocumentedOperation operation, HttpResponseMessage response, string? body)
    {
        var status = (int)response.StatusCode;
        if (operation.ResponseOf(status) is not { } reference)
        {
            return $"the status {status} is not documented";
        }

        var documented = Resolve(reference);
        foreach (var header in documented.TryGetProperty("headers", out var headers) ? headers.EnumerateObject() : default)
        {
            var isThere = response.Headers.Concat(response.Content.Headers).Any(sent => sent.Key.Equals(header.Name, StringComparison.OrdinalIgnoreCase));
            if (!isThere && Resolve(header.Value).TryGetProperty("required", out var required) && required.GetBoolean())
            {
                return $"the header {header.Name} of {status} is missing";
            }
        }

        var type = response.Content.Headers.ContentType?.MediaType;
        if (operation.Method == "HEAD" || type is null)
        {
            return operation.Method != "HEAD" && documented.TryGetProperty("content", out _) ? $"{status} has no body" : null;
        }

        return !documented.TryGetProperty("content", out var content) || !content.TryGetProperty(type, out var media) ? $"the content type {type} of {status} is not documented"
            : body is not null && type.EndsWith("json", StringComparison.Ordinal) && media.TryGetProperty("schema", out var schema) && FaultOf(schema, JsonNode.Parse(body)) is { } fault
                ? $"the body of {status} is not as documented: {fault}: {body}"
            : null;
    }

    private static void MakeAbsolute(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                if (members["$ref"]?.GetValue<string>() is ['#', ..] reference)
                {
                    members["$ref"] = $"{Id}{reference}";
                }

                foreach (var (_, member) in members)
                {
                    MakeAbsolute(member);
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    MakeAbsolute(item);
                }

                break;
        }
    }
}

/// <summary>One operation of the document.</summary>
/// <param name="Method">Its method in upper case.</param>
/// <param name="Path">Its path, with parameters in braces.</param>
/// <param name="Definition">What is said of it.</param>
internal sealed partial record DocumentedOperation(string Method, string Path, JsonElement Definition)
{
    private readonly Regex _pattern = new($"^{Parameter().Replace(Path, "[^/]+")}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    public string Id => Definition.GetProperty("operationId").GetString()!;

    /// <summary>The statuses that it lists.</summary>
    public IEnumerable<int> Statuses => Definition.GetProperty("responses").EnumerateObject()
        .Where(response => response.Name != "default")
        .Select(response => int.Parse(response.Name, CultureInfo.InvariantCulture));

    public bool HasBody => Definition.TryGetProperty("requestBody", out _);

    /// <summary>Its parameters in the query, the header or the path.</summary>
    public IEnumerable<(string Name, bool IsRequired)> Parameters(DocumentedApi api, string place) =>
        from reference in Definition.GetProperty("parameters").EnumerateArray()
        let parameter = api.Resolve(reference)
        where parameter.GetProperty("in").GetString() == place
        select (parameter.GetProperty("name").GetString()!, parameter.TryGetProperty("required", out var required) && required.GetBoolean());

    public bool Matches(string path) => _pattern.IsMatch(path);

    /// <summary>The response of a status; errors that any operation may give are those of <c>default</c>.</summary>
    public JsonElement? ResponseOf(int status)
    {
        var responses = Definition.GetProperty("responses");
        return responses.TryGetProperty(status.ToString(CultureInfo.InvariantCulture), out var response) ? response
            : status is 405 or >= 500 ? responses.GetProperty("default")
            : null;
    }

    [GeneratedRegex(@"\\?\{[^}]*\}")]
    private static partial Regex Parameter();
}
