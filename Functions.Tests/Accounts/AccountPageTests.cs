using System.Net;
using Functions.Accounts;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;

namespace Functions.Tests.Accounts;

/// <summary>Where links in mails lead.</summary>
public sealed class AccountPageTests(TestApplications applications)
{
    [Theory, InlineData("email/verify", "Verify your e-mail address"), InlineData("password/reset", "Set a new password")]
    public async Task A_page_is_there_for_everybody(string path, string heading)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        var response = await client.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains($"<h1>{heading}</h1>", await response.TextAsync(), StringComparison.Ordinal);
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
}
