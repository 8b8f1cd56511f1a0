using Xunit.Sdk;

namespace Functions.Tests.Servers;

public sealed class TestPollingTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Returns_as_soon_as_the_condition_holds()
    {
        var calls = 0;

        await TestPolling.EventuallyAsync(() => Task.FromResult(++calls == 3), TimeSpan.FromSeconds(10), "the third call");

        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task A_failure_says_what_was_awaited_and_what_the_last_attempt_threw()
    {
        var exception = await Assert.ThrowsAsync<FailException>(() =>
            TestPolling.EventuallyAsync(() => throw new InvalidOperationException("not there yet"), Short, "the moon"));

        Assert.Contains("Waited 0.1 s in vain for the moon.", exception.Message, StringComparison.Ordinal);
        Assert.Contains("not there yet", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_condition_that_hangs_fails_at_the_deadline()
    {
        await Assert.ThrowsAsync<FailException>(() =>
            TestPolling.EventuallyAsync(() => new TaskCompletionSource<bool>().Task, Short, "an answer"));
    }
}
