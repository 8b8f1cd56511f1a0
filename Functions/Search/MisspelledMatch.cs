namespace Functions.Search;

/// <summary>A product with a name that looks like the words that were typed.</summary>
/// <param name="Id">The product.</param>
/// <param name="Name">Its name.</param>
/// <param name="SearchName">The words of its name.</param>
/// <param name="Misspelled">The words that were typed and that it does not have.</param>
/// <param name="Begun">The last word typed so far, if it does not have that.</param>
internal sealed record MisspelledMatch(int Id, string Name, string SearchName, string[] Misspelled, string? Begun)
{
    /// <summary>The result, if every word is close to one of the name.</summary>
    public SearchResult? ToResult()
    {
        var edits = 0;
        foreach (var word in Misspelled.Append(Begun).OfType<string>())
        {
            if (Misspelling.Edits(word, word == Begun, SearchName) is not { } more)
            {
                return null;
            }

            edits += more;
        }

        return new SearchResult(Id, Name, 1f / (1 + edits));
    }
}
