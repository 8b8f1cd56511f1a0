using System.Net;
using System.Text;
using Functions.LocalHost;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.LocalHost;

public sealed class HttpFunctionsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Route_values_and_the_query_are_bound()
    {
        await using var host = await TestHost.StartAsync([typeof(Items)]);
        using var client = host.CreateClient();

        Assert.Equal("""{"id":7,"color":"red"}""", await client.GetStringAsync("api/test/items/7?color=red", Cancellation));
    }

    [Fact]
    public async Task The_function_context_is_bound_and_shares_the_scope_of_the_instance()
    {
        await using var host = await TestHost.StartAsync([typeof(Contextual)], configure: builder => builder.Services.AddScoped<Marker>());
        using var client = host.CreateClient();

        Assert.Equal("TestContextual True 1", await client.GetStringAsync("api/test/contextual", Cancellation));
    }

    [Theory]
    [InlineData("DELETE", "api/test/items/7")]
    [InlineData("GET", "api/test/items/seven")]
    [InlineData("GET", "api/test/nothing/here")]
    [InlineData("PATCH", "api")]
    public async Task What_matches_no_function_reaches_the_catch_all_function(string method, string path)
    {
        await using var host = await TestHost.StartAsync([typeof(Items), typeof(CatchAll)]);
        using var client = host.CreateClient();

        using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("caught", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Theory]
    [InlineData("DELETE", "api/test/items/7")]
    [InlineData("GET", "api/nothing")]
    [InlineData("GET", "favicon.ico")]
    [InlineData("POST", "")]
    public async Task What_matches_nothing_is_an_empty_404_of_the_host(string method, string path)
    {
        await using var host = await TestHost.StartAsync([typeof(Items)]);
        using var client = host.CreateClient();

        using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Empty(response.Headers.Server);
    }

    [Fact]
    public async Task The_root_welcomes_even_beside_a_catch_all_function()
    {
        await using var host = await TestHost.StartAsync([typeof(CatchAll)]);
        using var client = host.CreateClient();

        Assert.Equal("The function app is up and running.\n", await client.GetStringAsync("", Cancellation));
    }

    [Theory]
    [InlineData("text", "plain")]
    [InlineData("nothing", "")]
    [InlineData("task", "")]
    [InlineData("null", "")]
    public async Task Results_other_than_IResult_are_written(string route, string expected)
    {
        await using var host = await TestHost.StartAsync([typeof(Returns)]);
        using var client = host.CreateClient();

        Assert.Equal(expected, await client.GetStringAsync($"api/test/returns/{route}", Cancellation));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"count":"many"}""")]
    public async Task A_body_that_cannot_be_bound_is_an_empty_400(string body)
    {
        await using var host = await TestHost.StartAsync([typeof(Returns)]);
        using var client = host.CreateClient();

        using var response = await client.PostAsync("api/test/returns/body", new StringContent(body, Encoding.UTF8, "application/json"), Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task A_query_value_that_cannot_be_bound_is_an_empty_400_and_the_function_does_not_run()
    {
        await using var host = await TestHost.StartAsync([typeof(Returns)]);
        using var client = host.CreateClient();

        using var response = await client.GetAsync("api/test/returns/number?n=many", Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task An_exception_is_an_empty_500()
    {
        await using var host = await TestHost.StartAsync([typeof(Returns)]);
        using var client = host.CreateClient();

        using var response = await client.GetAsync("api/test/returns/exception", Cancellation);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task A_client_that_goes_away_cancels_the_function()
    {
        await using var host = await TestHost.StartAsync([typeof(Endless)]);
        using var client = host.CreateClient();
        using var leaving = new CancellationTokenSource();

        var request = client.GetAsync("api/test/endless", leaving.Token);
        Assert.Equal("started", await host.Inbox().NextAsync<string>());
        await leaving.CancelAsync();

        Assert.Equal("cancelled", await host.Inbox().NextAsync<string>());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
    }

    [Fact]
    public async Task Middlewares_run_in_their_order_around_the_function()
    {
        await using var host = await TestHost.StartAsync([typeof(Items)], middlewares: [typeof(Outer), typeof(Inner)]);
        using var client = host.CreateClient();

        using var response = await client.GetAsync("api/test/items/7", Cancellation);

        Assert.Equal(["outer", "inner"], response.Headers.GetValues("X-Seen"));
        Assert.Equal(["outer:TestItem", "inner", "inner:Ok`1", "outer"], await TakeAsync(host.Inbox(), 4));
    }

    [Fact]
    public async Task A_middleware_that_sets_the_result_answers_in_place_of_the_function()
    {
        await using var host = await TestHost.StartAsync([typeof(Returns)], middlewares: [typeof(Outer), typeof(Refuse)]);
        using var client = host.CreateClient();

        using var response = await client.GetAsync("api/test/returns/exception", Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("refused", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(["outer"], response.Headers.GetValues("X-Seen"));
    }

    [Fact]
    public async Task Functions_can_be_added_to_those_of_the_application()
    {
        await using var host = await LocalHostApplication.StartAsync(
            new LocalHostOptions { Port = 0 },
            new LocalHostSetup
            {
                Application = builder => builder.Services.AddSingleton(new FunctionCatalog([typeof(Items)])),
                Middlewares = [],
                ExtraFunctions = [typeof(CatchAll)],
            },
            Cancellation);

        Assert.Equal(["TestItem", "ZzTestCatchAll"], host.Services.GetRequiredService<FunctionCatalog>().All.Select(function => function.Name));
    }

    [Fact]
    public async Task An_IActionResult_is_refused_at_start()
    {
        var failure = await Assert.ThrowsAsync<LocalHostStartException>(() => TestHost.StartAsync([typeof(ActionResults)]));

        Assert.Equal("Function 'TestActionResult' returns an IActionResult. The local host supports IResult only.", failure.Message);
    }

    private static async Task<List<string>> TakeAsync(Inbox inbox, int count)
    {
        var items = new List<string>();
        while (items.Count < count)
        {
            items.Add(await inbox.NextAsync<string>());
        }

        return items;
    }

    private sealed class Items
    {
        [Function("TestItem")]
        public Ok<Item> Get(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "test/items/{id:int}")] HttpRequest request,
            int id) => TypedResults.Ok(new Item(id, request.Query["color"]));
    }

    private sealed record Item(int Id, string? Color);

    private sealed class CatchAll
    {
        [Function("ZzTestCatchAll")]
        public IResult Any([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{*path}")] HttpRequest request) =>
            Results.Text("caught", statusCode: 404);
    }

    private sealed class Marker;

    private sealed class Contextual
    {
        private static int _instances;
        private readonly Marker _marker;

        public Contextual(Marker marker)
        {
            _marker = marker;
            Interlocked.Increment(ref _instances);
        }

        [Function("TestContextual")]
        public string Get(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "test/contextual")] HttpRequest request,
            FunctionContext context) =>
            $"{context.FunctionDefinition.Name} {context.InstanceServices.GetRequiredService<Marker>() == _marker} {_instances}";
    }

    private sealed class Returns
    {
        [Function("TestText")]
        public string Text([HttpTrigger(AuthorizationLevel.Anonymous, Route = "test/returns/text")] HttpRequest request) => "plain";

        [Function("TestNothing")]
        public void Nothing([HttpTrigger(AuthorizationLevel.Anonymous, Route = "test/returns/nothing")] HttpRequest request)
        {
        }

        [Function("TestTask")]
        public Task TaskOnly([HttpTrigger(AuthorizationLevel.Anonymous, Route = "test/returns/task")] HttpRequest request) => Task.CompletedTask;

        [Function("TestNull")]
        public Task<IResult?> Null([HttpTrigger(AuthorizationLevel.Anonymous, Route = "test/returns/null")] HttpRequest request) =>
            Task.FromResult<IResult?>(null);

        [Function("TestBody")]
        public string Body([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "test/returns/body")] HttpRequest request, Amount body) =>
            $"{body.Count}";

        [Function("TestNumber")]
        public string Number([HttpTrigger(AuthorizationLevel.Anonymous, Route = "test/returns/number")] HttpRequest request, int n) => $"{n}";

        [Function("TestException")]
        public IResult Exception([HttpTrigger(AuthorizationLevel.Anonymous, Route = "test/returns/exception")] HttpRequest request) =>
            throw new InvalidOperationException("A secret of the function.");
    }

    private sealed record Amount(int Count);

    private sealed class Endless(Inbox inbox)
    {
        [Function("TestEndless")]
        public async Task<IResult> RunAsync(
            [HttpTrigger(AuthorizationLevel.Anonymous, Route = "test/endless")] HttpRequest request,
            CancellationToken cancellationToken)
        {
            using var registration = cancellationToken.Register(() => inbox.Report("cancelled"));
            inbox.Report("started");
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return Results.Ok();
        }
    }

    private sealed class ActionResults
    {
        [Function("TestActionResult")]
        public Task<IActionResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, Route = "test/action")] HttpRequest request) =>
            Task.FromResult<IActionResult>(new OkResult());
    }

    private sealed class Outer(Inbox inbox) : IFunctionsWorkerMiddleware
    {
        public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            context.GetHttpContext()!.Response.Headers.Append("X-Seen", "outer");
            inbox.Report($"outer:{context.FunctionDefinition.Name}");
            await next(context);
            inbox.Report("outer");
        }
    }

    private sealed class Inner(Inbox inbox) : IFunctionsWorkerMiddleware
    {
        public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            context.GetHttpContext()!.Response.Headers.Append("X-Seen", "inner");
            inbox.Report("inner");
            await next(context);
            inbox.Report($"inner:{context.GetInvocationResult().Value?.GetType().Name}");
        }
    }

    private sealed class Refuse : IFunctionsWorkerMiddleware
    {
        public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            context.GetInvocationResult().Value = Results.Text("refused", statusCode: 403);
            return Task.CompletedTask;
        }
    }
}
