using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Functions.Redis.Serialization;

/// <summary>Writes text in JSON as it is, in whatever language, and escapes what cannot stand there.</summary>
/// <remarks>
/// The encoders of the framework, <see cref="JavaScriptEncoder.UnsafeRelaxedJsonEscaping"/> too, escape what lies beyond the basic plane (emoji, many
/// Han characters), spaces other than U+0020, and what their version of Unicode does not know yet. JSON asks for the quotation mark, the backslash and
/// control characters only (RFC 8259, section 7). Escaped are, beside these, the controls U+007F to U+009F, which terminals obey, and U+2028 and U+2029,
/// which older JavaScript takes for ends of lines. Half of a surrogate pair becomes U+FFFD. What is written must not be placed in HTML.
/// </remarks>
public sealed class Utf8JsonEncoder : JavaScriptEncoder
{
    private const char LineSeparator = '\u2028', ParagraphSeparator = '\u2029';

    private static readonly SearchValues<char> Suspects = SearchValues.Create(
    [
        '"', '\\', LineSeparator, ParagraphSeparator,
        .. Range('\0', '\u001F'), .. Range('\u007F', '\u009F'), .. Range('\uD800', '\uDFFF'),
    ]);

    private Utf8JsonEncoder()
    {
    }

    /// <summary>The encoder.</summary>
    public static Utf8JsonEncoder Instance { get; } = new();

    /// <inheritdoc/>
    public override int MaxOutputCharactersPerInputCharacter => 6; // \u001F

    /// <inheritdoc/>
    public override bool WillEncode(int unicodeScalar) =>
        unicodeScalar is < 0x20 or '"' or '\\' or (>= 0x7F and < 0xA0) or LineSeparator or ParagraphSeparator;

    /// <inheritdoc/>
    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var rest = new ReadOnlySpan<char>(text, textLength);
        while (rest.IndexOfAny(Suspects) is >= 0 and var found)
        {
            rest = rest[found..];
            if (Rune.DecodeFromUtf16(rest, out var rune, out var length) != OperationStatus.Done || WillEncode(rune.Value))
            {
                return textLength - rest.Length;
            }

            rest = rest[length..];
        }

        return -1;
    }

    /// <inheritdoc/>
    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var target = new Span<char>(buffer, bufferLength);
        if (!WillEncode(unicodeScalar))
        {
            return new Rune(unicodeScalar).TryEncodeToUtf16(target, out numberOfCharactersWritten);
        }

        var escape = unicodeScalar switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\b' => "\\b",
            '\f' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            _ => string.Create(CultureInfo.InvariantCulture, $"\\u{unicodeScalar:X4}"),
        };
        numberOfCharactersWritten = escape.TryCopyTo(target) ? escape.Length : 0;
        return numberOfCharactersWritten > 0;
    }

    private static IEnumerable<char> Range(char first, char last) => Enumerable.Range(first, last - first + 1).Select(code => (char)code);
}
