using Functions.Accounts;
using Functions.Data;

namespace Functions.Tests.Accounts;

/// <summary>The examples of RFC 8265, section 4.3, and those of the contextual rules of RFC 5892, appendix A.</summary>
public sealed class OpaqueStringTests
{
    [Theory]
    [InlineData("correct horse battery staple", "correct horse battery staple")]
    [InlineData("Correct Horse Battery Staple", "Correct Horse Battery Staple")]
    [InlineData("\u03C0\u00DF\u00E5", "\u03C0\u00DF\u00E5")]
    [InlineData("Jack of \u2666s", "Jack of \u2666s")]
    [InlineData("foo\u1680bar", "foo bar")]
    [InlineData("foo\u3000\u00A0\u2009bar", "foo   bar")]
    [InlineData("e\u0301t\u00E9", "\u00E9t\u00E9")]
    [InlineData("\uFF41\uFB01\u00BD", "\uFF41\uFB01\u00BD")] // No compatibility mapping: full-width letters, ligatures and fractions stay.
    [InlineData("\u1112\u1161\u11AB", "\uD55C")] // Hangul in NFD.
    [InlineData("\U0001F600", "\U0001F600")]
    [InlineData("l\u00B7l", "l\u00B7l")]
    [InlineData("\u0375\u03B1", "\u0375\u03B1")]
    [InlineData("\u05D0\u05F3", "\u05D0\u05F3")]
    [InlineData("\u30A2\u30FB", "\u30A2\u30FB")]
    [InlineData("\u0661\u0662", "\u0661\u0662")]
    [InlineData("\u0915\u094D\u200D\u0937", "\u0915\u094D\u200D\u0937")] // A joiner after a virama.
    [InlineData("\u0646\u0627\u0645\u0647\u200C\u0627\u06CC", "\u0646\u0627\u0645\u0647\u200C\u0627\u06CC")] // A non-joiner between letters that would join.
    public void What_the_profile_allows_is_prepared(string text, string prepared)
    {
        Assert.True(OpaqueString.TryPrepare(text, out var actual));
        Assert.Equal(prepared, actual);
        Assert.True(OpaqueString.TryPrepare(actual, out var again));
        Assert.Equal(actual, again);
    }

    [Theory]
    [InlineData(""), InlineData("my cat is a \tby"), InlineData("a\0b"), InlineData("a\u007Fb"), InlineData("a\nb"), InlineData("a\u0085b")]
    [InlineData("a\u200Bb"), InlineData("a\u00ADb"), InlineData("a\u202Eb"), InlineData("a\u2028b"), InlineData("a\uFEFFb"), InlineData("\u2764\uFE0F"), InlineData("\u3164")]
    [InlineData("\U0001F468\u200D\U0001F469"), InlineData("a\u200Cb"), InlineData("\u200D"), InlineData("a\u200D")]
    [InlineData("\u00B7"), InlineData("a\u00B7b"), InlineData("\u0375a"), InlineData("\u05F3"), InlineData("\u30FB"), InlineData("\u0661\u06F1")]
    [InlineData("a\u0640b"), InlineData("\u303B"), InlineData("\u1100"), InlineData("\uE000"), InlineData("\u0378"), InlineData("\uFFFE")]
    public void What_it_does_not_allow_is_refused(string text) => Assert.False(OpaqueString.TryPrepare(text, out _));

    [Fact]
    public void Half_of_a_surrogate_pair_is_refused() => Assert.False(OpaqueString.TryPrepare("a password\uD800", out _));

    [Theory]
    [InlineData("\u00E9\u00E9\u00E9\u00E9\u00E9\u00E9\u00E9\u00E9\u00E9\u00E9", null)]
    [InlineData("e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", "10 to 128")] // Nine characters, eighteen code points.
    [InlineData("password\uFF11\uFF12\uFF13", null)] // No compatibility mapping: it is not "password123".
    [InlineData("qwertyuiop\u200B", "typed")]
    public void Rules_look_at_the_prepared_password_and_at_characters(string password, string? error)
    {
        var actual = PasswordRule.FindError(password);
        if (error is null)
        {
            Assert.Null(actual);
        }
        else
        {
            Assert.Contains(error, actual, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_longest_password_has_128_characters_however_many_code_points()
    {
        var longest = string.Concat(Enumerable.Repeat("e\u0301\u0323", PasswordRule.MaximumLength));
        Assert.Null(PasswordRule.FindError(longest));
        Assert.NotNull(PasswordRule.FindError(longest + "x"));
        Assert.NotNull(PasswordRule.FindError("long enough" + new string('\u0301', 100_000)));
    }

    [Fact]
    public void The_address_is_no_password_however_it_is_written()
    {
        Assert.True(PasswordRule.IsAddress("ADA@B\u00DCCHER.example", "ada@xn--bcher-kva.example"));
        Assert.NotNull(PasswordRule.FindError("ADA@B\u00DCCHER.example", "ada@xn--bcher-kva.example"));
        Assert.NotEqual(EmailAddress.Normalize("ada@x.example"), EmailAddress.Normalize("eve@x.example"));
    }
}
