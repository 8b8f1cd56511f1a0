using System.Reflection;
using System.Text.RegularExpressions;
using Functions.LocalHost;
using Functions.Tests.Browser;
using Functions.Tests.OpenApi;

namespace Functions.Tests.Contract;

/// <summary>What README and documentation tell people to type works: each block of code is executed by a test, and this knows by which.</summary>
public sealed partial class CodeBlockTests
{
    // Figures and samples of output. Everything else is executed, and says its language.
    private const string Figure = "text";

    // By document and first line.
    private static readonly (string Document, string FirstLine, Type Test, string Method)[] Executed =
    [
        ("README.md", "git clone <this repository> && cd <its folder>", typeof(ReadmeTests), nameof(ReadmeTests.One_command_runs_the_application_and_the_curl_session_works_as_printed)),
        ("README.md", "API=http://localhost:7071/api", typeof(ReadmeTests), nameof(ReadmeTests.One_command_runs_the_application_and_the_curl_session_works_as_printed)),
        ("README.md", "dotnet test Functions.Tests", typeof(ReadmeTests), nameof(ReadmeTests.The_second_command_is_the_one_that_runs_these_tests)),
        ("docs/api.md", "npx openapi-typescript http://localhost:7071/api/openapi.json --output schema.d.ts", typeof(ApiClientGenerationTests), nameof(ApiClientGenerationTests.A_generated_client_compiles_and_does_what_the_README_does)),
        ("docs/architecture.md", "dotnet run --project Functions.LocalHost -- --write-openapi", typeof(ApiDocumentTests), nameof(ApiDocumentTests.The_document_is_up_to_date)),
        ("docs/architecture.md", "dotnet tool restore", typeof(ReadmeTests), nameof(ReadmeTests.One_command_runs_the_application_and_the_curl_session_works_as_printed)),
        ("docs/caching.md", "services.AddRedis(configuration);      // or AddRedis(new RedisOptions { ConnectionString = \"…\" })", typeof(DocumentedCodeTests), nameof(DocumentedCodeTests.The_cache)),
        ("docs/deployment.md", "# Who deploys, and from where (dev only). In prod a group, and no address: run this inside the network.", typeof(DeploymentBlockTests), nameof(DeploymentBlockTests.The_commands_run_in_their_order_with_what_the_scripts_and_templates_need)),
        ("docs/events.md", "await publisher.PublishToUserAsync(5, \"order_shipped\", new { order_id = 7 });   // channel user:5", typeof(DocumentedCodeTests), nameof(DocumentedCodeTests.The_events)),
        ("docs/rate-limits.md", "[RateLimit(\"search\", limit: 30, windowSeconds: 60)]                                        // by address", typeof(DocumentedCodeTests), nameof(DocumentedCodeTests.The_limits_of_a_function)),
        ("docs/rate-limits.md", "services.AddRedis(configuration);", typeof(DocumentedCodeTests), nameof(DocumentedCodeTests.The_limits_of_the_middleware)),
        ("docs/sessions.md", "var cart = request.Caller().Session.Data.Get<Cart>(\"cart\");", typeof(DocumentedCodeTests), nameof(DocumentedCodeTests.The_data_of_a_session)),
        ("docs/tasks.md", "builder.Services.AddRedis(builder.Configuration);", typeof(DocumentedCodeTests), nameof(DocumentedCodeTests.The_tasks)),
        ("docs/tasks.md", "public sealed class InvoiceHandler(IInvoices invoices) : ITaskHandler<Invoice>", typeof(DocumentedCodeTests), nameof(DocumentedCodeTests.The_tasks)),
        ("docs/tasks.md", "await queue.EnqueueAsync(\"send_invoice\", invoice, new EnqueueOptions { Delay = TimeSpan.FromHours(1), IdempotencyKey = $\"invoice {invoice.Id}\" });", typeof(DocumentedCodeTests), nameof(DocumentedCodeTests.The_tasks)),
    ];

