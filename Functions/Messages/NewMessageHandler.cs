using System.Globalization;
using System.Text.Json;
using Functions.Http;
using Functions.Notifications;
using Functions.Redis.Events;

namespace Functions.Messages;

/// <summary>Tells a user of a new message, in every way that is registered.</summary>
public sealed class NewMessageHandler(IEnumerable<IPushSender> senders) : IEventHandler<NewMessage>
{
    private const string Prefix = "user:";

    /// <inheritdoc/>
    public async Task HandleAsync(ReceivedEvent<NewMessage> received, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(received);
        var push = new Push(
            RecipientOf(received.Channel), received.Id, NewMessage.EventType, JsonSerializer.SerializeToElement(received.Data, ApiJson.Options), received.Timestamp);
        var failures = new List<Exception>();
        foreach (var sender in senders)
        {
            try
            {
                await sender.SendAsync(push, cancellationToken);
            }
#pragma warning disable CA1031 // One way to tell that fails is no reason to leave out the others.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failures.Add(exception);
            }
        }

        if (failures.Count > 0)
        {
            throw failures.Count == 1 ? failures[0] : new AggregateException(failures);
        }
    }

    private static int RecipientOf(string channel) =>
        channel.StartsWith(Prefix, StringComparison.Ordinal) && int.TryParse(channel.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw new FormatException($"A message is for one user: '{channel}' is not the channel of one.");
}
