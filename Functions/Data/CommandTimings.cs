using System.Data.Common;
using Functions.Observability;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Functions.Data;

/// <summary>Counts the SQL commands of a request whose timings are collected. All commands of the application are asynchronous.</summary>
internal sealed class CommandTimings : DbCommandInterceptor
{
    public override ValueTask<DbDataReader> ReaderExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default) => Count(eventData, result);

    public override ValueTask<int> NonQueryExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, int result, CancellationToken cancellationToken = default) => Count(eventData, result);

    public override ValueTask<object?> ScalarExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, object? result, CancellationToken cancellationToken = default) => Count(eventData, result);

    private static ValueTask<T> Count<T>(CommandExecutedEventData executed, T result)
    {
        RequestTimings.AddSql(executed.Duration);
        return ValueTask.FromResult(result);
    }
}
