using System.Text.Json;
using Functions.Data;
using Functions.Http;
using Microsoft.EntityFrameworkCore;

namespace Functions.Notifications;

/// <summary>The users' notifications. As a sender of pushes it stores them; open event streams have the event itself.</summary>
public sealed class NotificationList(IDbContextFactory<AppDbContext> contexts) : IPushSender
{
    /// <summary>Stores a notification, once per event; nothing if the user is gone.</summary>
    public async Task SendAsync(Push push, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(push);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO notifications (user_id, event_id, type, data, created_at, is_read)
            SELECT id, {push.EventId}, {push.Type}, {push.Data.GetRawText()}::json, {push.CreatedAt.ToUniversalTime()}, false FROM users WHERE id = {push.UserId}
            ON CONFLICT (event_id) DO NOTHING
            """,
            cancellationToken);
    }

    /// <summary>A page of a user's notifications, the newest first.</summary>
    public async Task<Page<NotificationAnswer>> ListAsync(int userId, PageRequest page, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(page);
        return await contexts.ReadAsync(
            context => page.OfAsync(
                context.Notifications.AsNoTracking()
                    .Where(notification => notification.UserId == userId && (page.After == null || notification.Id <= page.After))
                    .OrderByDescending(notification => notification.Id)
                    .Take(page.Read)
                    .AsAsyncEnumerable()
                    .Select(notification => new NotificationAnswer(
                        notification.Id, notification.Type, JsonElement.Parse(notification.Data), notification.CreatedAt, notification.IsRead)),
                notification => notification.Id),
            cancellationToken);
    }

    /// <summary>Marks a user's notification as read; false if the user has none with that id.</summary>
    public async Task<bool> MarkReadAsync(int userId, long id, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Notifications
            .Where(notification => notification.Id == id && notification.UserId == userId)
            .ExecuteUpdateAsync(set => set.SetProperty(notification => notification.IsRead, true), cancellationToken) > 0;
    }
}
