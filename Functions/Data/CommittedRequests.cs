using System.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Functions.Data;

/// <summary>Changes that happen once per request, however often it is repeated and whatever its earlier attempts were answered.</summary>
internal static class CommittedRequests
{
    /// <summary>How long a request is remembered: longer than its <c>Idempotency-Key</c> is.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromHours(25);

    /// <summary>Makes something in a transaction; returns its id and time, or those of what an earlier attempt of the request has made.</summary>
    /// <param name="context">A context without changes.</param>
    /// <param name="request">
    /// Digests of the request, by all of which it is remembered and by any of which it is recognized; null if it has no <c>Idempotency-Key</c>.
    /// </param>
    /// <param name="now">The time.</param>
    /// <param name="make">Makes it and returns its id, or null for nothing. What it leaves unsaved is saved.</param>
    /// <param name="cancellationToken">Cancels before the commit.</param>
    /// <returns>Null if <paramref name="make"/> returned null, and no earlier attempt has made anything.</returns>
    public static async Task<Committed?> CommitOnceAsync(
        this AppDbContext context, IReadOnlyList<byte[]>? request, DateTimeOffset now, Func<Task<long?>> make, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        try
        {
            if (await make() is not { } id)
            {
                // What it needs may have gone since an earlier attempt.
                await transaction.RollbackAsync(cancellationToken);
                return request is null ? null : await FindAsync(context, request, cancellationToken);
            }

            if (request is not null)
            {
                context.AddRange(request.Select(digest => new CommittedRequest { Digest = digest, ResultId = id, CreatedAt = now }));
            }

            await context.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(CancellationToken.None);
            return new Committed(id, now);
        }
        catch (DbUpdateException exception) when (request is not null && exception.IsUniqueViolationOf<CommittedRequest>(context))
        {
            await transaction.RollbackAsync(cancellationToken);
            return await FindAsync(context, request, cancellationToken);
        }
        catch (InvalidOperationException exception) when (context.Database.GetDbConnection().State != ConnectionState.Open)
        {
            // What the provider says of a transaction whose connection was lost between two commands.
            throw new NpgsqlException("The connection to PostgreSQL was lost during a transaction.", new IOException(exception.Message, exception));
        }
    }

    private static async Task<Committed?> FindAsync(AppDbContext context, IReadOnlyList<byte[]> request, CancellationToken cancellationToken) =>
        await context.Set<CommittedRequest>().AsNoTracking()
            .Where(row => request.Contains(row.Digest))
            .Select(row => new Committed(row.ResultId, row.CreatedAt))
            .FirstOrDefaultAsync(cancellationToken);
}
