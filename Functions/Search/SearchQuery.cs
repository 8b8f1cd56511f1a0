using System.Buffers;
using System.Text;

namespace Functions.Search;

/// <summary>What people type into a search box: words, <c>"phrases"</c>, <c>-word</c>, and <c>or</c> between alternatives.</summary>
/// <remarks>
/// There is no wrong query. What is no operator at its place is punctuation, which the database leaves out (<c>search_readings</c>). The terms
/// reach the database as values, not as the text of a <c>tsquery</c>, so that nothing in them can be malformed there or nest.
/// </remarks>
internal sealed class SearchQuery
{
    // Phones write the curly ones.
    private static readonly SearchValues<char> Quotes = SearchValues.Create("\"\u201C\u201D\u201E\u201F\uFF02");

    private readonly List<SearchTerm> _terms = [];
    private int _alternative;

    private SearchQuery()
    {
    }

    /// <summary>The terms in the order in which they were typed. At least one where the text is not blank.</summary>
    public IReadOnlyList<SearchTerm> Terms => _terms;

    /// <summary>Reads <paramref name="text"/>, whatever it is.</summary>
    public static SearchQuery Parse(string text)
    {
        var query = new SearchQuery();
        var rest = WellFormed(text).AsSpan().Trim();
        while (!rest.IsEmpty)
        {
            rest = rest[query.AddTerm(rest)..].TrimStart();
        }

        return query;
    }

    // Adds the term that the text begins with; returns how many characters it takes.
    private int AddTerm(ReadOnlySpan<char> text)
    {
        var excluded = text[0] == '-' && text.Length > 1 && (char.IsLetterOrDigit(text[1]) || char.IsSurrogate(text[1]) || IsQuote(text[1]));
        var start = excluded ? 1 : 0;
        if (IsQuote(text[start]))
        {
            var phrase = text[(start + 1)..];
            var end = phrase.IndexOfAny(Quotes);
            Add(end < 0 ? phrase : phrase[..end], excluded, quoted: true, begun: end < 0);
            return end < 0 ? text.Length : start + end + 2;
        }

        var length = start;
        while (length < text.Length && !char.IsWhiteSpace(text[length]))
        {
            length++;
        }

        var word = text[start..length];
        var last = length == text.Length;
        if (word.Equals("or", StringComparison.OrdinalIgnoreCase) && !excluded && !last && _terms.Count > 0)
        {
            _alternative++;
        }
        else
        {
            Add(word, excluded, quoted: false, begun: last);
        }

        return length;
    }

    private void Add(ReadOnlySpan<char> text, bool excluded, bool quoted, bool begun) =>
        _terms.Add(new SearchTerm(text.ToString(), _alternative, excluded, quoted, begun && !excluded));

    private static bool IsQuote(char character) => Quotes.Contains(character);

    // Halves of surrogate pairs cannot be written as UTF-8.
    private static string WellFormed(string text)
    {
        var runes = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            runes.Append(rune);
        }

        return runes.ToString();
    }
}
