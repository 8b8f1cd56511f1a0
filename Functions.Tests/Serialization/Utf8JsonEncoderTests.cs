using System.Text;
using System.Text.Json;
using Functions.Redis.Events;
using Functions.Redis.Serialization;

namespace Functions.Tests.Serialization;

public sealed class Utf8JsonEncoderTests
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = Utf8JsonEncoder.Instance };

    [Fact]
    public void Every_character_comes_back_and_only_what_has_to_be_is_escaped()
    {
        for (var code = 0; code <= 0x10FFFF; code += code == 0xD7FF ? 0x801 : 1)
        {
            var text = char.ConvertFromUtf32(code);
            var json = JsonSerializer.Serialize(text, Options);
            var isEscaped = code is < 0x20 or '"' or '\\' or (>= 0x7F and < 0xA0) or 0x2028 or 0x2029;
            if (isEscaped != (json != $"\"{text}\"") || JsonSerializer.Deserialize<string>(json) != text)
            {
                Assert.Fail($"U+{code:X4} was written as {json}.");
            }
        }
    }

    [Theory]
    [InlineData("Grüße, Ελλάδα, 日本語, العربية")]
    [InlineData("👩‍👩‍👧‍👦 🇩🇪 𠮷野家 𝔘𝔫𝔦")]
    [InlineData("a\u00a0b\u3000c\ufeffd\u202ee")]
    [InlineData("<b>&'+`</b>")]
    [InlineData("\ue000\ufffd\uffff\udbff\udfff")]
    public void Text_is_written_as_it_is_in_whatever_place_of_a_document(string text)
    {
        var expected = $$"""{"{{text}}":["{{text}}"]}""";
        var document = new Dictionary<string, string[]> { [text] = [text] };
        var escaped = JsonSerializer.Serialize(document);

        Assert.Equal(expected, JsonSerializer.Serialize(document, Options));
        Assert.Equal(expected, Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(document, Options)));
        // What a client has sent with escapes is written without.
        Assert.Contains("\\u", JsonSerializer.Serialize(text + "é"), StringComparison.Ordinal);
        Assert.Equal(expected, JsonSerializer.Serialize(JsonElement.Parse(escaped), Options));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_becomes_the_replacement_character()
    {
        // No theory: half a pair does not survive as the data of one.
        (string Text, string Expected)[] cases =
            [("\ud83d", "\ufffd"), ("\ude00", "\ufffd"), ("a\ud83d\ud83d\ude00b", "a\ufffd\ud83d\ude00b"), ("\ude00\ud83d", "\ufffd\ufffd"), ("x\ud83dx", "x\ufffdx")];

        Assert.All(cases, pair => Assert.Equal(pair.Expected, JsonSerializer.Deserialize<string>(JsonSerializer.SerializeToUtf8Bytes(pair.Text, Options))));
    }

    [Theory]
    [InlineData("\"\\\b\f\n\r\t", """
        "\"\\\b\f\n\r\t"
        """)]
    [InlineData("\0\u001f\u007f\u009b\u2028\u2029", """
        "\u0000\u001F\u007F\u009B\u2028\u2029"
        """)]
    public void What_cannot_stand_in_JSON_is_escaped(string text, string expected) => Assert.Equal(expected, JsonSerializer.Serialize(text, Options));

    [Fact]
    public void Long_text_is_whole_wherever_buffers_end()
    {
        for (var shift = 0; shift < 6; shift++)
        {
            var text = new string('x', shift) + string.Concat(Enumerable.Repeat("é👍\"日\n", 5_000));

            Assert.Equal(text, JsonSerializer.Deserialize<string>(JsonSerializer.SerializeToUtf8Bytes(text, Options)));
        }
    }

    [Fact]
    public void An_event_is_streamed_as_text_however_its_data_were_escaped_and_stays_two_lines()
    {
        var data = JsonElement.Parse("""{"t":"\u00e9 \ud83d\udc4d \u2028 \r\n\ndata: x"}""");

        var frame = Encoding.UTF8.GetString(StreamedEvent.Of(new EventEnvelope(1, 0, new string('a', 32), "greeting", data, DateTimeOffset.UnixEpoch)).Frame.Span);

        Assert.Equal(
            """
            event: greeting
            data: {"type":"greeting","data":{"t":"é 👍 \u2028 \r\n\ndata: x"},"timestamp":"1970-01-01T00:00:00Z"}


            """.ReplaceLineEndings("\n"),
            frame);
    }
}
