using System.Text.RegularExpressions;
using Functions.LocalHost;

namespace Functions.Tests.Contract;

/// <summary>A fenced block of the README or the documentation.</summary>
/// <param name="Document">The file, from the root of the checkout on.</param>
/// <param name="Language">What stands behind the opening fence.</param>
/// <param name="Text">The lines between the fences.</param>
public sealed partial record CodeBlock(string Document, string Language, string Text)
{
    /// <summary>The first line, by which a block is known.</summary>
    public string FirstLine => Text.Split('\n')[0];

    /// <summary>The documents: README.md, docs/*.md and requests/README.md.</summary>
    public static IEnumerable<(string Name, string Text)> Documents()
    {
        var root = LocalConfiguration.FindRoot();
        return Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Prepend(Path.Combine(root, "README.md"))
            .Append(Path.Combine(root, "requests", "README.md"))
            .Select(path => (Path.GetRelativePath(root, path).Replace('\\', '/'), File.ReadAllText(path).ReplaceLineEndings("\n")));
    }

    /// <summary>All blocks, in order.</summary>
    public static IReadOnlyList<CodeBlock> All() =>
    [
        .. Documents().SelectMany(document => Fence().Matches(document.Text).Select(match =>
            new CodeBlock(document.Name, match.Groups["language"].Value, match.Groups["text"].Value.TrimEnd('\n')))),
    ];

    /// <inheritdoc/>
    public override string ToString() => $"{Document}: {FirstLine}";

    [GeneratedRegex("^(?<fence>```+)(?<language>[^\n]*)\n(?<text>.*?)^\\k<fence>$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
