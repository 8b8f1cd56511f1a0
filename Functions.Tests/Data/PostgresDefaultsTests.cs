using Functions.Data;
using Npgsql;

namespace Functions.Tests.Data;

public sealed class PostgresDefaultsTests
{
    [Theory]
    [InlineData("Host=a", 40, 5, 10, 1000)]
    [InlineData("Host=a;MaxPoolSize=7", 7, 5, 10, 1000)]
    [InlineData("Host=a;Minimum Pool Size=60", 60, 5, 10, 1000)]
    [InlineData("Host=a;Timeout=15;Command Timeout=0;Cancellation Timeout=2000;Maximum Pool Size=100", 100, 15, 0, 2000)]
    public void What_a_connection_string_does_not_bound_is_bounded(string connectionString, int pool, int timeout, int command, int cancellation)
    {
        var connection = new NpgsqlConnectionStringBuilder(PostgresSettings.WithDefaults(connectionString));

        Assert.Equal((pool, timeout, command, cancellation), (connection.MaxPoolSize, connection.Timeout, connection.CommandTimeout, connection.CancellationTimeout));
    }
}
