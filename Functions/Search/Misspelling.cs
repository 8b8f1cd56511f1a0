namespace Functions.Search;

/// <summary>Whether a word that was typed may be meant as another one: how many edits lie between them, and how many are forgiven.</summary>
/// <remarks>
/// An edit is a letter too many, missing, wrong, or exchanged with its neighbour (optimal string alignment). Trigrams find candidates quickly,
/// and know little of short words and of exchanged letters; so this decides.
/// </remarks>
internal static class Misspelling
{
    private const int LongestWordWithOneEdit = 5;

    /// <summary>The edits between <paramref name="typed"/> and the word of <paramref name="words"/> that is closest to it, or null if none is close.</summary>
    /// <param name="typed">One word.</param>
    /// <param name="begun">Whether it is complete; if not, the beginnings of the words count too.</param>
    /// <param name="words">Words, with whitespace between them.</param>
    public static int? Edits(string typed, bool begun, string words)
    {
        var forgiven = typed.Length <= LongestWordWithOneEdit ? 1 : 2;
        var closest = words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Min(word => (int?)Distance(typed, word, begun));
        return closest <= forgiven ? closest : null;
    }

    private static int Distance(string typed, string word, bool begun)
    {
        // The rows of the matrix for the letters of the typed word: the one before the last, the last, and the current.
        var before = new int[word.Length + 1];
        var last = Enumerable.Range(0, word.Length + 1).ToArray();
        var row = new int[word.Length + 1];
        for (var i = 1; i <= typed.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= word.Length; j++)
            {
                var wrong = last[j - 1] + (typed[i - 1] == word[j - 1] ? 0 : 1);
                row[j] = Math.Min(wrong, 1 + Math.Min(last[j], row[j - 1]));
                if (i > 1 && j > 1 && typed[i - 1] == word[j - 2] && typed[i - 2] == word[j - 1])
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            (before, last, row) = (last, row, before);
        }

        return begun ? last.Min() : last[^1];
    }
}
