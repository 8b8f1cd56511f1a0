using System.Net;
using System.Text.RegularExpressions;
using Functions.Observability;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace Functions.Tests.Observability;

/// <summary>The header that tells what a request asked for underneath.</summary>
public sealed partial class ServerTimingTests(TestApplications applications, RedisServers servers)
{
    private static readonly DateTime Noon = new(2026, 11, 28, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public async Task A_miss_asks_PostgreSQL_and_a_hit_asks_Redis_alone()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();
        using var admin = await (await applications.GetAsync(RedisKind.Garnet)).CreateClient().AsAdminAsync();
        var product = await (await admin.PostAsync("products", new { name = "Timed", price = 1, category_id = 1 })).JsonAsync();
        var path = $"products/{product.GetProperty("id").GetInt32()}";

        using var miss = await client.GetAsync(path);
        using var hit = await client.GetAsync(path);

        Assert.Matches(WithSql(), miss.Header("Server-Timing"));
        Assert.Matches(RedisAlone(), hit.Header("Server-Timing"));
    }

    [Fact]
    public async Task What_asks_nobody_tells_its_time_alone()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        using var response = await client.GetAsync("health/live");

        Assert.Matches(Total(), response.Header("Server-Timing"));
    }

    [Theory]
    [InlineData("Production", null, false)]
    [InlineData("Production", "true", true)]
    [InlineData("Development", "false", false)]
    public async Task Production_does_not_tell_unless_a_setting_says_so(string environment, string? setting, bool tells)
    {
        await using var app = await applications.StartNewAsync(
            (await servers.GetAsync(RedisKind.Garnet)).ConnectionString,
            new Dictionary<string, string?> { ["AZURE_FUNCTIONS_ENVIRONMENT"] = environment, ["Http__ServerTiming"] = setting });
        using var client = app.CreateClient();

        using var response = await client.GetAsync("products/1");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(tells, response.Header("Server-Timing") is not null);
    }

    [Theory]
    [InlineData("0+5", 1, 5)]
    [InlineData("0+5 1+2", 1, 5)] // One within the other.
    [InlineData("0+5 3+6", 1, 9)] // Sent while the first was under way.
    [InlineData("3+6 0+5", 1, 9)]
    [InlineData("0+5 5+5", 2, 10)] // Sent when the first was answered.
    [InlineData("0+5 20+5 21+9", 2, 15)]
    [InlineData("", 0, 0)]
    public void Commands_that_are_under_way_together_are_one_round_trip(string commands, int count, int milliseconds)
    {
        var (trips, waited) = RequestTimings.RoundTripsOf(commands.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(command =>
            command.Split('+').Select(int.Parse).ToArray() is [var begin, var time] ? new Command(Noon.AddMilliseconds(begin), TimeSpan.FromMilliseconds(time)) : throw new FormatException()));

        Assert.Equal((count, TimeSpan.FromMilliseconds(milliseconds)), (trips, waited));
    }

    [Fact]
    public void What_a_request_has_begun_and_nobody_waits_for_is_not_kept_for_good()
    {
        var timings = RequestTimings.Begin(TimeProvider.System);
        Assert.NotNull(RequestTimings.RedisCommands());

        timings.Finish();

        Assert.Null(RequestTimings.RedisCommands()); // In the same context, as a timer has that the request made.
    }

    [GeneratedRegex("""^redis;desc="\d+ commands in \d+ round trips?";dur=[\d.]+, postgres;desc="1 command";dur=[\d.]+, total;dur=[\d.]+$""")]
    private static partial Regex WithSql();

    [GeneratedRegex("""^redis;desc="\d+ commands in \d+ round trips?";dur=[\d.]+, total;dur=[\d.]+$""")]
    private static partial Regex RedisAlone();

    [GeneratedRegex(@"^total;dur=[\d.]+$")]
    private static partial Regex Total();

    private sealed record Command(DateTime CommandCreated, TimeSpan ElapsedTime) : IProfiledCommand
    {
        public EndPoint EndPoint => throw new NotSupportedException();

        public int Db => throw new NotSupportedException();

        string IProfiledCommand.Command => throw new NotSupportedException();

        public CommandFlags Flags => throw new NotSupportedException();

        public TimeSpan CreationToEnqueued => throw new NotSupportedException();

        public TimeSpan EnqueuedToSending => throw new NotSupportedException();

        public TimeSpan SentToResponse => throw new NotSupportedException();

        public TimeSpan ResponseToCompletion => throw new NotSupportedException();

        public IProfiledCommand? RetransmissionOf => throw new NotSupportedException();

        public RetransmissionReasonType? RetransmissionReason => throw new NotSupportedException();
    }
}
