using Functions.Tests.Servers;
using Npgsql;

namespace Functions.Tests.Application;

/// <summary>Holds rows or tables of an application's database locked, so that a request stops where a test wants it.</summary>
public sealed class RowLock : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(8);

    private readonly TestApplication _application;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private RowLock(TestApplication application, NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        (_application, _connection, _transaction) = (application, connection, transaction);

    /// <summary>Runs <paramref name="sql"/> in a transaction that stays open.</summary>
    public static async Task<RowLock> TakeAsync(TestApplication application, string sql)
    {
        var connection = new NpgsqlConnection(application.Postgres);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return new RowLock(application, connection, transaction);
    }

    /// <summary>Returns when somebody waits for the lock.</summary>
    public Task WaitUntilBlockingAsync() => TestPolling.EventuallyAsync(
        async () => await _application.QueryAsync<long>($"SELECT count(*) FROM pg_stat_activity WHERE {Blocked}") > 0, Deadline, "somebody to wait for the lock");

    /// <summary>Returns when so many commands of the database wait for a lock, this one or that of another who waits.</summary>
    public Task WaitUntilBlockingAsync(int waiting) => TestPolling.EventuallyAsync(
        async () => await _application.QueryAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0") >= waiting,
        Deadline,
        $"{waiting} to wait for a lock");

    /// <summary>Ends the database connections that wait for the lock, as a restart of the server would.</summary>
    public async Task TerminateBlockedAsync() =>
        Assert.NotEqual(0, await _application.QueryAsync<long>($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {Blocked}"));

    /// <summary>Gives the lock free, with what was changed under it.</summary>
    public Task CommitAsync() => _transaction.CommitAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private string Blocked => $"{_connection.ProcessID} = ANY(pg_blocking_pids(pid))";
}
