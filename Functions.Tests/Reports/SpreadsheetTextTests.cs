using Functions.Reports;

namespace Functions.Tests.Reports;

public sealed class SpreadsheetTextTests
{
    [Theory]
    [InlineData("=1+1", "'=1+1"), InlineData("+49 171", "'+49 171"), InlineData("-5", "'-5"), InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"), InlineData("=DDE(\"cmd\";\"/C calc\";\"x\")", "'=DDE(\"cmd\";\"/C calc\";\"x\")")]
    [InlineData("\uFF1D1", "'\uFF1D1"), InlineData("\uFF0B1", "'\uFF0B1"), InlineData("\uFF0D1", "'\uFF0D1"), InlineData("\uFF20x", "'\uFF20x"), InlineData("\u22121", "'\u22121")]
    [InlineData(" =1", " '=1"), InlineData("\u00A0=1", "\u00A0'=1"), InlineData("\u3000\u2003=1", "\u3000\u2003'=1")]
    [InlineData("\uFEFF=1", "\uFEFF'=1"), InlineData("\u200B\u2060=1", "\u200B\u2060'=1"), InlineData("\u0301=1", "\u0301'=1"), InlineData("\"=1\"", "\"'=1\"")]
    [InlineData("\t=1", "\t'=1"), InlineData("\r=1", "\r'=1"), InlineData("\n= 1", "\n'= 1")]
    public void What_begins_with_a_sign_gets_an_apostrophe(string text, string neutral) => Assert.Equal(neutral, SpreadsheetText.Neutralize(text));

    [Theory]
    [InlineData("x;=1+1"), InlineData("x\t=1+1"), InlineData("x,=1+1"), InlineData("x\n=1+1"), InlineData("x\r\n=1+1"), InlineData("x|=1+1"), InlineData("x:=1+1")]
    [InlineData("x; =1+1"), InlineData("x;\u00A0\uFEFF=1+1"), InlineData("x;\"=1+1"), InlineData("x; = 1"), InlineData("x =1+1"), InlineData("x\u2028=1"), InlineData("x\u0085=1")]
    public void So_does_what_could_begin_a_cell_for_another_separator(string text) => Assert.Equal(text.Replace("=", "'=", StringComparison.Ordinal), SpreadsheetText.Neutralize(text));

    [Theory]
    [InlineData(""), InlineData("plain"), InlineData("e-mail"), InlineData("a+b@example.com"), InlineData("2026-11-28"), InlineData("Coat - red, size = 42"), InlineData("a \u2212 b")]
    [InlineData("x=1+1"), InlineData("caf\u0065\u0301-bar"), InlineData("co\u00ADop-1"), InlineData("snake_-case"), InlineData("'=1"), InlineData("rock'-n'-roll")]
    public void What_cannot_begin_a_cell_stays_as_it_is(string text) => Assert.Same(text, SpreadsheetText.Neutralize(text));

    [Fact]
    public void Twice_does_no_more_than_once_and_the_text_can_be_read_in_it()
    {
        foreach (var text in HostileText.Random(5000))
        {
            var neutral = SpreadsheetText.Neutralize(text);

            Assert.Equal(neutral, SpreadsheetText.Neutralize(neutral));
            Assert.Equal(text.Replace("'", "", StringComparison.Ordinal), neutral.Replace("'", "", StringComparison.Ordinal));
        }
    }
}
