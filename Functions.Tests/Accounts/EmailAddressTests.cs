using Functions.Data;

namespace Functions.Tests.Accounts;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("ada@example.com", "ada@example.com")]
    [InlineData(" Ada@EXAMPLE.com\t", "ada@example.com")]
    [InlineData("jose\u0301@example.com", "jos\u00E9@example.com")] // NFD
    [InlineData("JOSE\u0301@example.com", "jos\u00E9@example.com")]
    [InlineData("\uFF41\uFF44\uFF41@example.com", "ada@example.com")] // Full-width letters,
    [InlineData("ada\uFF20example.com", "ada@example.com")] // at sign,
    [InlineData("ada@example\uFF0Ecom", "ada@example.com")] // and dot.
    [InlineData("ada@example\u3002com", "ada@example.com")]
    [InlineData("ada@b\u00FCcher.example", "ada@xn--bcher-kva.example")]
    [InlineData("ada@BU\u0308CHER.example", "ada@xn--bcher-kva.example")]
    [InlineData("ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example")]
    [InlineData("\uFB01@example.com", "fi@example.com")] // A ligature.
    [InlineData("\u039F\u0394\u039F\u03A3@example.com", "\u03BF\u03B4\u03BF\u03C3@example.com")] // Σ and ς are one letter.
    [InlineData("\u03BF\u03B4\u03BF\u03C2@example.com", "\u03BF\u03B4\u03BF\u03C3@example.com")]
    [InlineData("ada@\u03C2.example", "ada@xn--4xa.example")] // In a domain too,
    [InlineData("ada@xn--3xa.example", "ada@xn--4xa.example")] // and in its punycode.
    [InlineData("\u212Aevin@example.com", "kevin@example.com")] // The sign of the unit kelvin.
    [InlineData("a.b+c-d_e'f@sub.example.co.uk", "a.b+c-d_e'f@sub.example.co.uk")]
    [InlineData("\u5F20\u4F1F@\u4F8B\u3048.\u30C6\u30B9\u30C8", "\u5F20\u4F1F@xn--r8jz45g.xn--zckzah")]
    [InlineData("ada@stra\u00DFe.example", "ada@xn--strae-oqa.example")] // Not the domain strasse.example.
    public void A_mailbox_is_the_same_however_it_is_written(string text, string mailbox)
    {
        Assert.True(EmailAddress.TryParse(text, out var address));
        Assert.Equal(mailbox, address.Mailbox);
        Assert.Equal(mailbox, EmailAddress.Normalize(text));
        Assert.True(EmailAddress.TryParse(mailbox, out var again));
        Assert.Equal(mailbox, again.Mailbox);
    }

    [Theory]
    [InlineData(""), InlineData("ada"), InlineData("@example.com"), InlineData("ada@"), InlineData("a@b"), InlineData("a@b@example.com")]
    [InlineData("a b@example.com"), InlineData("\"a b\"@example.com"), InlineData("Ada <ada@example.com>"), InlineData("ada@example.com,b@example.com")]
    [InlineData("ada@example.com."), InlineData("ada@example..com"), InlineData("ada@.example.com"), InlineData("ada@example.com\u3002")]
    [InlineData(".ada@example.com"), InlineData("ada.@example.com"), InlineData("a..b@example.com")]
    [InlineData("ada@-example.com"), InlineData("ada@example-.com"), InlineData("ada@exa_mple.com"), InlineData("ada@127.0.0.1"), InlineData("ada@[127.0.0.1]")]
    [InlineData("ada@example.com\r\nBcc: b@example.com"), InlineData("ada@exam\0ple.com"), InlineData("a\u0001da@example.com"), InlineData("a\u007Fda@example.com"), InlineData("a\u0085da@example.com")]
    [InlineData("a\u200Bda@example.com"), InlineData("a\u200Cda@example.com"), InlineData("a\u200Dda@example.com"), InlineData("ada@exam\u200Dple.com"), InlineData("a\u2060da@example.com")]
    [InlineData("a\u202Eda@example.com"), InlineData("a\u2066da@example.com"), InlineData("a\u200Eda@example.com"), InlineData("a\u061Cda@example.com")]
    [InlineData("a\uFE0Fda@example.com"), InlineData("a\U000E0100da@example.com"), InlineData("a\U000E0061da@example.com"), InlineData("a\uFEFFda@example.com")]
    [InlineData("a\u00ADda@example.com"), InlineData("a\u034Fda@example.com"), InlineData("a\u3164da@example.com"), InlineData("a\u115Fda@example.com"), InlineData("a\u2800da@example.com")]
    [InlineData("a\u3000da@example.com"), InlineData("a\u00A0da@example.com"), InlineData("a\u2028da@example.com"), InlineData("a\uE000da@example.com"), InlineData("a\u0378da@example.com")]
    [InlineData("ada@exam\u00ADple.com"), InlineData("ada@exam\u200Bple.com"), InlineData("ada@exam\uFE0Fple.com"), InlineData("ada@exam\u034Fple.com")] // What the mapping of domains drops.
    [InlineData("\u0301ada@example.com"), InlineData("ada@\u0301example.com")]
    [InlineData("ada@xn--a.example"), InlineData("ada@xn--\u00FC.example"), InlineData("ada@xn--.example")]
    [InlineData("ada@xn--ab-m1t.example")] // The punycode of a name with a joiner between Latin letters.
    [InlineData("ada@xn--mgba3gch31f060k.com")] // The same between Arabic ones, where a name may have it: nobody sees it.
    [InlineData("ada@xn--bcher-2pa.example")] // The punycode of a capital letter, which no name has.
    [InlineData("a\uFF0Cb@example.com"), InlineData("a\uFF1Bb@example.com"), InlineData("a\u2100b\uFF08c@example.com")] // What becomes a comma, a semicolon, a parenthesis.
    public void What_is_no_address_or_hides_something_is_refused(string text)
    {
        Assert.False(EmailAddress.TryParse(text, out _));
        Assert.NotNull(EmailAddress.Normalize(text)); // Old accounts are found by it, whatever it is.
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_refused()
    {
        Assert.False(EmailAddress.TryParse("ada\uD800@example.com", out _));
        Assert.False(EmailAddress.TryParse("ada@exa\uDC00mple.com", out _));
    }

    [Fact]
    public void Lengths_are_those_of_mail_servers()
    {
        var domain = string.Concat(Enumerable.Repeat("abcdefghi.", 18)) + "example"; // 187
        Assert.True(EmailAddress.TryParse($"{new string('a', 64)}@{domain}", out _));
        Assert.False(EmailAddress.TryParse($"{new string('a', 65)}@{domain}", out _));
        Assert.False(EmailAddress.TryParse($"{new string('\u00E9', 33)}@example.com", out _)); // 66 bytes.
        Assert.False(EmailAddress.TryParse($"{new string('a', 64)}@abc.{domain}", out _)); // 256
        Assert.False(EmailAddress.TryParse($"a@{new string('a', 64)}.example", out _));
        Assert.False(EmailAddress.TryParse(new string('a', 100_000), out _));
    }
}
