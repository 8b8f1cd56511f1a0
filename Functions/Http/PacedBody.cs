using Microsoft.AspNetCore.Http;

namespace Functions.Http;

/// <summary>The body of a request, read only as long as it comes in at a pace; afterwards reading fails with status 408.</summary>
/// <remarks>
/// Servers have such a limit of their own, but behind the Functions host it is the host that sends the body on, at its own discretion. Only the time that is spent waiting for the
/// client counts, not what is done with the bytes in between.
/// </remarks>
/// <param name="body">The body as the server gives it.</param>
/// <param name="patience">How long nothing may come, and how long the body may be behind its pace.</param>
/// <param name="bytesPerSecond">The pace.</param>
/// <param name="time">The clock.</param>
internal sealed class PacedBody(Stream body, TimeSpan patience, int bytesPerSecond, TimeProvider time) : Stream
{
    private readonly CancellationTokenSource _end = new(Timeout.InfiniteTimeSpan, time);
    private TimeSpan _waited;
    private long _received;

    /// <summary>Whether reading has failed as the body did not come.</summary>
    public bool IsTooSlow { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var ahead = TimeSpan.FromSeconds((double)_received / bytesPerSecond) - _waited;
        _end.CancelAfter(ahead < TimeSpan.Zero ? (patience + ahead > TimeSpan.Zero ? patience + ahead : TimeSpan.Zero) : patience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _end.Token);
        var start = time.GetTimestamp();
        try
        {
            var read = await body.ReadAsync(buffer, either.Token);
            _received += read;
            return read;
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            IsTooSlow = true;
            throw new BadHttpRequestException("The body did not come in time.", StatusCodes.Status408RequestTimeout);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            throw new BadHttpRequestException("The connection was lost before the body was complete.", StatusCodes.Status400BadRequest, exception);
        }
        finally
        {
            _waited += time.GetElapsedTime(start);
            _end.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _end.Dispose(); // The body is the server's.
        }

        base.Dispose(disposing);
    }
}
