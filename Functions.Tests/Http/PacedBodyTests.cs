using System.IO.Pipelines;
using Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Functions.Tests.Http;

/// <summary>With a minute of patience and 1,000 bytes per second.</summary>
public sealed class PacedBodyTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Instant = TimeSpan.FromTicks(1);

    private readonly FakeTimeProvider _time = new();
    private readonly Pipe _client = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly PacedBody _body;

    public PacedBodyTests() => _body = new PacedBody(_client.Reader.AsStream(), Patience, 1000, _time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _body.Dispose();

    [Fact]
    public async Task A_body_that_stops_is_given_up_after_a_minute()
    {
        await ReceiveAsync(100_000);
        var read = ReadAsync();

        _time.Advance(Patience - Instant);
        Assert.False(read.IsCompleted);
        _time.Advance(Instant);

        await AssertTooSlowAsync(read);
    }

    [Fact]
    public async Task A_body_that_trickles_is_given_up_when_it_is_a_minute_behind()
    {
        for (var i = 0; i < 2; i++)
        {
            var read = ReadAsync();
            _time.Advance(TimeSpan.FromSeconds(30));
            await _client.Writer.WriteAsync(new byte[1], Cancellation);
            Assert.Equal(1, await read);
        }

        var last = ReadAsync();
        _time.Advance(TimeSpan.FromMilliseconds(3));

        await AssertTooSlowAsync(last);
    }

    [Fact]
    public async Task A_body_at_its_pace_is_read_to_its_end_however_long_that_takes()
    {
        for (var i = 0; i < 100; i++)
        {
            var read = ReadAsync();
            _time.Advance(TimeSpan.FromSeconds(50));
            await _client.Writer.WriteAsync(new byte[50_000], Cancellation);
            Assert.Equal(50_000, await read);
        }

        await _client.Writer.CompleteAsync();
        Assert.Equal(0, await ReadAsync());
        Assert.False(_body.IsTooSlow);
    }

    [Fact]
    public async Task The_time_that_the_application_takes_is_not_counted()
    {
        await ReceiveAsync(1);
        _time.Advance(TimeSpan.FromHours(1));
        await ReceiveAsync(1);

        var read = ReadAsync();
        _time.Advance(Patience - Instant);

        Assert.False(read.IsCompleted);
        await _client.Writer.WriteAsync(new byte[1], Cancellation);
        Assert.Equal(1, await read);
    }

    [Fact]
    public async Task Who_stops_reading_gets_a_cancellation_and_no_answer()
    {
        using var caller = new CancellationTokenSource();
        var read = _body.ReadAsync(new byte[10], caller.Token).AsTask();

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        Assert.False(_body.IsTooSlow);
    }

    [Fact]
    public async Task A_lost_connection_is_an_error_of_the_request()
    {
        await _client.Writer.CompleteAsync(new IOException("Reset."));

        var exception = await Assert.ThrowsAsync<BadHttpRequestException>(ReadAsync);

        Assert.Equal(StatusCodes.Status400BadRequest, exception.StatusCode);
    }

    private async Task ReceiveAsync(int bytes)
    {
        await _client.Writer.WriteAsync(new byte[bytes], Cancellation);
        Assert.Equal(bytes, await ReadAsync());
    }

    private async Task<int> ReadAsync() => await _body.ReadAsync(new byte[100_000], Cancellation);

    private async Task AssertTooSlowAsync(Task<int> read)
    {
        var exception = await Assert.ThrowsAsync<BadHttpRequestException>(() => read);
        Assert.Equal(StatusCodes.Status408RequestTimeout, exception.StatusCode);
        Assert.True(_body.IsTooSlow);
    }
}
