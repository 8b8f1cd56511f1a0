using Functions.Redis.Sessions;

namespace Functions.Tests.Sessions;

public sealed class SessionCookieSignerTests
{
    private const string Token = "hBq7x0Qm3n9s4Vw2Yt6Zc8Ke1Lr5Pa7Ud0Fg3Hj6MnB";
    private const string OldKey = "the old key, at least 32 bytes long";
    private const string NewKey = "the new key, at least 32 bytes long";

    private readonly SessionCookieSigner _signer = new(NewKey);

    [Fact]
    public void A_signed_token_is_verified() => Assert.Equal(Token, _signer.Verify(_signer.Sign(Token)));

    [Fact]
    public void The_signature_is_HMAC_SHA256_in_base64url() => Assert.Matches($"^{Token}\\.[A-Za-z0-9_-]{{43}}$", _signer.Sign(Token));

    [Fact]
    public void Any_change_is_detected()
    {
        var signed = _signer.Sign(Token);
        for (var i = 0; i < signed.Length - 1; i++) // The last character has two bits that mean nothing.
        {
            var changed = signed[i] == 'A' ? 'B' : 'A';
            Assert.Null(_signer.Verify(signed[..i] + changed + signed[(i + 1)..]));
            Assert.Null(_signer.Verify(signed[..i]));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(Token)]
    [InlineData(Token + ".")]
    [InlineData(Token + ".é")]
    [InlineData(Token + ". ")]
    public void What_is_not_signed_is_refused(string value) => Assert.Null(_signer.Verify(value));

    [Fact]
    public void A_longer_signature_is_refused()
    {
        Assert.Null(_signer.Verify(_signer.Sign(Token) + "A"));
        Assert.Null(_signer.Verify(_signer.Sign(Token) + new string('A', 1_000_000)));
    }

    [Fact]
    public void A_foreign_key_is_refused() => Assert.Null(_signer.Verify(new SessionCookieSigner(OldKey).Sign(Token)));

    [Fact]
    public void A_rotated_key_verifies_but_does_not_sign()
    {
        var rotated = new SessionCookieSigner(NewKey, OldKey);

        Assert.Equal(Token, rotated.Verify(new SessionCookieSigner(OldKey).Sign(Token)));
        Assert.Equal(_signer.Sign(Token), rotated.Sign(Token));
    }

    [Fact]
    public void Short_or_missing_keys_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new SessionCookieSigner());
        Assert.Throws<ArgumentException>(() => new SessionCookieSigner("short"));
        Assert.Throws<ArgumentException>(() => new SessionCookieSigner(NewKey, new string('x', 31)));
    }
}
