using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Functions.Data;

/// <summary>Tells which rule of the database a change broke.</summary>
internal static class DbUpdateExceptionExtensions
{
    public static bool IsUniqueViolation(this DbUpdateException exception) => Is(exception, PostgresErrorCodes.UniqueViolation);

    /// <summary>Whether there is a row with that primary key already.</summary>
    public static bool IsUniqueViolationOf<TEntity>(this DbUpdateException exception, DbContext context) where TEntity : class =>
        exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } postgres
        && postgres.TableName == context.Model.FindEntityType(typeof(TEntity))!.GetTableName();

    public static bool IsForeignKeyViolation(this DbUpdateException exception) => Is(exception, PostgresErrorCodes.ForeignKeyViolation);

    /// <summary>Whether the row was deleted after it was read.</summary>
    public static bool IsRowGone(this DbUpdateException exception) => exception is DbUpdateConcurrencyException;

    private static bool Is(DbUpdateException exception, string code) =>
        exception.InnerException is PostgresException postgres && postgres.SqlState == code;
}
