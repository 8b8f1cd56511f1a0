namespace Functions.Tests.Caching.Behaviour;

/// <summary>The documentation says what the tests show.</summary>
public sealed class ComparisonTableTests
{
    private const string Begin = "<!-- comparison: begin -->\n";
    private const string End = "<!-- comparison: end -->";

    /// <summary>Set to <c>1</c> to write the table into the documentation instead.</summary>
    private const string UpdateVariable = "UPDATE_DOCS";

    [Fact]
    public void The_documentation_has_the_table_of_the_known_deviations()
    {
        var path = Path.Combine(Root(), "docs", "caching.md");
        var text = File.ReadAllText(path).ReplaceLineEndings("\n");
        var begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = text.IndexOf(End, StringComparison.Ordinal);
        Assert.True(begin >= Begin.Length && end >= begin, "docs/caching.md has no place for the table.");
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            File.WriteAllText(path, text[..begin] + ComparisonTable.Write() + text[end..]);
            return;
        }

        Assert.True(text[begin..end] == ComparisonTable.Write(), $"Run this test with {UpdateVariable}=1 to write the table into docs/caching.md.");
    }

    [Fact]
    public void Every_class_of_expectations_is_in_the_table_and_every_deviation_is_of_a_test()
    {
        var all = typeof(CacheBehaviourTests).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(CacheBehaviourTests)))
            .SelectMany(ComparisonTable.Behaviours)
            .ToArray();

        Assert.Equal(all.Order(StringComparer.Ordinal), ComparisonTable.Behaviours().Order(StringComparer.Ordinal));
        Assert.Subset(all.ToHashSet(), KnownDeviations.Behaviours.ToHashSet());
        Assert.DoesNotContain(all, behaviour => KnownDeviations.Find(CacheKind.RedisHybridCache, behaviour) is not null);
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Serverless.sln")))
        {
            directory = directory.Parent ?? throw new DirectoryNotFoundException("The tests do not lie in the repository.");
        }

        return directory.FullName;
    }
}
