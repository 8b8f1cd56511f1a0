using System.Diagnostics;
using System.Net;
using Functions.Http;
using Functions.LocalHost.Hosting;
using Functions.Worker;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Tests.Worker;

public sealed class HttpPolicyMiddlewareTests
{
    [Fact]
    public async Task A_function_without_HTTP_runs_as_it_is()
    {
        var policy = new Policy { Answer = "refused" };
        var context = new Context("TestFunction", http: null);
        var called = 0;

        await Middleware(policy).Invoke(context, invoked =>
        {
            Assert.Same(context, invoked);
            called++;
            return Task.CompletedTask;
        });

        Assert.Equal((1, 0), (called, policy.Invocations.Count));
        Assert.Null(context.GetInvocationResult().Value);
    }

    [Fact]
    public async Task The_answer_of_a_policy_is_the_result_and_the_function_does_not_run()
    {
        var policy = new Policy { Answer = "refused" };
        var context = new Context("TestFunction", new DefaultHttpContext());

        await Middleware(policy).Invoke(context, _ => throw new InvalidOperationException("The function ran."));

        Assert.Equal("refused", context.GetInvocationResult().Value);
    }

    [Fact]
    public async Task What_the_policies_make_of_the_functions_result_is_the_result()
    {
        var policy = new Policy { Replace = result => $"{result}, seen" };
        var http = new DefaultHttpContext();
        var context = new Context("TESTFUNCTION", http);

        await Middleware(policy).Invoke(context, invoked =>
        {
            invoked.GetInvocationResult().Value = "made";
            return Task.CompletedTask;
        });

        Assert.Equal("made, seen", context.GetInvocationResult().Value);
        var invocation = Assert.Single(policy.Invocations);
        Assert.Same(http, invocation.Http);
        Assert.Equal("TestFunction", invocation.Function.Name);
    }

    /// <summary>The Functions host writes its own connection to the worker into these headers, and the worker takes them away again.</summary>
    [Theory]
    [InlineData("""{"X-Forwarded-For":"203.0.113.9, 198.51.100.7:4711","X-Forwarded-Proto":"https"}""", 1, "198.51.100.7", true)]
    [InlineData("""{"x-forwarded-for":"203.0.113.9,198.51.100.7","x-forwarded-proto":"https,http"}""", 2, "203.0.113.9", true)]
    [InlineData("""{"X-FORWARDED-FOR":"203.0.113.9"}""", 0, "127.0.0.1", false)]
    [InlineData("""{"Accept":"*/*"}""", 1, "127.0.0.1", false)]
    public async Task Behind_the_Functions_host_the_caller_is_who_the_host_saw(string received, int hops, string address, bool isHttps)
    {
        var http = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Loopback } };
        http.Request.Headers["X-Forwarded-For"] = "192.0.2.1"; // The worker's own, for whom nobody should be counted.
        http.Request.Headers["X-Forwarded-Host"] = "elsewhere";
        var client = new ClientAddress(new HttpOptions { TrustedProxyHops = hops });
        var seen = ("", false);
        var policy = new Policy { Replace = result => { seen = (client.Of(http), client.IsHttps(http)); return result; } };

        await Middleware(policy).Invoke(new Context("TestFunction", http, received), _ => Task.CompletedTask);

        Assert.Equal((address, isHttps), seen);
        Assert.False(http.Request.Headers.ContainsKey("X-Forwarded-Host"));
    }

    [Fact]
    public async Task Without_the_Functions_host_the_headers_are_as_they_came()
    {
        var http = new DefaultHttpContext();
        http.Request.Headers["X-Forwarded-For"] = "203.0.113.9";

        await Middleware(new Policy()).Invoke(new Context("TestFunction", http), _ => Task.CompletedTask);

        Assert.Equal("203.0.113.9", http.Request.Headers["X-Forwarded-For"]);
    }

    /// <summary>The worker calls functions from the invocation that the host announced, not from the request that arrived beside it.</summary>
    [Fact]
    public async Task A_function_belongs_to_the_trace_of_its_request()
    {
        using var request = new Activity("request").SetParentId("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        request.Start();
        Activity.Current = null;
        var http = new DefaultHttpContext();
        http.Features.Set<IHttpActivityFeature>(new RequestActivity { Activity = request });
        Activity? during = null;

        await Middleware(new Policy()).Invoke(new Context("TestFunction", http), _ =>
        {
            during = Activity.Current;
            return Task.CompletedTask;
        });

        Assert.Same(request, during);
        Assert.Null(Activity.Current);
    }

    private sealed class RequestActivity : IHttpActivityFeature
    {
        public required Activity Activity { get; set; }
    }

    private static HttpPolicyMiddleware Middleware(Policy policy) => new(new FunctionCatalog(typeof(Functions)), new HttpPipeline([policy]));

    private sealed class Functions
    {
        [Function("TestFunction")]
        public void Run([HttpTrigger] HttpRequest request)
        {
        }
    }

    private sealed class Policy : IHttpPolicy
    {
        public List<HttpInvocation> Invocations { get; } = [];

        public object? Answer { get; init; }

        public Func<object?, object?> Replace { get; init; } = result => result;

        public async Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
        {
            Invocations.Add(invocation);
            return Answer ?? Replace(await next());
        }
    }

    private sealed class Context : FunctionContext
    {
        private readonly InvocationFeatures _features = new();

        public Context(string function, HttpContext? http, string? received = null)
        {
            FunctionDefinition = new LocalFunctionDefinition(new FunctionCatalog(typeof(Functions))[function]);
            BindingContext = new Binding(received);
            if (http is not null)
            {
                Items["HttpRequestContext"] = http;
            }
        }

        public override string InvocationId => "1";

        public override string FunctionId => "2";

        public override FunctionDefinition FunctionDefinition { get; }

        public override BindingContext BindingContext { get; }

        public override TraceContext TraceContext => throw new NotSupportedException();

        public override RetryContext RetryContext => throw new NotSupportedException();

        public override IServiceProvider InstanceServices { get; set; } = null!;

        public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

        public override IInvocationFeatures Features => _features;
    }

    private sealed class Binding(string? received) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData { get; } =
            received is null ? new Dictionary<string, object?>() : new() { ["Headers"] = received, ["Query"] = "{}" };
    }
}
