using Functions.LocalHost;

namespace Functions.Tests.LocalHost;

public sealed class LocalHostOptionsTests
{
    [Fact]
    public void Without_arguments_the_defaults_apply()
    {
        Assert.True(LocalHostOptions.TryParse([], out var options, out _));

        Assert.Equal(new LocalHostOptions { Port = 7071, DemoData = true, Help = false }, options);
    }

    [Fact]
    public void Every_option_is_understood()
    {
        Assert.True(LocalHostOptions.TryParse(["--port", "8080", "--no-demo-data", "--verbose", "--write-openapi", "--help"], out var options, out _));

        Assert.Equal(new LocalHostOptions { Port = 8080, DemoData = false, Verbose = true, WriteOpenApi = true, Help = true }, options);
    }

    [Theory]
    [InlineData("--port")]
    [InlineData("--port", "http")]
    [InlineData("--port", "-1")]
    [InlineData("--port", "65536")]
    [InlineData("--port", "")]
    public void A_malformed_port_is_named(params string[] args)
    {
        Assert.False(LocalHostOptions.TryParse(args, out _, out var error));

        Assert.Equal("Option --port needs a number from 0 to 65535.", error);
    }

    [Fact]
    public void An_unknown_option_is_named()
    {
        Assert.False(LocalHostOptions.TryParse(["--no-demo-data", "--prot", "1"], out _, out var error));

        Assert.Equal("Unknown option '--prot'. Use --help to see the options.", error);
    }
}
