using System.Buffers;
using System.Globalization;
using System.Text;

namespace Functions.Reports;

/// <summary>Makes text of others harmless for spreadsheet programs, which run what begins a cell with a sign as a formula.</summary>
/// <remarks>
/// Where a cell begins depends on the separator that the reader has chosen, and a wrong one opens cells within the text. So an apostrophe goes in
/// front of each sign at which a cell could begin for any separator, not only of that at the beginning. See OWASP, "CSV Injection".
/// </remarks>
internal static class SpreadsheetText
{
    private const char Apostrophe = '\'';

    // = + - @ and what becomes one of them by compatibility (Unicode NFKC), and the mathematical minus.
    private static readonly SearchValues<char> Signs = SearchValues.Create("=+-@\uFF1D\uFF0B\uFF0D\uFF20\uFE66\uFE62\uFE63\uFE6B\u2212");

    /// <summary>The text with an apostrophe in front of each sign that could begin a cell; twice does no more than once.</summary>
    public static string Neutralize(string text)
    {
        StringBuilder? neutral = null;
        var copied = 0;
        for (var sign = NextSign(text, 0); sign >= 0; sign = NextSign(text, sign + 1))
        {
            if (MayBeginCell(text, sign))
            {
                (neutral ??= new StringBuilder(text.Length + 8)).Append(text, copied, sign - copied).Append(Apostrophe);
                copied = sign;
            }
        }

        return neutral?.Append(text, copied, text.Length - copied).ToString() ?? text;
    }

    private static int NextSign(string text, int start) => text.AsSpan(start).IndexOfAny(Signs) is var distance and >= 0 ? start + distance : -1;

    // Behind a letter, a digit, another sign or an apostrophe no cell begins: a-b, x@y, 2026-11-28. Behind anything else one may. Only a sign that
    // stands alone between words (a - b) would be a cell of nothing else, with blanks as separators.
    private static bool MayBeginCell(string text, int sign)
    {
        var before = LastVisible(text, sign - 1);
        if (before < 0 || !IsBlank(text[before]))
        {
            return before < 0 || !IsInner(text[before]);
        }

        while (before >= 0 && IsBlank(text[before]))
        {
            before = LastVisible(text, before - 1);
        }

        var standsAlone = sign == text.Length - 1 || IsBlank(text[sign + 1]);
        return before < 0 || !IsInner(text[before]) || !standsAlone;
    }

    // Byte order marks, joiners, accents: a reader may drop them, and none of them separates.
    private static int LastVisible(string text, int from)
    {
        while (from >= 0 && char.GetUnicodeCategory(text[from]) is UnicodeCategory.Format
            or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark)
        {
            from--;
        }

        return from;
    }

    private static bool IsBlank(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.SpaceSeparator;

    private static bool IsInner(char c) => char.IsLetterOrDigit(c) || c is '_' or Apostrophe || Signs.Contains(c);
}
