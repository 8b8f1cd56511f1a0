using System.Globalization;
using System.Net;
using Functions.Tests.Application;
using Functions.Tests.Tasks;

namespace Functions.Tests.Reports;

public sealed class ReportTests(TaskApplication tasks)
{
    [Fact]
    public async Task A_sales_report_has_the_rows_of_its_days_and_their_totals()
    {
        var app = await tasks.GetAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        var (from, to) = (DateTime.UtcNow.AddDays(-100), DateTime.UtcNow.AddDays(-10));

        var task = await user.EndOfAsync(await user.PostAsync(
            "reports", new { type = "sales", date_range = new { from = $"{from:yyyy-MM-dd}", to = $"{to:yyyy-MM-dd}" } }));

        Assert.Equal("succeeded", task.GetProperty("state").GetString());
        Assert.Equal(100, task.GetProperty("progress").GetInt32());
        var response = await user.GetAsync($"tasks/{task.GetProperty("id")}/files/report.csv");
        Assert.Equal("text/csv; charset=utf-8", response.Header("Content-Type"));
        Assert.Equal("nosniff", response.Header("X-Content-Type-Options"));
        Assert.StartsWith("attachment", response.Header("Content-Disposition"), StringComparison.Ordinal);
        var rows = (await response.TextAsync()).TrimStart('\uFEFF').Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("id,sold_at,product_id,product_name,quantity,unit_price,total", rows[0]);
        var where = $"sold_at >= '{from:yyyy-MM-dd}Z' AND sold_at < '{to.AddDays(1):yyyy-MM-dd}Z'";
        Assert.Equal(await app.QueryAsync<long>($"SELECT count(*) FROM sales WHERE {where}"), rows.Length - 1);
        Assert.Equal(rows.Length - 1, task.GetProperty("result").GetProperty("rows").GetInt64());
        Assert.Equal(
            await app.QueryAsync<decimal>($"SELECT sum(quantity * unit_price) FROM sales WHERE {where}"),
            rows.Skip(1).Sum(row => decimal.Parse(row.Split(',')[6], CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Text_that_a_spreadsheet_would_run_is_defused_and_others_messages_are_not_shown()
    {
        var app = await tasks.GetAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        using var other = await app.CreateClient().AsNewUserAsync();
        await app.QueryAsync<long>($"""
            INSERT INTO messages (sender_id, recipient_id, content, created_at) VALUES
            ({user.UserId}, {other.UserId}, '=HYPERLINK("http://x")', now()), ({other.UserId}, {other.UserId}, 'secret', now()) RETURNING id
            """);

        var task = await user.EndOfAsync(await user.PostAsync(
            "reports", new { type = "messages", date_range = new { from = "2020-01-01T00:00:00Z", to = "2100-01-01T00:00:00+01:00" } }));

        var csv = await (await user.GetAsync($"tasks/{task.GetProperty("id")}/files/report.csv")).TextAsync();
        Assert.Contains("\"'=HYPERLINK(\"\"http://x\"\")\"", csv, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", csv, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Task_and_file_are_seen_by_owner_and_administrators_only()
    {
        var app = await tasks.GetAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        using var other = await app.CreateClient().AsNewUserAsync();
        using var admin = await app.CreateClient().AsAdminAsync();
        var task = await user.EndOfAsync(await user.PostAsync("reports", new { type = "users", date_range = new { from = "2020-01-01", to = "2020-01-01" } }));
        var path = $"tasks/{task.GetProperty("id")}";

        await (await other.GetAsync(path)).ProblemAsync(HttpStatusCode.NotFound, "No such task");
        await (await other.DeleteAsync(path)).ProblemAsync(HttpStatusCode.NotFound, "No such task");
        await (await other.GetAsync($"{path}/files/report.csv")).ProblemAsync(HttpStatusCode.NotFound, "No such file");
        await (await user.GetAsync($"{path}/files/other.csv")).ProblemAsync(HttpStatusCode.NotFound, "No such file");
        await (await user.PostAsync($"{path}/retry")).ProblemAsync(HttpStatusCode.Forbidden);
        await (await admin.PostAsync($"{path}/retry")).ProblemAsync(HttpStatusCode.Conflict);
        await (await user.DeleteAsync(path)).ProblemAsync(HttpStatusCode.Conflict, "The task has already finished");
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync($"{path}/files/report.csv")).StatusCode);
    }

    [Theory]
    [InlineData("""{"type": "sales"}""", "date_range")]
    [InlineData("""{"type": "profits", "date_range": {"from": "2026-01-01", "to": "2026-01-02"}}""", "type")]
    [InlineData("""{"type": "sales", "date_range": {"from": "2026-01-03", "to": "2026-01-01"}}""", "date_range")]
    [InlineData("""{"type": "sales", "date_range": {"from": "yesterday", "to": "2026-01-01"}}""", "date_range")]
    public async Task An_invalid_field_is_named(string body, string field)
    {
        using var user = await (await tasks.GetAsync()).CreateClient().AsNewUserAsync();

        var response = await user.SendAsync(HttpMethod.Post, "reports", new StringContent(body, null, "application/json"));

        var problem = await response.ProblemAsync(HttpStatusCode.BadRequest);
        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task Queues_and_lists_answer_as_the_contract_says()
    {
        var app = await tasks.GetAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        using var admin = await app.CreateClient().AsAdminAsync();
        var task = await user.EndOfAsync(await user.PostAsync("reports", new { type = "users", date_range = new { from = "2020-01-01", to = "2020-01-01" } }));

        var list = await (await user.GetAsync("tasks?state=succeeded&limit=5")).JsonAsync();
        var queues = await (await admin.GetAsync("queues")).JsonAsync();

        Assert.Equal(task.ToString(), Assert.Single(list.GetProperty("items").EnumerateArray()).ToString());
        Assert.Equal(
            ["id", "name", "state", "priority", "attempts", "max_attempts", "progress", "created_at", "started_at", "finished_at", "next_attempt_at", "result", "error"],
            task.EnumerateObject().Select(member => member.Name));
        Assert.Equal(
            ["queued", "running", "delayed", "dead", "oldest_queued_seconds", "throughput_per_minute"], queues.EnumerateObject().Select(member => member.Name));
        Assert.True(queues.GetProperty("throughput_per_minute").GetInt64() >= 1);
        Assert.NotEmpty((await (await admin.GetAsync("tasks?all=true")).JsonAsync()).GetProperty("items").EnumerateArray());
        await (await user.GetAsync("tasks?all=true")).ProblemAsync(HttpStatusCode.Forbidden);
        await (await user.GetAsync("tasks?state=lost")).ProblemAsync(HttpStatusCode.BadRequest);
        await (await user.GetAsync("tasks?cursor=!")).ProblemAsync(HttpStatusCode.BadRequest);
        await (await user.GetAsync("queues")).ProblemAsync(HttpStatusCode.Forbidden);
    }
}
