using System.Net;
using System.Net.Http.Json;
using System.Text;
using Functions.Redis.Tasks;
using Functions.Tasks;
using Functions.Tests.Application;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Tasks;

public sealed class TaskFileTests(TaskApplication tasks)
{
    [Fact]
    public async Task What_an_attempt_without_a_lease_writes_is_not_served()
    {
        var app = await tasks.GetAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        var task = await user.EndOfAsync(await user.PostAsync("reports", new { type = "users", date_range = new { from = "2020-01-01", to = "2020-01-01" } }));
        var id = task.GetProperty("id").GetString()!;
        var before = await (await user.GetAsync($"tasks/{id}/files/report.csv")).TextAsync();

        var late = new TaskContext(id, TaskNames.GenerateReport, claim: 999);
        await using (var file = await app.Services.GetRequiredService<TaskFiles>().CreateOutputAsync(
            late, "report.csv", "text/csv", TestContext.Current.CancellationToken))
            await file.WriteAsync(Encoding.UTF8.GetBytes("half of a rep"), TestContext.Current.CancellationToken);

        Assert.StartsWith("id,", before.TrimStart('\uFEFF'), StringComparison.Ordinal);
        Assert.Equal(before, await (await user.GetAsync($"tasks/{id}/files/report.csv")).TextAsync());
    }

    [Fact]
    public async Task A_request_with_a_used_idempotency_key_makes_no_second_task()
    {
        using var user = await (await tasks.GetAsync()).CreateClient().AsNewUserAsync();
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var body = new { type = "users", date_range = new { from = "2020-01-01", to = "2020-01-01" } };

        var first = await user.SendAsync(HttpMethod.Post, "reports", JsonContent.Create(body), key);
        var second = await user.SendAsync(HttpMethod.Post, "reports", JsonContent.Create(body), key);

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), (first.StatusCode, second.StatusCode));
        Assert.Equal(await first.TextAsync(), await second.TextAsync());
        Assert.Single((await (await user.GetAsync("tasks")).JsonAsync()).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Tasks_are_cancelled_and_retried_over_http_and_a_key_used_for_one_is_refused_for_another()
    {
        var app = await tasks.GetAsync();
        using var admin = await app.CreateClient().AsAdminAsync();
        var queue = app.Services.GetRequiredService<TaskQueue>();
        var options = new EnqueueOptions { Owner = TaskDesk.OwnerOf(admin.UserId), Delay = TimeSpan.FromDays(1) };
        var first = (await queue.EnqueueAsync("unheard-of", 0, options, TestContext.Current.CancellationToken)).Id;
        var second = (await queue.EnqueueAsync("unheard-of", 0, options, TestContext.Current.CancellationToken)).Id;
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());

        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync($"tasks/{first}")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync($"tasks/{second}")).StatusCode);
        var retried = await admin.SendAsync(HttpMethod.Post, $"tasks/{first}/retry", null, key);
        var other = await admin.SendAsync(HttpMethod.Post, $"tasks/{second}/retry", null, key);

        Assert.Equal("dead", (await admin.EndOfAsync(retried)).GetProperty("state").GetString());
        await other.ProblemAsync(HttpStatusCode.UnprocessableEntity);
        Assert.Equal("cancelled", (await (await admin.GetAsync($"tasks/{second}")).JsonAsync()).GetProperty("state").GetString());
    }
}
