namespace Functions.Tests.Faults.MixedLoad;

/// <summary>Something that a client wants to happen once, with all attempts to get an answer for it.</summary>
/// <param name="kind">What it does.</param>
/// <param name="userId">Who does it.</param>
/// <param name="marker">What it leaves behind, unlike anything else: the text of a message, the subject of an e-mail.</param>
internal sealed class LoadWrite(LoadKind kind, int userId, string marker)
{
    public LoadKind Kind => kind;

    public int UserId => userId;

    public string Marker => marker;

    /// <summary>For updates: which of its kind by this client.</summary>
    public int Version { get; init; }

    /// <summary>Has been answered with success: it must have happened, once.</summary>
    public bool IsAcknowledged { get; private set; }

    /// <summary>Has been answered with a mistake of the caller: it must not have happened.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>
    /// 503, 409 (an earlier attempt is still running), and no answer at all leave open what happened: it may have happened, but not twice.
    /// </summary>
    public bool IsOpen => !IsAcknowledged && !IsRefused;

    /// <summary>What the answer named: the message, or the task.</summary>
    public string? Id { get; private set; }

    /// <summary>When the answer came, since the load began.</summary>
    public TimeSpan AcknowledgedAt { get; private set; }

    public int LastStatus { get; private set; }

    public void Answer(int status, string? id, TimeSpan at)
    {
        LastStatus = status;
        if (status is >= 200 and < 300)
        {
            (IsAcknowledged, Id, AcknowledgedAt) = (true, id, at);
        }
        else if (status is >= 400 and < 500 and not (401 or 409 or 429))
        {
            IsRefused = true;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Kind} {Marker} ({Id ?? "no id"}, acknowledged at {AcknowledgedAt.TotalSeconds:0.00} s, last answer {LastStatus})");
}
