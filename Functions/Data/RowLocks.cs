using Microsoft.EntityFrameworkCore;

namespace Functions.Data;

/// <summary>Rows that nobody else changes while a transaction decides about them.</summary>
internal static class RowLocks
{
    /// <summary>Reads a row as it is once all changes before have ended, and keeps others from changing it until the transaction ends.</summary>
    /// <returns>The row, tracked; null if there is none.</returns>
    public static async Task<TEntity?> FindForUpdateAsync<TEntity>(this AppDbContext context, int id, CancellationToken cancellationToken) where TEntity : class
    {
        // As strong as an UPDATE takes it: rows that refer to this one can be inserted meanwhile.
        var sql = $"SELECT * FROM {context.Model.FindEntityType(typeof(TEntity))!.GetTableName()} WHERE id = {{0}} FOR NO KEY UPDATE";
        return (await context.Set<TEntity>().FromSqlRaw(sql, id).ToListAsync(cancellationToken)).SingleOrDefault();
    }
}
