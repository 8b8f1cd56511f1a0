using Microsoft.AspNetCore.Http;

namespace Functions.Http;

/// <summary>One request on its way to its function.</summary>
/// <param name="Http">The request and the response.</param>
/// <param name="Function">The function that the route led to, with its policy attributes.</param>
public sealed record HttpInvocation(HttpContext Http, FunctionDescriptor Function);
