using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Functions.Http;

/// <summary>Errors as problem details (RFC 9457), each with the member <c>error</c>, a short sentence.</summary>
public static class Problems
{
    private const string QuotaExceeded = "https://iana.org/assignments/http-problem-types#quota-exceeded";

    public static ProblemHttpResult BadRequest(string error) => Problem(StatusCodes.Status400BadRequest, error);

    public static ProblemHttpResult Unauthorized(string error) => Problem(StatusCodes.Status401Unauthorized, error);

    public static ProblemHttpResult Forbidden(string error) => Problem(StatusCodes.Status403Forbidden, error);

    public static ProblemHttpResult NotFound(string error) => Problem(StatusCodes.Status404NotFound, error);

    public static ProblemHttpResult MethodNotAllowed() => Problem(StatusCodes.Status405MethodNotAllowed, "Method not allowed");

    public static ProblemHttpResult Conflict(string error) => Problem(StatusCodes.Status409Conflict, error);

    /// <summary>The resource is not as <see cref="Preconditions"/> want it.</summary>
    public static ProblemHttpResult PreconditionFailed() => Problem(StatusCodes.Status412PreconditionFailed, "Precondition failed");

    public static ProblemHttpResult PayloadTooLarge(long limit) =>
        Problem(StatusCodes.Status413PayloadTooLarge, $"The body may have {limit} bytes at most");

    public static ProblemHttpResult UnsupportedMediaType(string expected) =>
        Problem(StatusCodes.Status415UnsupportedMediaType, $"The content type must be {expected}");

    public static ProblemHttpResult Unprocessable(string error) => Problem(StatusCodes.Status422UnprocessableEntity, error);

    public static ProblemHttpResult InternalError() => Problem(StatusCodes.Status500InternalServerError, "Internal server error");

    public static ProblemHttpResult Unavailable() => Problem(StatusCodes.Status503ServiceUnavailable, "Service temporarily unavailable");

    /// <summary>A rejected request, naming the policies that rejected it (draft-ietf-httpapi-ratelimit-headers-10, section 5).</summary>
    public static ProblemHttpResult RateLimited(IEnumerable<string> policies) => Problem(
        StatusCodes.Status429TooManyRequests, "Rate limit exceeded", QuotaExceeded, ("violated-policies", policies.ToArray()));

    /// <summary>A request with invalid fields; <paramref name="errors"/> tells by field what is wrong.</summary>
    public static ProblemHttpResult Invalid(IDictionary<string, string[]> errors) =>
        Problem(StatusCodes.Status400BadRequest, "The request is not valid", null, ("errors", errors));

    /// <summary>A request with one invalid field.</summary>
    public static ProblemHttpResult Invalid(string field, string message) =>
        Invalid(new Dictionary<string, string[]> { [field] = [message] });

    /// <summary>Any other status.</summary>
    public static ProblemHttpResult Problem(int status, string error, string? type = null, params IEnumerable<(string Name, object? Value)> members)
    {
        var extensions = new Dictionary<string, object?> { ["error"] = error };
        foreach (var (name, value) in members)
        {
            extensions[name] = value;
        }

        return TypedResults.Problem(statusCode: status, type: type, extensions: extensions);
    }
}
