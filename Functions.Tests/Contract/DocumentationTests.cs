using System.Reflection;
using System.Text.RegularExpressions;
using Functions.LocalHost;

namespace Functions.Tests.Contract;

public sealed partial class DocumentationTests
{
    [Theory]
    [InlineData("resilience.md", "| fault |", "## Health")]
    [InlineData("observability.md", "| name | kind |", "That the table")]
    public void Every_row_of_a_table_names_tests_that_exist(string document, string start, string end)
    {
        var text = File.ReadAllText(Path.Combine(LocalConfiguration.FindRoot(), "docs", document));
        var tests = typeof(DocumentationTests).Assembly.GetTypes().ToLookup(type => type.Name);

        var table = text[text.IndexOf(start, StringComparison.Ordinal)..text.IndexOf(end, StringComparison.Ordinal)];
        var rows = table.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).ToList();
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.True(row.Contains("| the same", StringComparison.Ordinal) || Named().IsMatch(row), $"No test: {row}"));
        Assert.All(Named().Matches(text), named =>
        {
            var type = tests[named.Groups["type"].Value].SingleOrDefault();
            Assert.True(type is not null, $"{named.Value} does not exist.");
            var method = named.Groups["method"].Value;
            Assert.True(
                method == "" || type.GetMethod(method)?.GetCustomAttributes().Any(attribute => attribute is FactAttribute) == true, $"{named.Value} does not exist.");
        });
    }

    [GeneratedRegex(@"`(?<type>\w+Tests)(\.(?<method>\w+))?`")]
    private static partial Regex Named();
}
