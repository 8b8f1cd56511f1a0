using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Functions.Http;
using Functions.LocalHost;
using Functions.LocalHost.Embedded;
using Functions.LocalHost.OpenApi;
using Functions.Redis.Events;
using Functions.Tests.Application;
using Functions.Tests.Embedded;
using Functions.Tests.Http;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.OpenApi;

/// <summary>The OpenAPI document says what the functions are, all of it, and says it in a way that others understand.</summary>
public sealed partial class ApiDocumentTests(TestApplications applications)
{
    private const string Renewal = "dotnet run --project Functions.LocalHost -- --write-openapi";

    private static readonly NpmPackage Validator = new("@redocly/cli", "2.77.0");
    private static readonly DocumentedApi Api = DocumentedApi.Instance;

    [Fact]
    public async Task The_document_is_up_to_date()
    {
        var generated = await ApiDocument.GenerateAsync(TestContext.Current.CancellationToken);

        var committed = await File.ReadAllTextAsync(Path.Combine(LocalConfiguration.FindRoot(), ApiDocument.RelativePath), TestContext.Current.CancellationToken);
        Assert.True(generated == committed.ReplaceLineEndings("\n"), $"{ApiDocument.RelativePath} is out of date. Renew it: {Renewal}");
        Assert.True(generated == Api.Text.ReplaceLineEndings("\n"), $"{ApiDocument.RelativePath} has changed since it was embedded: build again.");
    }

