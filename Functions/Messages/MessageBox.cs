using Functions.Data;
using Functions.Events;
using Functions.Http;
using Microsoft.EntityFrameworkCore;

namespace Functions.Messages;

/// <summary>Stores messages, each with the event that tells its recipient, and lists them.</summary>
public sealed class MessageBox(IDbContextFactory<AppDbContext> contexts, Outbox outbox, TimeProvider time)
{
    /// <summary>Stores a message; returns its id, or null if the recipient, or by now the sender, does not exist.</summary>
    public Task<long?> SendAsync(int senderId, int recipientId, string content, CancellationToken cancellationToken) =>
        SendAsync(senderId, recipientId, content, request: null, cancellationToken);

    /// <summary>The same, once for all attempts of <paramref name="request"/>.</summary>
    public async Task<long?> SendAsync(int senderId, int recipientId, string content, IReadOnlyList<byte[]>? request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        var message = new Message { SenderId = senderId, RecipientId = recipientId, Content = content, CreatedAt = time.GetUtcNow() };
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var made = await context.CommitOnceAsync(request, message.CreatedAt, StoreAsync, cancellationToken);
        outbox.Committed();
        return made?.Id;

        async Task<long?> StoreAsync()
        {
            context.Add(message);
            try
            {
                await context.SaveChangesAsync(cancellationToken);
            }
            catch (DbUpdateException exception) when (exception.IsForeignKeyViolation())
            {
                return null;
            }

            outbox.AddForUser(context, recipientId, NewMessage.EventType, new NewMessage(message.Id, senderId, NewMessage.PreviewOf(content)));
            return message.Id;
        }
    }

    /// <summary>A page of the messages that a user has sent or received, the newest first.</summary>
    public async Task<Page<MessageAnswer>> ListAsync(int userId, PageRequest page, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(page);
        return await contexts.ReadAsync(
            context => page.OfAsync(
                context.Messages
                    .Where(message => (message.RecipientId == userId || message.SenderId == userId) && (page.After == null || message.Id <= page.After))
                    .OrderByDescending(message => message.Id)
                    .Take(page.Read)
                    .Select(message => new MessageAnswer(message.Id, message.SenderId, message.RecipientId, message.Content, message.CreatedAt))
                    .AsAsyncEnumerable(),
                message => message.Id),
            cancellationToken);
    }
}
