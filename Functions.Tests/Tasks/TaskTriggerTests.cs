using Functions.Redis.Tasks;
using Functions.Tasks;
using Functions.Tests.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Functions.Tests.Tasks;

/// <summary>The doorbells of the application, each by itself.</summary>
public sealed class TaskTriggerTests(RedisServers servers)
{
    [Theory]
    [InlineData("list"), InlineData("message"), InlineData("sweep")]
    public async Task Each_trigger_alone_gets_work_done(string bell)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var server = await servers.GetAsync(RedisKind.Garnet);
        // Not started: nothing rings but the trigger.
        using var host = TestTasks.CreateHost(server.ConnectionString, TestTasks.Options(), (_, _, _) => Task.FromResult<object?>(null));
        var queue = host.Services.GetRequiredService<TaskQueue>();
        using var worker = host.Services.GetRequiredService<TaskWorker>();
        var triggers = new TaskTriggers(worker, queue, null!, NullLogger<TaskTriggers>.Instance);
        var ids = (await queue.EnqueueAsync([.. Enumerable.Range(0, 100).Select(_ => new NewTask(TestTasks.Name, "0"u8.ToArray()))], cancellation))
            .Select(task => task.Id).ToArray();

        await (bell switch
        {
            "list" => triggers.ListAsync("work", cancellation),
            "message" => triggers.HearAsync("""{"SubscriptionChannel":"c","Channel":"c","Message":"work"}""", cancellation),
            _ => triggers.SweepAsync(null!, cancellation),
        });

        await worker.WhenIdleAsync().WaitAsync(TestTasks.Deadline, cancellation);
        Assert.All(await Task.WhenAll(ids.Select(id => queue.FindAsync(id, cancellation))), task => Assert.Equal(TaskState.Succeeded, task!.State));
        await worker.StopAsync(cancellation);
    }

    [Fact]
    public async Task The_application_does_not_start_with_a_queue_that_its_triggers_do_not_listen_to()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("Tasks:Queue", "other")]);
        builder.Services.AddAppTasks(builder.Environment);
        await using var services = builder.Services.BuildServiceProvider();

        var failure = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<TaskOptions>>().Value);

        Assert.Equal("Tasks__Queue: the value must be 'tasks', to which the triggers of the application listen.", Assert.Single(failure.Failures));
    }
}
