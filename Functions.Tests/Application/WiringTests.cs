using Functions.Http.Policies;
using Functions.LocalHost;
using Functions.Products;
using Functions.Redis.Events;
using Functions.Redis.Tasks;
using Functions.Tasks;
using Functions.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Functions.Tests.Application;

/// <summary>Mistakes in how functions, handlers and services fit together stop the start with one line that says what and where.</summary>
public sealed class WiringTests(TestApplications applications)
{
    [Theory]
    [InlineData(typeof(UnknownPlaceholder), "Function 'Reviews': the cache tag 'product-reviews:{productId}' has a placeholder; a tag that names something is added by the function, with AddCacheTag.")]
    [InlineData(typeof(BrokenBraces), "Function 'Reviews': the cache tag 'reviews:{id' has a placeholder; a tag that names something is added by the function, with AddCacheTag.")]
    [InlineData(typeof(PlaceholderInPrefix), "Function 'Reviews': the cache prefix 'reviews:{id}' has a placeholder; route values follow the prefix by themselves.")]
    [InlineData(typeof(UnknownOwner), "Function 'Reviews': the owner of its answers is 'user', which its route 'api/wiring/reviews/{id:int}' does not have.")]
    [InlineData(typeof(SameRoute), "Functions 'GetProduct' and 'ProductAgain' both answer GET /api/products/{number:int}.")]
    [InlineData(typeof(NeedsWhatIsMissing), "Function 'Missing' needs Unregistered, which is not registered.")]
    public async Task A_function_that_does_not_fit_stops_the_start(Type functions, string expected) =>
        Assert.Equal(expected, await StartFailureAsync(builder => Replace(builder, functions)));

    [Fact]
    public async Task Two_handlers_of_a_task_stop_the_start() => Assert.Equal(
        "Two handlers are registered for tasks named 'send_email'.",
        await StartFailureAsync(builder => builder.Services.AddTaskHandler<Handler, string>(TaskNames.SendEmail)));

    [Fact]
    public async Task Two_handlers_of_an_event_stop_the_start() => Assert.Equal(
        "Two handlers are registered for events of type 'product_updated'.",
        await StartFailureAsync(builder => builder.Services.AddStreamedEvent(ProductUpdated.EventType)));

    [Fact]
    public async Task A_task_handler_whose_services_are_missing_stops_the_start() => Assert.Equal(
        "NeedyHandler, the handler of tasks named 'needy', needs Unregistered, which is not registered.",
        await StartFailureAsync(builder => builder.Services.AddTaskHandler<NeedyHandler, string>("needy")));

    [Fact]
    public async Task An_event_handler_whose_services_are_missing_stops_the_start()
    {
        var failure = await StartFailureAsync(builder => builder.Services.AddEventHandler<NeedyEventHandler, string>("needy"));

        Assert.Contains(nameof(Unregistered), failure, StringComparison.Ordinal);
        Assert.Contains(nameof(NeedyEventHandler), failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_name_without_handler_stops_the_start() => Assert.Equal(
        "TaskNames has 'send_email', but no handler is registered for tasks of that name.",
        await StartFailureAsync(builder => RemoveInstances(builder.Services, "TaskHandlerRegistration", $"Name = {TaskNames.SendEmail},")));

    [Fact]
    public async Task An_event_without_handler_stops_the_start() => Assert.Matches(
        "^Events of type '[a-z_]+' \\([A-Za-z]+\\) have no handler: ",
        await StartFailureAsync(builder => builder.Services.RemoveAll<EventHandlerRegistration>()));

    private async Task<string> StartFailureAsync(Action<WebApplicationBuilder> configure)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        var failure = await Assert.ThrowsAsync<LocalHostStartException>(
            () => TestApplication.StartAsync(app.Redis, app.Postgres, new Dictionary<string, string?> { ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Production" }, configure));
        Assert.DoesNotContain('\n', failure.Message);
        return failure.Message;
    }

    private static void Replace(WebApplicationBuilder builder, Type functions) => builder.Services.Replace(ServiceDescriptor.Singleton(
        new FunctionCatalog(typeof(FunctionApp).Assembly.GetExportedTypes().Append(functions))));

    private static void RemoveInstances(IServiceCollection services, string type, string text)
    {
        var registration = services.Single(service =>
            service.ImplementationInstance is { } instance && instance.GetType().Name == type && instance.ToString()!.Contains(text, StringComparison.Ordinal));
        services.Remove(registration);
    }

    public sealed class Unregistered;

    public sealed class Handler : ITaskHandler<string>
    {
        public Task<object?> HandleAsync(string payload, TaskContext context, CancellationToken cancellationToken) => Task.FromResult<object?>(null);
    }

#pragma warning disable CS9113 // What the classes need is all that matters.
    public sealed class NeedyHandler(Unregistered unregistered) : ITaskHandler<string>
    {
        public Task<object?> HandleAsync(string payload, TaskContext context, CancellationToken cancellationToken) => Task.FromResult<object?>(null);
    }

    public sealed class NeedyEventHandler(Unregistered unregistered) : IEventHandler<string>
    {
        public Task HandleAsync(ReceivedEvent<string> received, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    public sealed class NeedsWhatIsMissing(Unregistered unregistered)
    {
        [Function("Missing")]
        public NoContent Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "wiring/missing")] HttpRequest request) => TypedResults.NoContent();
    }
#pragma warning restore CS9113

    public sealed class UnknownPlaceholder
    {
        [Function("Reviews"), CacheResult("reviews", 600, "product-reviews:{productId}")]
        public NoContent Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "wiring/reviews/{id:int}")] HttpRequest request, int id) => TypedResults.NoContent();
    }

    public sealed class BrokenBraces
    {
        [Function("Reviews"), CacheResult("reviews", 600, "reviews:{id")]
        public NoContent Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "wiring/reviews/{id:int}")] HttpRequest request, int id) => TypedResults.NoContent();
    }

    public sealed class PlaceholderInPrefix
    {
        [Function("Reviews"), CacheResult("reviews:{id}", 600)]
        public NoContent Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "wiring/reviews/{id:int}")] HttpRequest request, int id) => TypedResults.NoContent();
    }

    public sealed class UnknownOwner
    {
        [Function("Reviews"), CacheResult("reviews", 600, Owner = "user")]
        public NoContent Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "wiring/reviews/{id:int}")] HttpRequest request, int id) => TypedResults.NoContent();
    }

    public sealed class SameRoute
    {
        [Function("ProductAgain")]
        public NoContent Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "products/{number:int}")] HttpRequest request, int number) => TypedResults.NoContent();
    }
}
