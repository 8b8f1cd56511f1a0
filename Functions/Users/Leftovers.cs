using System.Globalization;
using Functions.Data;
using Functions.Messages;
using Functions.Redis.Backoff;
using Functions.Redis.Caching;
using Functions.Redis.Events;
using Functions.Redis.Sessions;
using Functions.Redis.Tasks;
using Functions.Tasks;
using Microsoft.EntityFrameworkCore;

namespace Functions.Users;

/// <summary>What an account leaves behind that does not go with its row: sessions, tasks and their files, events, presence, failed logins.</summary>
/// <remarks>
/// The life of a deletion:
/// <list type="number">
/// <item>The row goes, with all rows that belong to it, and in the same transaction an event is stored that says so.</item>
/// <item>The outbox publishes the event until it has been handled, whatever is away meanwhile. Its handler enqueues a task.</item>
/// <item>The task makes a pass over everything. It may be repeated, as it deletes what it finds; it is, until it has succeeded.</item>
/// <item>What was under way at that time (an upload, a handler that writes its file, a stream that closes) may leave something afterwards. So there are further
/// passes, the last one when nothing of that can still run.</item>
/// </list>
/// </remarks>
public sealed class Leftovers(
    IDbContextFactory<AppDbContext> contexts,
    SessionStore sessions,
    RedisHybridCache cache,
    TaskQueue queue,
    TaskFiles files,
    EventChannels channels,
    Presence presence,
    LoginBackoff backoff)
{
    // Backoff reaches ten minutes: a server may be away for days.
    private const int MaximumAttempts = 999;

    // When passes begin, each after the one before. A function runs for half an hour at most.
    private static readonly TimeSpan[] Passes = [TimeSpan.Zero, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)];

    /// <summary>Enqueues a pass; nothing behind the last one.</summary>
    public async Task EnqueueAsync(LeftoversPayload payload, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(payload);
        if (payload.Pass < Passes.Length)
        {
            await queue.EnqueueAsync(
                TaskNames.DeleteLeftovers, payload, new EnqueueOptions { Delay = Passes[payload.Pass], MaximumAttempts = MaximumAttempts }, cancellationToken);
        }
    }

    /// <summary>Deletes what there is. False if the account exists: then nothing is deleted.</summary>
    public async Task<bool> DeleteAsync(UserDeleted account, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(account);
        var userId = account.UserId;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await context.Users.AnyAsync(user => user.Id == userId, cancellationToken))
        {
            return false;
        }

        // An event of a message that is gone may have been on its way to its recipient.
        await context.Database.ExecuteSqlAsync(
            $"DELETE FROM notifications WHERE id > {account.LastNotification} AND type = {NewMessage.EventType} AND (data ->> 'sender_id') = {Text(userId)}", cancellationToken);
        await cache.RemoveByTagAsync(UserDirectory.Tag(userId), cancellationToken);
        await sessions.CloseAllAsync(Text(userId), cancellationToken: cancellationToken);
        await queue.ForgetOwnerAsync(TaskDesk.OwnerOf(userId), cancellationToken);
        await backoff.ForgetAsync(account.Login, cancellationToken);
        await presence.ForgetAsync(userId, cancellationToken);
        await channels.ForgetAsync(EventNames.User(userId), cancellationToken);

        // Last: it is another server, and without it the rest goes all the same.
        await files.DeleteOfOwnerAsync(TaskDesk.OwnerOf(userId), cancellationToken);
        return true;
    }

    private static string Text(int userId) => userId.ToString(CultureInfo.InvariantCulture);
}
