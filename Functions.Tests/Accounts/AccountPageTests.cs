using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Functions.Accounts;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;

namespace Functions.Tests.Accounts;

/// <summary>Where links in mails lead.</summary>
public sealed partial class AccountPageTests(TestApplications applications)
{
    [Theory, InlineData("email/verify"), InlineData("password/reset")]
    public async Task A_page_runs_its_own_script_and_loads_nothing(string path)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        var response = await client.GetAsync(path);

        var html = await response.TextAsync();
        Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (response.StatusCode, response.Header("Content-Type")));
        Assert.Equal(("no-referrer", "no-store", "nosniff"), (response.Header("Referrer-Policy"), response.Header("Cache-Control"), response.Header("X-Content-Type-Options")));
        var policy = response.Header("Content-Security-Policy")!;
        Assert.Contains($"script-src 'sha256-{HashOf(html, "script")}'", policy, StringComparison.Ordinal);
        Assert.Contains($"style-src 'sha256-{HashOf(html, "style")}'", policy, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http:", html, StringComparison.Ordinal);
        Assert.DoesNotContain("https:", html, StringComparison.Ordinal);
        Assert.DoesNotMatch(Handler(), html);
    }

    [Theory]
    [InlineData("PUBLIC_URL=https://shop.example", "api/email/verify", "https://shop.example/api/email/verify#token=t")]
    [InlineData("PUBLIC_URL=https://shop.example/base", "/api/email/verify", "https://shop.example/base/api/email/verify#token=t")]
    [InlineData("PUBLIC_URL=https://shop.example", "https://www.shop.example/verify?lang=en", "https://www.shop.example/verify?lang=en#token=t")]
    [InlineData("WEBSITE_HOSTNAME=app.azurewebsites.net", "verify", "https://app.azurewebsites.net/verify#token=t")]
    [InlineData("WEBSITE_HOSTNAME=localhost:7071", "verify", "http://localhost:7071/verify#token=t")]
    public void Links_lead_to_the_public_address(string setting, string page, string link) =>
        Assert.Equal(link, Read("Production", setting).LinkTo(page, "t").ToString());

    [Theory]
    [InlineData("Production", "Email:SmtpHost=mail.example")]
    [InlineData("Production", "PUBLIC_URL=shop.example"), InlineData("Production", "PUBLIC_URL=ftp://shop.example"), InlineData("Development", "PUBLIC_URL=https://shop.example/?q")]
    [InlineData("Production", "PUBLIC_URL=https://user:password@shop.example")]
    public void An_address_that_is_needed_and_missing_or_wrong_stops_the_start(string environment, string setting) =>
        Assert.StartsWith("PUBLIC_URL", Assert.Throws<InvalidOperationException>(() => Read(environment, setting)).Message, StringComparison.Ordinal);

    [Fact]
    public void Without_mail_no_address_is_needed() => Assert.Null(Read("Production", "Other=x").Value);

    private static PublicUrl Read(string environment, string setting)
    {
        var (name, value) = (setting[..setting.IndexOf('=', StringComparison.Ordinal)], setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        return PublicUrl.FromConfiguration(
            new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [name] = value }).Build(),
            new HostingEnvironment { EnvironmentName = environment });
    }

    private static string HashOf(string html, string element)
    {
        var start = html.IndexOf($"<{element}>", StringComparison.Ordinal) + element.Length + 2;
        return Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(html[start..html.IndexOf($"</{element}>", StringComparison.Ordinal)])));
    }

    [GeneratedRegex("<[^>]+ (on[a-z]+|style)=")]
    private static partial Regex Handler();
}
