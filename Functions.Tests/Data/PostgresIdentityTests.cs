using Azure.Identity;
using Functions.Data;
using Functions.Tests.Application;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Functions.Tests.Data;

/// <summary>Tokens in place of passwords: a role of a real server, whose password is replaced as a token is.</summary>
public sealed class PostgresIdentityTests(TestDatabases databases) : IClassFixture<TestDatabases>, IAsyncLifetime
{
    private readonly RotatingToken _token = new("first-token");
    private string _server = "";
    private string _role = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await databases.CreateAsync();
        _role = $"identity_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE ROLE {_role} LOGIN PASSWORD 'first-token'");
        await ExecuteAsync($"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {_role}");
    }

    public async ValueTask DisposeAsync() => await ExecuteAsync($"DROP OWNED BY {_role}; DROP ROLE {_role}");

    [Fact]
    public async Task The_token_is_the_password_and_is_asked_for_in_the_scope_of_PostgreSQL()
    {
        await using var context = CreateContext();

        Assert.Equal(_role, await context.Database.SqlQuery<string>($"SELECT current_user::text AS \"Value\"").SingleAsync(Cancellation));
        Assert.Equal(["https://ossrdbms-aad.database.windows.net/.default"], _token.Scopes);
    }

    [Fact]
    public async Task Connections_outlive_the_token_that_opened_them_and_new_ones_take_the_new_token()
    {
        await using var old = CreateContext();
        await old.Database.OpenConnectionAsync(Cancellation);
        var process = await ProcessAsync(old);

        await ExecuteAsync($"ALTER ROLE {_role} PASSWORD 'second-token'");
        await using (var stale = CreateContext())
        {
            await Assert.ThrowsAsync<PostgresException>(() => stale.Database.OpenConnectionAsync(Cancellation)); // the password counts
        }

        _token.Token = "second-token";
        await using var renewed = CreateContext();
        await renewed.Database.OpenConnectionAsync(Cancellation);

        Assert.NotEqual(process, await ProcessAsync(renewed));
        Assert.Equal(process, await ProcessAsync(old));
        Assert.True(await old.Categories.AnyAsync(Cancellation));
    }

    [Fact]
    public async Task Connections_are_pooled_over_tokens()
    {
        await using (var first = CreateContext())
        {
            await first.Database.OpenConnectionAsync(Cancellation);
        }

        await ExecuteAsync($"ALTER ROLE {_role} PASSWORD 'second-token'");
        _token.Failure = new InvalidOperationException("A pooled connection needs no token.");
        await using var second = CreateContext();

        Assert.True(await second.Categories.AnyAsync(Cancellation));
    }

    [Fact]
    public async Task An_identity_service_that_is_down_is_a_passing_outage_of_the_database()
    {
        _token.Failure = new AuthenticationFailedException("169.254.169.254 does not answer");
        await using var context = CreateContext();

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => context.Categories.AnyAsync(Cancellation));

        Assert.True(Assert.IsType<DatabaseUnreachableException>(failure is NpgsqlException ? failure : failure.InnerException).IsTransient, failure.ToString());
        Assert.Contains("169.254.169.254", failure.ToString(), StringComparison.Ordinal);
    }

    private AppDbContext CreateContext()
    {
        // The server of the tests has no TLS; that the settings require it is tested with the settings.
        var connectionString = new NpgsqlConnectionStringBuilder(_server) { Username = _role, Password = null }.ConnectionString;
        return new((DbContextOptions<AppDbContext>)new DbContextOptionsBuilder<AppDbContext>().UseAppDatabase(connectionString, _token).Options);
    }

    private static Task<int> ProcessAsync(AppDbContext context) =>
        context.Database.SqlQuery<int>($"SELECT pg_backend_pid() AS \"Value\"").SingleAsync(Cancellation);

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_server);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
