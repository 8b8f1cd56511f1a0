using System.ComponentModel.DataAnnotations;

namespace Functions.Events;

/// <summary>How the outbox is relayed. Settings: <c>Outbox__…</c>.</summary>
public sealed class OutboxOptions
{
    /// <summary>How many events are published in one go; default 200.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; set; } = 200;

    /// <summary>
    /// After which time an event that was published and not reported as handled is published again, under the same id; default 30 seconds.
    /// Nothing happens where Redis still has it.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "1.00:00:00")]
    public TimeSpan ConfirmAfter { get; set; } = TimeSpan.FromSeconds(30);
}
