namespace Functions.Http;

/// <summary>The policies of HTTP functions, in the order in which a request passes them. Both hosts run every request through it.</summary>
public sealed class HttpPipeline
{
    private readonly IHttpPolicy[] _policies;
    private readonly IEarlyHttpPolicy[] _early;
    private readonly int _firstEarly;

    /// <summary>Makes a pipeline of <paramref name="policies"/>.</summary>
    public HttpPipeline(IEnumerable<IHttpPolicy> policies)
    {
        _policies = [.. policies];
        _early = [.. _policies.OfType<IEarlyHttpPolicy>()];
        _firstEarly = Array.FindIndex(_policies, policy => policy is IEarlyHttpPolicy);
    }

    /// <summary>Runs <paramref name="function"/> inside the policies and returns the result to be written.</summary>
    public Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> function) => InvokeAsync(invocation, function, 0);

    private Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> function, int position) =>
        position == _policies.Length ? function()
        : position == _firstEarly ? InvokeEarlyAsync(invocation, function, position)
        : StepAsync(invocation, function, position);

    private Task<object?> StepAsync(HttpInvocation invocation, Func<Task<object?>> function, int position) =>
        _policies[position].InvokeAsync(invocation, () => InvokeAsync(invocation, function, position + 1));

    // The commands of all early policies are on their way before the first of them waits: one round trip instead of one after the other.
    private async Task<object?> InvokeEarlyAsync(HttpInvocation invocation, Func<Task<object?>> function, int position)
    {
        try
        {
            Array.ForEach(_early, policy => policy.Begin(invocation));
            return await StepAsync(invocation, function, position);
        }
        finally
        {
            Array.ForEach(_early, policy => policy.Abandon(invocation));
        }
    }
}
