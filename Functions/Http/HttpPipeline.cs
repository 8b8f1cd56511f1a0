namespace Functions.Http;

/// <summary>The policies of HTTP functions, in the order in which a request passes them. Both hosts run every request through it.</summary>
public sealed class HttpPipeline(IEnumerable<IHttpPolicy> policies)
{
    private readonly IHttpPolicy[] _policies = [.. policies];

    /// <summary>Runs <paramref name="function"/> inside the policies and returns the result to be written.</summary>
    public Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> function) => InvokeAsync(invocation, function, 0);

    private Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> function, int position) =>
        position == _policies.Length
            ? function()
            : _policies[position].InvokeAsync(invocation, () => InvokeAsync(invocation, function, position + 1));
}