    // Commands in a sentence, by what they begin with: where they are executed, or why they are not.
    private static readonly (string Command, string Where)[] InSentences =
    [
        ("az bicep install", "not executed: it needs the Azure CLI; .ci/run has the compiler from NuGet"),
        ("az deployment group what-if", "not executed: it asks Azure"),
        ("az role definition create", "not executed: it asks Azure"),
        ("dotnet build -c Release Serverless.Local.slnf", ".ci/run builds it, as Debug"),
        ("dotnet build Serverless.Local.slnf", ".ci/run"),
        ("dotnet ef migrations script --idempotent", "infra/package.sh"),
        ("dotnet run --project Functions.LocalHost", "ReadmeTests"),
        ("dotnet run --project Functions", "not executed: it needs Azure Functions Core Tools; .ci/run builds the project"),
        ("dotnet run -c Release --project Functions.Benchmarks", "not executed: it measures for minutes"),
        ("openssl rand -base64 48", "DeploymentBlockTests"),
        ("EVENT_MESSAGES=10000 dotnet test Functions.Tests", "MessageProcessTests, with 600"),
    ];

    [Fact]
    public void Every_block_says_its_language_and_is_executed()
    {
        var blocks = CodeBlock.All();

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.True(
            block.Language is Figure or DiagramTests.Language || (block.Language is "bash" or "csharp" && Executed.Count(entry => entry.Document == block.Document && entry.FirstLine == block.FirstLine) == 1),
            $"{block} ({block.Language}): execute it in a test and name that in {nameof(CodeBlockTests)}.{nameof(Executed)}; a figure has the language '{Figure}'."));
    }

    [Fact]
    public void Every_entry_has_its_block_and_its_test()
    {
        var blocks = CodeBlock.All();
        Assert.All(Executed, entry =>
        {
            Assert.Single(blocks, block => block.Document == entry.Document && block.FirstLine == entry.FirstLine);
            Assert.True(entry.Test.GetMethod(entry.Method)?.GetCustomAttributes().Any(attribute => attribute is FactAttribute), $"{entry.Test}.{entry.Method} is no test.");
        });
    }

    [Fact]
    public void Every_line_of_csharp_stands_in_the_test_that_executes_it()
    {
        Assert.All(CodeBlock.All().Where(block => block.Language == "csharp"), block =>
        {
            var test = Executed.Single(entry => entry.Document == block.Document && entry.FirstLine == block.FirstLine).Test;
            var source = Directory.GetFiles(Path.Combine(LocalConfiguration.FindRoot(), "Functions.Tests"), $"{test.Name}.cs", SearchOption.AllDirectories).Single();

            var code = Normalize(File.ReadAllText(source));
            // Paragraphs of a block may stand in different places, such as where services are registered and where they are used.
            Assert.All(block.Text.Split("\n\n"), paragraph => Assert.Contains(Normalize(paragraph), code, StringComparison.Ordinal));
        });
    }

    [Fact]
    public void Every_command_in_a_sentence_is_known()
    {
        var commands = CodeBlock.Documents().SelectMany(document => Command().Matches(document.Text).Select(match => (document.Name, Command: match.Groups["command"].Value))).ToList();

        Assert.NotEmpty(commands);
        Assert.All(commands, command => Assert.True(
            InSentences.Any(known => command.Command.StartsWith(known.Command, StringComparison.Ordinal)),
            $"{command.Name}: say in {nameof(CodeBlockTests)}.{nameof(InSentences)} where `{command.Command}` is executed, or why it is not."));
        Assert.All(InSentences, known => Assert.Contains(commands, command => command.Command.StartsWith(known.Command, StringComparison.Ordinal)));
    }

    // Comments and blanks do not count: what stands in a document is laid out for readers.
    private static string Normalize(string code) => Blanks().Replace(Comment().Replace(code, ""), " ").Trim();

    [GeneratedRegex("//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex("`(?<command>([A-Z_]+=[^ `]+ )?(az|curl|docker|dotnet|func|node|npm|npx|openssl|psql|redis-cli|redis-server) [^`]+)`")]
    private static partial Regex Command();
}
