using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Functions.Http;

/// <summary>
/// Bounds what the process holds for clients that do not take their answers. Where all that is held would exceed
/// <see cref="HttpOptions.MaximumUnsentBytes"/>, the connections that have taken nothing for the longest time are cut.
/// </summary>
/// <remarks>Answers of up to 64 KiB are not counted: the server's own buffer of a connection is as large.</remarks>
public sealed partial class UnsentAnswers(HttpOptions options, ILogger<UnsentAnswers> logger)
{
    /// <summary>Answers from this size on are counted, in bytes.</summary>
    public const int SmallestCounted = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly LinkedList<UnsentAnswer> _byProgress = []; // The one that has taken nothing for the longest time first.
    private long _bytes;

    /// <summary>How many bytes are held now.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Counts an answer until it is disposed of.</summary>
    internal UnsentAnswer Hold(HttpContext http, long bytes)
    {
        var held = new UnsentAnswer(this, http, bytes);
        List<UnsentAnswer> cut = [];
        lock (_lock)
        {
            _bytes += bytes;
            _byProgress.AddLast(held.Node);
            while (_bytes > options.MaximumUnsentBytes && _byProgress.First!.Value is var slowest && slowest != held)
            {
                Remove(slowest);
                cut.Add(slowest);
            }
        }

        foreach (var slow in cut)
        {
            LogCut(slow.Bytes);
            slow.Cut();
        }

        return held;
    }

    internal void Progress(UnsentAnswer held)
    {
        lock (_lock)
        {
            if (held.Node.List is not null)
            {
                _byProgress.Remove(held.Node);
                _byProgress.AddLast(held.Node);
            }
        }
    }

    internal void End(UnsentAnswer held)
    {
        lock (_lock)
        {
            Remove(held);
        }
    }

    private void Remove(UnsentAnswer held)
    {
        if (held.Node.List is not null)
        {
            _byProgress.Remove(held.Node);
            _bytes -= held.Bytes;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "A connection that does not take its answer of {Bytes} bytes was cut: other answers need the memory.")]
    private partial void LogCut(long bytes);
}
