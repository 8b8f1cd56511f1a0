namespace Functions.Http;

/// <summary>A step around every HTTP function.</summary>
public interface IHttpPolicy
{
    /// <summary>
    /// Calls <paramref name="next"/> and returns what it returns, or answers itself.
    /// </summary>
    /// <param name="invocation">The request.</param>
    /// <param name="next">The following steps, with the function at their end; returns the function's result before it is written.</param>
    Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next);
}
