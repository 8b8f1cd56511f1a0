using System.Diagnostics;
using System.Globalization;
using Functions.Tests.Application;
using Functions.Tests.Tasks;

namespace Functions.Tests.Reports;

/// <summary>A long report, of <c>REPORT_ROWS</c> rows, 100,000 where it is not set.</summary>
public sealed class ReportMemoryTests(TaskApplication tasks)
{
    private const long MaximumGrowth = 100 * 1024 * 1024;

    [Fact]
    public async Task A_long_report_is_complete_and_does_not_grow_the_process()
    {
        var rows = int.Parse(Environment.GetEnvironmentVariable("REPORT_ROWS") ?? "100000", CultureInfo.InvariantCulture);
        var app = await tasks.GetAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        await app.QueryAsync<long>($"""
            WITH made AS (
              INSERT INTO sales (product_name, quantity, unit_price, sold_at)
              SELECT 'Thing ' || n, 1 + n % 7, (n % 1000) / 100.0, '2001-01-01Z'::timestamptz + n * interval '1 second' FROM generate_series(1, {rows}) n RETURNING 1)
            SELECT count(*) FROM made
            """);
        GC.Collect();
        var before = Process.GetCurrentProcess().WorkingSet64;
        var peak = 0L;
        using var done = new CancellationTokenSource();
        var watching = WatchAsync();

        var task = await user.EndOfAsync(await user.PostAsync("reports", new { type = "sales", date_range = new { from = "2001-01-01", to = "2002-01-01" } }), TimeSpan.FromSeconds(120));
        await done.CancelAsync();
        await watching;

        Assert.Equal(rows, task.GetProperty("result").GetProperty("rows").GetInt32());
        TestContext.Current.TestOutputHelper!.WriteLine($"{(peak - before) / 1048576} MiB more for {rows} rows");
        Assert.InRange(peak - before, long.MinValue, MaximumGrowth);
        Assert.Equal(await app.QueryAsync<decimal>("SELECT sum(quantity * unit_price) FROM sales WHERE sold_at < '2002-01-02Z'"), await SumAsync());

        async Task WatchAsync()
        {
            while (!done.IsCancellationRequested)
            {
                peak = Math.Max(peak, Process.GetCurrentProcess().WorkingSet64);
                await Task.Delay(20, done.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
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
