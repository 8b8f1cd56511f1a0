using Functions.Http;
using Microsoft.AspNetCore.Http;

namespace Functions.Tests.Http;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData(0, "http", "https", false)]
    [InlineData(0, "https", "http", true)]
    [InlineData(1, "http", "https", true)]
    [InlineData(1, "http", "HTTPS", true)]
    [InlineData(1, "http", null, false)]
    [InlineData(1, "https", null, true)]
    [InlineData(1, "https", "http", false)]
    [InlineData(1, "http", "https,http", false)]
    [InlineData(1, "http", "http, https", true)]
    [InlineData(2, "http", "https,http", true)]
    [InlineData(2, "http", " https , http ", true)]
    [InlineData(2, "http", "https", true)]
    [InlineData(2, "http", "https,http,http", false)]
    [InlineData(2, "http", "http,https,http", true)]
    [InlineData(1, "http", "ftp", false)]
    [InlineData(1, "https", "", true)]
    [InlineData(1, "https", "nonsense", true)]
    public void The_scheme_is_what_the_outermost_trusted_proxy_saw(int hops, string connection, string? header, bool expected)
    {
        var http = new DefaultHttpContext();
        http.Request.Scheme = connection;
        if (header is not null)
        {
            http.Request.Headers["X-Forwarded-Proto"] = header;
        }

        Assert.Equal(expected, new ClientAddress(new HttpOptions { TrustedProxyHops = hops }).IsHttps(http));
    }

    [Fact]
    public void Several_lines_of_a_header_are_one_list()
    {
        var http = new DefaultHttpContext();
        http.Request.Headers["X-Forwarded-Proto"] = new(["http", "https, http"]);

        Assert.True(new ClientAddress(new HttpOptions { TrustedProxyHops = 2 }).IsHttps(http));
        Assert.False(new ClientAddress(new HttpOptions { TrustedProxyHops = 3 }).IsHttps(http));
    }
}
