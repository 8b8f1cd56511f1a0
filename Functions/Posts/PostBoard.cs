using Functions.Data;
using Functions.Http;
using Functions.Redis.Caching;
using Functions.Users;
using Microsoft.EntityFrameworkCore;

namespace Functions.Posts;

/// <summary>Reads and stores posts.</summary>
public sealed class PostBoard(IDbContextFactory<AppDbContext> contexts, RedisHybridCache cache, TimeProvider time)
{
    /// <summary>A page of a user's posts, the newest first, or null if there is no such user.</summary>
    public async Task<Page<PostAnswer>?> ListAsync(int userId, PageRequest page, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(page);
        return await contexts.ReadAsync(
            async context =>
            {
                var posts = await context.Posts
                    .Where(post => post.UserId == userId && (page.After == null || post.Id < page.After))
                    .OrderByDescending(post => post.Id)
                    .Take(page.Limit + 1)
                    .Select(post => new PostAnswer(post.Id, post.Title, post.Body, post.CreatedAt))
                    .ToListAsync(cancellationToken);
                return posts.Count > 0 || await context.Users.AnyAsync(user => user.Id == userId, cancellationToken)
                    ? page.Of(posts, post => post.Id)
                    : null;
            },
            cancellationToken);
    }

    /// <summary>Stores a post, or returns null if its author's account is gone.</summary>
    /// <remarks>Once for all attempts of <paramref name="request"/>, if it is not null.</remarks>
    public async Task<PostAnswer?> CreateAsync(int userId, string title, string body, byte[]? request, CancellationToken cancellationToken)
    {
        var post = new Post { UserId = userId, Title = title, Body = body, CreatedAt = time.GetUtcNow() };
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        long? id;
        try
        {
            id = await context.CommitOnceAsync(request, post.CreatedAt, StoreAsync, cancellationToken);
        }
        catch (Exception exception) when (ServerOutage.IsUnconfirmed(exception))
        {
            await InvalidateAsync();
            throw;
        }

        if (id is null)
        {
            return null;
        }

        await InvalidateAsync();
        // That of an earlier attempt may have been made a little earlier.
        var stored = id == post.Id ? post : await context.Posts.AsNoTracking().FirstOrDefaultAsync(earlier => earlier.Id == id, cancellationToken);
        return stored is null ? null : new PostAnswer(stored.Id, stored.Title, stored.Body, stored.CreatedAt);

        ValueTask InvalidateAsync() => cache.RemoveByTagAsync(UserDirectory.Tag(userId), CancellationToken.None);

        async Task<long?> StoreAsync()
        {
            context.Add(post);
            try
            {
                await context.SaveChangesAsync(cancellationToken);
                return post.Id;
            }
            catch (DbUpdateException exception) when (exception.IsForeignKeyViolation())
            {
                return null;
            }
        }
    }
}
