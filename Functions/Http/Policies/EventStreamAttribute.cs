namespace Functions.Http.Policies;

/// <summary>
/// The function answers with an event stream. While a server that it needs is away the answer is a stream that ends at once with a hint when to come
/// again: an <c>EventSource</c> gives up for good on any other status than 200 (WHATWG HTML, section 9.2.3).
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EventStreamAttribute : Attribute;
