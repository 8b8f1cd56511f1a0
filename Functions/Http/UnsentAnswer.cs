using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Functions.Http;

/// <summary>An answer that is being sent; see <see cref="UnsentAnswers"/>.</summary>
internal sealed class UnsentAnswer : IDisposable
{
    private const int PieceBytes = 16 * 1024;

    private readonly UnsentAnswers _all;
    private readonly HttpContext _http;

    public UnsentAnswer(UnsentAnswers all, HttpContext http, long bytes)
    {
        (_all, _http, Bytes) = (all, http, bytes);
        Node = new LinkedListNode<UnsentAnswer>(this);
    }

    public long Bytes { get; }

    public LinkedListNode<UnsentAnswer> Node { get; }

    /// <summary>Writes a body as fast as the client takes it; what the client has not taken is not copied into buffers.</summary>
    public async Task WriteAsync(PipeWriter writer, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        FlushResult flushed = default;
        for (var offset = 0; offset < body.Length && !flushed.IsCompleted; offset += PieceBytes)
        {
            flushed = await writer.WriteAsync(body.Slice(offset, Math.Min(PieceBytes, body.Length - offset)), cancellationToken);
            _all.Progress(this);
        }
    }

    /// <summary>Cuts the connection.</summary>
    public void Cut() => _http.Abort();

    public void Dispose() => _all.End(this);
}
