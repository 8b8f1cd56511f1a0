using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Functions.Accounts;
using Functions.Http;
using Functions.Messages;

namespace Functions.Tests.Accounts;

public sealed class TextTests
{
    private const string Family = "\U0001F469\U0001F3FD\u200D\U0001F469\U0001F3FF\u200D\U0001F467\u200D\U0001F466";

    [Theory]
    [InlineData("Ada"), InlineData(" Ada "), InlineData("\u5F20\u4F1F"), InlineData("\u0645\u062D\u0645\u062F"), InlineData("\u0646\u0627\u0645\u0647\u200C\u0627\u06CC")]
    [InlineData("\U0001F600"), InlineData("\u2764\uFE0F"), InlineData(Family), InlineData("1"), InlineData("O\u2019Neill"), InlineData("Jose\u0301"), InlineData("\u05D3\u200F!")]
    public void A_name_is_what_people_can_see(string name) => Assert.Null(ErrorOf(new PersonNameAttribute(), name));

    [Theory]
    [InlineData(""), InlineData("   "), InlineData("\u200D"), InlineData("\u200B\u200B"), InlineData("\u3164"), InlineData("\u115F\u1160"), InlineData("\u2800\u2800"), InlineData("\u00AD")]
    [InlineData("\u0301"), InlineData("\u0301\u0302 \u0303"), InlineData("\uFE0F"), InlineData("\U000E0061"), InlineData("\uFFA0"), InlineData("\u3000"), InlineData("\uFEFF"), InlineData("\uE000")]
    [InlineData("Ada\u202E"), InlineData("\u2066Ada\u2069"), InlineData("A\nda"), InlineData("A\u0001da"), InlineData("A\u0085da"), InlineData("A\u2028da"), InlineData("A\0da")]
    public void A_name_that_shows_nothing_or_turns_text_around_is_refused(string name) => Assert.NotNull(ErrorOf(new PersonNameAttribute(), name));

    [Fact]
    public void A_name_has_100_characters_at_most_however_many_code_points_they_have()
    {
        Assert.Null(ErrorOf(new PersonNameAttribute(), string.Concat(Enumerable.Repeat(Family, 100))));
        Assert.NotNull(ErrorOf(new PersonNameAttribute(), string.Concat(Enumerable.Repeat("a", 101))));
        Assert.NotNull(ErrorOf(new PersonNameAttribute(), "a" + new string('\u0301', 2_000)));
        Assert.Equal("Jos\u00E9", PersonNameAttribute.Clean(" Jose\u0301 "));
    }

    [Theory]
    [InlineData("", 0), InlineData("abc", 3), InlineData("e\u0301", 1), InlineData(Family, 1), InlineData("\U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7", 2), InlineData("\r\n", 1), InlineData("\u0915\u094D", 1)]
    public void Characters_are_what_people_count(string text, int count) => Assert.Equal(count, UnicodeText.CountCharacters(text));

    [Theory]
    [InlineData("a\tb\r\nc", true), InlineData(Family, true), InlineData("\u05D0\u200F\u202Bx\u202C", true), InlineData("\u0001", true)]
    [InlineData("a\0b", false), InlineData("\uFFFE", false)]
    public void Free_text_is_all_but_what_cannot_be_stored(string text, bool accepted) => Assert.Equal(accepted, ErrorOf(new TextLengthAttribute(100), text) is null);

    [Theory]
    [InlineData(1_599, true)]
    [InlineData(1_600, false)]
    public void A_character_is_not_made_of_any_number_of_code_points(int accents, bool accepted) =>
        Assert.Equal(accepted, ErrorOf(new TextLengthAttribute(100), "a" + new string('\u0301', accents)) is null);

    [Fact]
    public void Half_of_a_surrogate_pair_is_no_text()
    {
        foreach (var text in new[] { "\uD800", "a\uDC00", "\uDC00\uD800", "\uD83D" })
        {
            Assert.NotNull(ErrorOf(new TextLengthAttribute(100), text));
            Assert.NotNull(ErrorOf(new PersonNameAttribute(), $"Ada{text}"));
        }
    }

    [Fact]
    public void Limits_are_told_in_characters()
    {
        Assert.Equal("The value must have 1 to 3 characters.", ErrorOf(new TextLengthAttribute(3) { Minimum = 1 }, "abcd"));
        Assert.Equal("The value must have 1 to 3 characters.", ErrorOf(new TextLengthAttribute(3) { Minimum = 1 }, ""));
        Assert.Equal("The value may have 3 characters at most.", ErrorOf(new TextLengthAttribute(3), "a" + new string('\u0301', 100)));
        Assert.Null(ErrorOf(new TextLengthAttribute(3), Family + Family + "e\u0301"));
    }

    [Fact]
    public void Composed_text_looks_the_same_and_what_is_no_text_stays_for_the_validation()
    {
        Assert.Equal("\u00E9", UnicodeText.Compose("e\u0301"));
        Assert.Equal("\uFF21", UnicodeText.Compose("\uFF21"));
        Assert.Equal("\uD800e\u0301", UnicodeText.Compose("\uD800e\u0301"));
        Assert.Null(UnicodeText.Compose(null));
    }

    [Fact]
    public void A_preview_has_100_characters_and_cuts_none_in_two()
    {
        Assert.Equal(string.Concat(Enumerable.Repeat(Family, 100)), NewMessage.PreviewOf(string.Concat(Enumerable.Repeat(Family, 150))));
        Assert.Equal(new string('a', 100), NewMessage.PreviewOf(new string('a', 101)));
        Assert.Equal("short", NewMessage.PreviewOf("short"));
        Assert.Equal("ab", NewMessage.PreviewOf("abc" + new string('\u0301', 60_000)));
    }

    [Fact]
    public void No_contract_counts_code_units() => Assert.DoesNotContain(
        typeof(FunctionApp).Assembly.GetTypes().SelectMany(type => type.GetProperties()),
        property => property.GetCustomAttributes().Any(attribute => attribute is StringLengthAttribute or MaxLengthAttribute or MinLengthAttribute));

    private static string? ErrorOf(ValidationAttribute attribute, string text) =>
        attribute.GetValidationResult(text, new ValidationContext(new object()) { MemberName = "Text" })?.ErrorMessage;
}
