using System.Globalization;
using System.Text;

namespace Functions.Http;

/// <summary>Text as people see it: in one form (NFC), counted in characters (grapheme clusters), with or without something visible.</summary>
public static class UnicodeText
{
    /// <summary>
    /// How many UTF-16 code units a character may have on average. A couple of two skin tones has 15, a letter with its accents two or three; text
    /// that has more is no text.
    /// </summary>
    public const int UnitsPerCharacter = 16;

    // No characters, each of them valid in a string: half of a surrogate pair is told apart by decoding, this one by its value.
    private const char SwappedByteOrderMark = '\uFFFE';

    /// <summary>Stops a process that cannot bring text into one form, instead of letting it store two spellings of one text.</summary>
    /// <exception cref="InvalidOperationException">.NET runs without ICU.</exception>
    public static void RequireNormalization()
    {
        if ("e\u0301".Normalize(NormalizationForm.FormC) != "\u00E9")
        {
            throw new InvalidOperationException(
                "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: the value must be false, and ICU (libicu) installed: Unicode text cannot be normalized without.");
        }
    }

    /// <summary>The text in NFC, so that what looks the same is the same; unchanged if it is no text (see <see cref="IsText"/>).</summary>
    public static string? Compose(string? text) =>
        text is null || Ascii.IsValid(text) || !IsText(text) ? text : text.Normalize(NormalizationForm.FormC);

    /// <summary>Whether the string can be stored and written again: no NUL, no half of a surrogate pair.</summary>
    public static bool IsText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var units) != System.Buffers.OperationStatus.Done || rune.Value is 0 or SwappedByteOrderMark)
            {
                return false;
            }

            rest = rest[units..];
        }

        return true;
    }

    /// <summary>How many characters people count: grapheme clusters (Unicode Standard Annex 29).</summary>
    public static int CountCharacters(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var count = 0;
        for (var rest = text.AsSpan(); !rest.IsEmpty; count++)
        {
            rest = rest[StringInfo.GetNextTextElementLength(rest)..];
        }

        return count;
    }

    /// <summary>The first <paramref name="characters"/> characters, or as many of them as have <see cref="UnitsPerCharacter"/> code units on average.</summary>
    public static string Take(string text, int characters)
    {
        ArgumentNullException.ThrowIfNull(text);
        var length = 0;
        for (var count = 0; count < characters && length < text.Length; count++)
        {
            var next = length + StringInfo.GetNextTextElementLength(text.AsSpan(length));
            if (next > characters * UnitsPerCharacter)
            {
                break;
            }

            length = next;
        }

        return text[..length];
    }

    /// <summary>
    /// Whether the code point is a control, or shows nothing by itself: formatting and bidirectional controls, joiners, variation selectors, fillers
    /// (the property Default_Ignorable_Code_Point), line separators and the blank of braille.
    /// </summary>
    public static bool IsInvisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || IsDefaultIgnorable(rune)
        || rune.Value == 0x2800;

    /// <summary>Whether the code point changes the direction of what follows, past its own word: embeddings, overrides and isolates.</summary>
    public static bool IsBidirectionalControl(Rune rune) => rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);

    /// <summary>Whether there is anything to see: a letter, digit, sign or symbol, not only blanks, fillers and marks without a letter.</summary>
    public static bool IsVisible(Rune rune) => !IsInvisible(rune) && Rune.GetUnicodeCategory(rune)
        is <= UnicodeCategory.OtherLetter
        or (>= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber)
        or (>= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherSymbol);

    /// <summary>The property Default_Ignorable_Code_Point (Unicode 16, DerivedCoreProperties.txt).</summary>
    public static bool IsDefaultIgnorable(Rune rune) => rune.Value
        is 0x00AD or 0x034F or 0x061C or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x3164 or 0xFEFF or 0xFFA0
        or (>= 0x180B and <= 0x180F)
        or (>= 0x200B and <= 0x200F)
        or (>= 0x202A and <= 0x202E)
        or (>= 0x2060 and <= 0x206F)
        or (>= 0xFE00 and <= 0xFE0F)
        or (>= 0xFFF0 and <= 0xFFF8)
        or (>= 0x1BCA0 and <= 0x1BCA3)
        or (>= 0x1D173 and <= 0x1D17A)
        or (>= 0xE0000 and <= 0xE0FFF);
}
