using Functions.Data;
using Functions.Http;
using Functions.Redis.Caching;
using Functions.Users;
using Microsoft.EntityFrameworkCore;

namespace Functions.Posts;

/// <summary>Reads and stores posts.</summary>
public sealed class PostBoard(IDbContextFactory<AppDbContext> contexts, UserDirectory users, RedisHybridCache cache, TimeProvider time)
{
    /// <summary>A page of a user's posts, the newest first, or null if there is no such user.</summary>
    public async Task<Page<PostAnswer>?> ListAsync(int userId, PageRequest page, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(page);
        var posts = await contexts.ReadAsync(
            context => page.OfAsync(
                context.Posts
                    .Where(post => post.UserId == userId && (page.After == null || post.Id <= page.After))
                    .OrderByDescending(post => post.Id)
                    .Take(page.Read)
                    .Select(post => new PostAnswer(post.Id, post.Title, post.Body, post.CreatedAt))
                    .AsAsyncEnumerable(),
                post => post.Id),
            cancellationToken);
        return !posts.IsEmpty || await users.FindAsync(userId, cancellationToken) is not null ? posts : null;
    }

    /// <summary>Stores a post, or returns null if its author's account is gone.</summary>
    /// <remarks>Once for all attempts of <paramref name="request"/>, if it is not null.</remarks>
    public async Task<PostAnswer?> CreateAsync(int userId, string title, string body, IReadOnlyList<byte[]>? request, CancellationToken cancellationToken)
    {
        var post = new Post { UserId = userId, Title = title, Body = body, CreatedAt = time.GetUtcNow() };
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        Committed? made;
        try
        {
            made = await context.CommitOnceAsync(request, post.CreatedAt, StoreAsync, cancellationToken);
        }
        catch (Exception exception) when (ServerOutage.IsUnconfirmed(exception))
        {
            await InvalidateAsync();
            throw;
        }

        if (made is null)
        {
            return null;
        }

        await InvalidateAsync();
        // An earlier attempt had the same title and body. The first answer does not change, whatever has become of the post.
        return new PostAnswer((int)made.Id, title, body, made.At);

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
