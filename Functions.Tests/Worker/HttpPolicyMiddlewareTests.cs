using System.Collections;
using System.Reflection;
using Functions.Http;
using Functions.Worker;
using Microsoft.AspNetCore.Http;
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
        public Context(string function, HttpContext? http)
        {
            FunctionDefinition = new Definition(function);
            Features = new FeatureList();
            Features.Set<InvocationResult>(new Result());
            if (http is not null)
            {
                Features.Set(http);
            }
        }

        public override string InvocationId => "1";

        public override FunctionDefinition FunctionDefinition { get; }

        public override IServiceProvider InstanceServices { get; set; } = null!;

        public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

        public override IInvocationFeatures Features { get; }
    }

    private sealed class Definition(string name) : FunctionDefinition
    {
        public override string Name => name;

        public override string EntryPoint => "";

        public override string PathToAssembly => Assembly.GetExecutingAssembly().Location;
    }

    private sealed class Result : InvocationResult
    {
        public override object? Value { get; set; }
    }

    private sealed class FeatureList : IInvocationFeatures
    {
        private readonly Dictionary<Type, object> _features = [];

        public T? Get<T>() => _features.TryGetValue(typeof(T), out var feature) ? (T)feature : default;

        public void Set<T>(T instance) => _features[typeof(T)] = instance!;

        public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => _features.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
