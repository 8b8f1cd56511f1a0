using System.Globalization;
using Functions.Tests.Application;
using Functions.Tests.Faults;
using Functions.Tests.Servers;
using Functions.Tests.Tasks;
using Npgsql;

namespace Functions.Tests.Reports;

/// <summary>A long report, of <c>REPORT_ROWS</c> rows, 400,000 where it is not set.</summary>
[Collection(FaultServers.Name)]
public sealed class ReportMemoryTests(FaultServers servers)
{
    private const string HeapLimit = "0x8000000"; // 128 MiB: neither the rows (about 530 bytes each) nor the file (270 bytes each) fit beside the application.

    [Fact]
    public async Task A_long_report_is_complete_in_a_process_that_has_no_memory_for_its_rows()
    {
        var rows = int.Parse(Environment.GetEnvironmentVariable("REPORT_ROWS") ?? "400000", CultureInfo.InvariantCulture);
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
        var postgres = await servers.CreateDatabaseAsync();
        await QueryAsync<long>($"""
            WITH made AS (
              INSERT INTO sales (product_name, quantity, unit_price, sold_at)
              SELECT rpad('Thing ' || n, 200, 'x'), 1 + n % 7, (n % 1000) / 100.0, '2001-01-01Z'::timestamptz + n * interval '1 second' FROM generate_series(1, {rows}) n RETURNING 1)
            SELECT count(*) FROM made
            """);
        await using var host = await LocalHostProcess.StartAsync(await servers.SettingsAsync(
            postgres, servers.CreateDirectory(), ("Redis", redis.ConnectionString), ("DOTNET_GCHeapHardLimit", HeapLimit)));
        using var user = await new ApiClient(host.Address).AsNewUserAsync();

        var task = await user.EndOfAsync(await user.PostAsync("reports", new { type = "sales", date_range = new { from = "2001-01-01", to = "2002-01-01" } }), TimeSpan.FromSeconds(120));

        Assert.Equal("succeeded", task.GetProperty("state").GetString());
        Assert.Equal(rows, task.GetProperty("result").GetProperty("rows").GetInt32());
        Assert.Equal(await QueryAsync<decimal>("SELECT sum(quantity * unit_price) FROM sales WHERE sold_at < '2002-01-02Z'"), await SumAsync());

        async Task<T> QueryAsync<T>(string sql)
        {
            await using var connection = new NpgsqlConnection(postgres);
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand(sql, connection);
            return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        }

        async Task<decimal> SumAsync()
        {
            using var response = await user.Http.GetAsync(
                $"tasks/{task.GetProperty("id")}/files/report.csv", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
            await reader.ReadLineAsync(TestContext.Current.CancellationToken);
            var sum = 0m;
            while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
                sum += decimal.Parse(line[(line.LastIndexOf(',') + 1)..], CultureInfo.InvariantCulture);
            return sum;
        }
    }
}