    [Fact]
    public void Every_function_is_there_with_every_method_and_nothing_else()
    {
        var functions = RouteTests.Catalog.All
            .Where(function => function.Http is not null && function.Name != NotFoundFunctions.Name)
            .SelectMany(function => function.HttpMethods.Select(method => $"{method} /{Constraint().Replace(function.Route, "")}"));

        Assert.Equal(functions.Order(StringComparer.Ordinal), Api.Operations.Select(operation => $"{operation.Method} {operation.Path}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Everything_is_described()
    {
        var silent = new List<string>();
        foreach (var operation in Api.Operations)
        {
            Require(HasText(operation.Definition, "summary"), $"{operation.Id}: <summary> on the function");
            Require(operation.Statuses.Any(status => status is >= 200 and < 300), $"{operation.Id}: an answer: a typed result, or [ProducesResponseType]");
            foreach (var parameter in operation.Definition.GetProperty("parameters").EnumerateArray().Select(Api.Resolve))
            {
                Require(HasText(parameter, "description"), $"{operation.Id}: <param name=\"{parameter.GetProperty("name")}\"> on the function");
            }

            foreach (var response in operation.Definition.GetProperty("responses").EnumerateObject())
            {
                // The framework says "OK" where nobody has said anything.
                Require(Api.Resolve(response.Value).GetProperty("description").GetString() is { } text && text.Contains(' ', StringComparison.Ordinal), $"{operation.Id}: <response code=\"{response.Name}\"> on the function");
                foreach (var content in Api.Resolve(response.Value).TryGetProperty("content", out var media) ? media.EnumerateObject() : default)
                {
                    Require(!content.Name.EndsWith("json", StringComparison.Ordinal) || operation.Id == "GetOpenApi" || HasExample(content.Value), $"{operation.Id}: [Example] on the contract of {response.Name}");
                }
            }

            if (operation.HasBody && operation.Definition.GetProperty("requestBody").GetProperty("content").TryGetProperty("application/json", out var body))
            {
                Require(HasExample(body), $"{operation.Id}: [Example] on the contract of the body");
            }
        }

        Assert.All(Api.Root.GetProperty("tags").EnumerateArray(), tag => Require(HasText(tag, "description"), $"{tag.GetProperty("name")}: <summary> on a class of functions"));
        Assert.True(silent.Count == 0, $"Missing:\n{string.Join('\n', silent)}");

        void Require(bool isThere, string what)
        {
            if (!isThere)
            {
                silent.Add(what);
            }
        }
    }

    [Fact]
    public void Every_example_is_one_of_its_schema()
    {
        var faults = new List<string>();
        foreach (var schema in Api.Root.GetProperty("components").GetProperty("schemas").EnumerateObject())
        {
            foreach (var example in schema.Value.TryGetProperty("examples", out var examples) ? examples.EnumerateArray() : default)
            {
                Check(schema.Name, schema.Value, example);
            }
        }

        foreach (var part in new[] { "parameters", "headers" })
        {
            foreach (var component in Api.Root.GetProperty("components").GetProperty(part).EnumerateObject().Where(component => component.Value.TryGetProperty("example", out _)))
            {
                Check(component.Name, component.Value.GetProperty("schema"), component.Value.GetProperty("example"));
            }
        }

        foreach (var operation in Api.Operations)
        {
            foreach (var parameter in operation.Definition.GetProperty("parameters").EnumerateArray().Where(parameter => parameter.TryGetProperty("example", out _)))
            {
                Check($"{operation.Id} {parameter.GetProperty("name")}", parameter.GetProperty("schema"), parameter.GetProperty("example"));
            }
        }

        Assert.Empty(faults);

        void Check(string name, JsonElement schema, JsonElement example)
        {
            if (Api.FaultOf(schema, JsonNode.Parse(example.GetRawText())) is { } fault)
            {
                faults.Add($"{name}: {fault}");
            }
        }
    }

    [Fact]
    public async Task Every_type_of_event_that_is_handled_is_described()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);

        Assert.Equal(
            app.Services.GetServices<EventHandlerRegistration>().Select(handler => handler.Type).Order(StringComparer.Ordinal),
            EventTransformer.Types().Select(type => type.Type).Order(StringComparer.Ordinal));
    }

    /// <summary>The table in <c>docs/api.md</c> and the document agree on paths, methods, limits and who may use them.</summary>
    [Fact]
    public void The_table_for_people_says_the_same()
    {
        var rows = File.ReadAllLines(Path.Combine(LocalConfiguration.FindRoot(), "docs", "api.md"))
            .Where(line => TableRow().IsMatch(line))
            .Select(line => line.Replace(@"\|", "/", StringComparison.Ordinal).Split('|', StringSplitOptions.TrimEntries))
            .SelectMany(cells => TableOperation().Matches(cells[1]).Select(match => (Operation: $"{match.Groups[1].Value} /api{match.Groups[2].Value}", Who: cells[2], Limit: cells[3])))
            .ToDictionary(row => row.Operation);
        var operations = Api.Operations.Where(operation => operation.Method != "HEAD").ToDictionary(operation => $"{operation.Method} {operation.Path}");

        Assert.Equal(operations.Keys.Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(operations, pair =>
        {
            var security = pair.Value.Definition.GetProperty("security").EnumerateArray().ToList();
            var who = security.Count == 0 || security.Any(requirement => !requirement.EnumerateObject().Any()) ? "all"
                : security[0].EnumerateObject().First().Value.GetArrayLength() > 0 ? "admin"
                : "session";
            Assert.True(
                who == rows[pair.Key].Who || (who == "session" && rows[pair.Key].Who is "self, admin" or "owner, admin"),
                $"{pair.Key} is for {who} in the document, and for {rows[pair.Key].Who} in the table.");
            var limits = pair.Value.Definition.TryGetProperty("x-rate-limits", out var limited) ? limited.EnumerateArray().ToList() : [];
            Assert.Equal(
                limits.Select(limit => $"`{limit.GetProperty("policy")}` {limit.GetProperty("limit")}/{limit.GetProperty("window_seconds")} s"),
                TableLimit().Matches(rows[pair.Key].Limit).Select(match => match.Value));
        });
    }

    [Fact]
    public async Task A_validator_finds_nothing_wrong()
    {
        using var root = new TemporaryRoot();
        await using var supervisor = Supervisor.Start(root.Path);
        var package = await Validator.InstallAsync(TemporaryRoot.NpmCache, ProgramSearch.Default, supervisor, _ => { }, TestContext.Current.CancellationToken);
        var document = Path.Combine(root.Path, "openapi.json");
        await File.WriteAllTextAsync(document, Api.Text, TestContext.Current.CancellationToken);

        // Pages and probes take nothing that could be wrong.
        var (status, output) = await NodeProgram.RunAsync(
            root.Path, Path.Combine(package, "bin", "cli.js"), "lint", document, "--skip-rule", "operation-4xx-response", "--max-problems", "1000", "--format", "json");

        var report = JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
        Assert.Empty(report.GetProperty("problems").EnumerateArray().Select(problem => $"{problem.GetProperty("ruleId")}: {problem.GetProperty("message")} {problem.GetProperty("location")}"));
        Assert.Equal(0, status);
    }

    private static bool HasText(JsonElement element, string name) => element.TryGetProperty(name, out var text) && text.GetString() is { Length: > 0 };

    private static bool HasExample(JsonElement media) =>
        media.TryGetProperty("example", out _) || Api.Resolve(media.GetProperty("schema")).TryGetProperty("examples", out _);

    [GeneratedRegex(@":[a-z]+(?=\})")]
    private static partial Regex Constraint();

    [GeneratedRegex(@"^\| (GET|POST|PUT|DELETE) `/")]
    private static partial Regex TableRow();

    [GeneratedRegex(@"(GET|POST|PUT|DELETE) `(/[^`? ]*)")]
    private static partial Regex TableOperation();

    [GeneratedRegex(@"`[a-z-]+` \d+/\d+ s")]
    private static partial Regex TableLimit();
}
