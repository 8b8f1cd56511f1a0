using System.Diagnostics;
using System.Net;
using Functions.Data;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Functions.Tests.Data;

/// <summary>What is tried again, and what is not, when a real server goes away.</summary>
public sealed class DatabaseRetryTests(TestDatabases databases) : IClassFixture<TestDatabases>, IAsyncLifetime
{
    private const int Pool = 8;

    private string _direct = "";
    private TcpProxy _proxy = null!;
    private TestContexts _contexts = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _direct = await databases.CreateAsync();
        var server = new NpgsqlConnectionStringBuilder(_direct) { MaxPoolSize = Pool };
        _proxy = TcpProxy.Start(new IPEndPoint(IPAddress.Loopback, server.Port));
        (server.Host, server.Port, server.Timeout) = ("127.0.0.1", _proxy.Endpoint.Port, 2);
        _contexts = new TestContexts(server.ConnectionString);
    }

    public async ValueTask DisposeAsync() => await _proxy.DisposeAsync();

    [Fact]
    public async Task Reads_do_not_notice_that_every_connection_of_the_pool_is_lost()
    {
        for (var round = 0; round < 3; round++)
        {
            await FillPoolAsync();
            if (round == 0)
            {
                _proxy.CutConnections();
            }
            else
            {
                await ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
            }

            var counts = await Task.WhenAll(Enumerable.Range(0, 2 * Pool).Select(_ => CountAsync()));

            Assert.All(counts, count => Assert.Equal(10, count));
        }
    }

    [Fact]
    public async Task Reads_and_writes_wait_for_a_server_that_comes_back_soon()
    {
        _proxy.RefuseConnections();
        var reads = Task.WhenAll(Enumerable.Range(0, 2 * Pool).Select(_ => CountAsync()));
        var write = AddAsync("Late");
        await Task.Delay(700, Cancellation); // Longer than the first attempts take.
        Assert.False(reads.IsCompleted || write.IsCompleted);

        _proxy.Resume();

        await reads;
        await write;
        Assert.Equal(1, await CountAsync("Late"));
    }

    [Fact]
    public async Task A_server_that_stays_away_is_not_asked_for_every_request()
    {
        _proxy.RefuseConnections();
        var first = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Assert.ThrowsAsync<DatabaseUnreachableException>(() => CountAsync())));
        Assert.All(first, failure => Assert.True(ServerOutage.Includes(failure)));

        var elapsed = Stopwatch.StartNew();
        var next = await Assert.ThrowsAsync<DatabaseUnreachableException>(() => AddAsync("Nowhere"));

        Assert.Contains("a moment ago", next.Message, StringComparison.Ordinal);
        Assert.InRange(elapsed.ElapsedMilliseconds, 0, 900);
        _proxy.Resume();
        await TestPolling.EventuallyAsync(async () =>
        {
            try
            {
                return await CountAsync() == 10;
            }
            catch (DatabaseUnreachableException)
            {
                return false;
            }
        }, TimeSpan.FromSeconds(5), "the server to be asked again");
        Assert.Equal(0, await CountAsync("Nowhere"));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_not_waited_for_twice()
    {
        _proxy.SwallowEverything();
        var elapsed = Stopwatch.StartNew();

        await Assert.ThrowsAsync<DatabaseUnreachableException>(() => CountAsync());

        Assert.InRange(elapsed.Elapsed, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(3.9));
    }

    [Fact]
    public async Task A_write_whose_connection_is_lost_is_not_repeated()
    {
        await ExecuteAsync("CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'");
        await ExecuteAsync("CREATE TRIGGER hang_up AFTER INSERT ON categories FOR EACH ROW EXECUTE FUNCTION hang_up()");
        await ExecuteAsync("CREATE SEQUENCE attempts");
        await ExecuteAsync("CREATE FUNCTION count_attempt() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''attempts''); RETURN NEW; END'");
        await ExecuteAsync("CREATE TRIGGER count_attempt BEFORE INSERT ON categories FOR EACH ROW EXECUTE FUNCTION count_attempt()");

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => AddAsync("Lost"));

        Assert.True(ServerOutage.Includes(failure), failure.ToString());
        await using var source = NpgsqlDataSource.Create(_direct);
        await using var attempts = source.CreateCommand("SELECT last_value FROM attempts WHERE is_called");
        Assert.Equal(1L, await attempts.ExecuteScalarAsync(Cancellation));
        Assert.Equal(0, await CountAsync("Lost"));
    }

    [Fact]
    public async Task A_pool_without_a_free_connection_is_an_outage_after_the_timeout()
    {
        var held = new List<AppDbContext>();
        for (var i = 0; i < Pool; i++)
        {
            held.Add(_contexts.CreateDbContext());
            await held[^1].Database.OpenConnectionAsync(Cancellation);
        }

        var failure = await Assert.ThrowsAsync<DatabaseUnreachableException>(() => CountAsync());

        Assert.IsType<TimeoutException>(failure.GetBaseException());
        foreach (var context in held)
        {
            await context.DisposeAsync();
        }

        Assert.Equal(10, await CountAsync());
    }

    private async Task FillPoolAsync()
    {
        var contexts = Enumerable.Range(0, Pool).Select(_ => _contexts.CreateDbContext()).ToList();
        await Task.WhenAll(contexts.Select(context => context.Database.OpenConnectionAsync(Cancellation)));
        foreach (var context in contexts)
        {
            await context.DisposeAsync();
        }
    }

    private Task<int> CountAsync() => _contexts.ReadAsync(context => context.Categories.CountAsync(Cancellation), Cancellation);

    private Task<int> CountAsync(string name) =>
        _contexts.ReadAsync(context => context.Categories.CountAsync(category => category.Name == name, Cancellation), Cancellation);

    private async Task AddAsync(string name)
    {
        await using var context = _contexts.CreateDbContext();
        context.Add(new Category { Name = name });
        await context.SaveChangesAsync(Cancellation);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_direct);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
