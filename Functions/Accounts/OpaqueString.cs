using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Functions.Http;

namespace Functions.Accounts;

/// <summary>
/// The profile OpaqueString of RFC 8265, section 4.2: how passwords are prepared so that one password is the same on every keyboard. Blanks of any
/// script become a space, the text is brought into NFC; nothing else is changed, neither case nor width.
/// </summary>
public static class OpaqueString
{
    private const int LongestWordPart = 10;

    private static readonly IdnMapping Idn = new();

    // Canonical_Combining_Class=Virama (Unicode 16, DerivedCombiningClass.txt).
    private static readonly FrozenSet<int> Viramas = FrozenSet.ToFrozenSet(
    [
        0x94D, 0x9CD, 0xA4D, 0xACD, 0xB4D, 0xBCD, 0xC4D, 0xCCD, 0xD3B, 0xD3C, 0xD4D, 0xDCA, 0xE3A, 0xEBA, 0xF84, 0x1039, 0x103A, 0x1714, 0x1715, 0x1734,
        0x17D2, 0x1A60, 0x1B44, 0x1BAA, 0x1BAB, 0x1BF2, 0x1BF3, 0x2D7F, 0xA806, 0xA82C, 0xA8C4, 0xA953, 0xA9C0, 0xAAF6, 0xABED, 0x10A3F, 0x11046, 0x11070,
        0x1107F, 0x110B9, 0x11133, 0x11134, 0x111C0, 0x11235, 0x112EA, 0x1134D, 0x113CE, 0x113CF, 0x113D0, 0x11442, 0x114C2, 0x115BF, 0x1163F, 0x116B6,
        0x1172B, 0x11839, 0x1193D, 0x1193E, 0x119E0, 0x11A34, 0x11A47, 0x11A99, 0x11C3F, 0x11D44, 0x11D45, 0x11D97, 0x11F41, 0x11F42, 0x1612F,
    ]);

    /// <summary>The prepared text; false if it is empty or has a code point that the profile does not allow.</summary>
    public static bool TryPrepare(string? text, [NotNullWhen(true)] out string? prepared)
    {
        prepared = null;
        if (string.IsNullOrEmpty(text) || !UnicodeText.IsText(text))
        {
            return false;
        }

        var composed = string.Concat(text.Select(c => char.GetUnicodeCategory(c) == UnicodeCategory.SpaceSeparator ? ' ' : c)).Normalize(NormalizationForm.FormC);
        var runes = composed.EnumerateRunes().ToArray();
        if (!Enumerable.Range(0, runes.Length).All(i => IsAllowed(runes, i)))
        {
            return false;
        }

        prepared = composed;
        return true;
    }

    // FreeformClass: the order of RFC 8264, section 8. What is compatible with something else (HasCompat) and allowed has one of the categories below.
    private static bool IsAllowed(Rune[] runes, int index)
    {
        var rune = runes[index];
        return rune.Value switch
        {
            0xDF or 0x3C2 or 0x6FD or 0x6FE or 0xF0B or 0x3007 => true,
            0x640 or 0x7FA or 0x302E or 0x302F or (>= 0x3031 and <= 0x3035) or 0x303B => false,
            0xB7 or 0x375 or 0x5F3 or 0x5F4 or 0x30FB or (>= 0x660 and <= 0x669) or (>= 0x6F0 and <= 0x6F9) => HasItsContext(runes, index),
            >= 0x20 and <= 0x7E => true,
            0x200C or 0x200D => JoinsInContext(runes, index),
            (>= 0x1100 and <= 0x11FF) or (>= 0xA960 and <= 0xA97C) or (>= 0xD7B0 and <= 0xD7FB) => false, // Old Hangul.
            _ => !UnicodeText.IsDefaultIgnorable(rune) && Rune.GetUnicodeCategory(rune) is not (
                UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned),
        };
    }

    // RFC 5892, appendix A.3 to A.9.
    private static bool HasItsContext(Rune[] runes, int index)
    {
        int before = index > 0 ? runes[index - 1].Value : 0, after = index + 1 < runes.Length ? runes[index + 1].Value : 0;
        return runes[index].Value switch
        {
            0xB7 => before == 'l' && after == 'l',
            0x375 => after is (>= 0x370 and <= 0x3E1) or (>= 0x3F0 and <= 0x3FF) or (>= 0x1F00 and <= 0x1FFF),
            0x5F3 or 0x5F4 => before is (>= 0x591 and <= 0x5F4) or (>= 0xFB1D and <= 0xFB4F),
            0x30FB => runes.Any(rune => rune.Value != 0x30FB && IsJapanese(rune.Value)),
            <= 0x669 => !runes.Any(rune => rune.Value is >= 0x6F0 and <= 0x6F9),
            _ => !runes.Any(rune => rune.Value is >= 0x660 and <= 0x669),
        };
    }

    private static bool IsJapanese(int value) => value
        is (>= 0x3041 and <= 0x309F) or (>= 0x30A1 and <= 0x30FF and not 0x30FC) or (>= 0x31F0 and <= 0x31FF) or (>= 0xFF66 and <= 0xFF9D)
        or (>= 0x2E80 and <= 0x2FDF) or 0x3005 or 0x3007 or (>= 0x3021 and <= 0x3029) or (>= 0x3038 and <= 0x303B)
        or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);

    // RFC 5892, appendix A.1 and A.2: joiners stand after a virama, and the non-joiner between letters that would join. The latter needs the joining
    // types of all letters, which .NET has only as part of domain names.
    private static bool JoinsInContext(Rune[] runes, int index)
    {
        if (index == 0)
        {
            return false;
        }

        return Viramas.Contains(runes[index - 1].Value) || (runes[index].Value == 0x200C && JoinsAsDomainName(runes, index));
    }

    private static bool JoinsAsDomainName(Rune[] runes, int index)
    {
        var start = index;
        while (start > 0 && index - start < LongestWordPart && IsPartOfWord(runes[start - 1]))
        {
            start--;
        }

        while (start < index && !Rune.IsLetter(runes[start]))
        {
            start++; // No name begins with a mark.
        }

        var end = index + 1;
        while (end < runes.Length && end - index <= LongestWordPart && IsPartOfWord(runes[end]))
        {
            end++;
        }

        try
        {
            return start < index && end > index + 1 && Idn.GetAscii(string.Concat(runes[start..end])).Length > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool IsPartOfWord(Rune rune) => Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
