using System.Text;

namespace Functions.Redis.Sessions;

/// <summary>An open session, as it was when it was read.</summary>
public sealed class Session
{
    private readonly ReadOnlyMemory<byte> _metadata;
    private readonly ReadOnlyMemory<byte> _data;

    internal Session(
        string id,
        string userId,
        DateTimeOffset createdAt,
        DateTimeOffset lastActivity,
        DateTimeOffset expiresAt,
        ReadOnlyMemory<byte> metadata,
        ReadOnlyMemory<byte> data)
    {
        (Id, UserId, CreatedAt, LastActivity, ExpiresAt) = (id, userId, createdAt, lastActivity, expiresAt);
        (_metadata, _data) = (metadata, data);
    }

    /// <summary>A handle by which the session can be listed and closed; it does not open it.</summary>
    public string Id { get; }

    /// <summary>Whose session it is.</summary>
    public string UserId { get; }

    /// <summary>When it was opened, by Redis' clock.</summary>
    public DateTimeOffset CreatedAt { get; }

    /// <summary>When it was last used, as far as that has been written (see <see cref="SessionOptions.TouchInterval"/>).</summary>
    public DateTimeOffset LastActivity { get; }

    /// <summary>When it ends at the latest.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>What the caller gave at creation, such as address and user agent. Parsed when it is first asked for, as most requests do not.</summary>
    public IReadOnlyDictionary<string, string> Metadata => field ??= SessionRecord.ParseMetadata(_metadata.Span);

    /// <summary>What the application keeps with the session, read together with it. At most 4 KB.</summary>
    public SessionData Data => field ??= _data.IsEmpty ? SessionData.Empty : new SessionData(Encoding.UTF8.GetString(_data.Span));
}
