using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace Functions.Http;

/// <summary>Reads JSON bodies.</summary>
public static class JsonBodyExtensions
{
    /// <summary>Reads the body as <typeparamref name="T"/> and checks its data annotations.</summary>
    public static async Task<JsonBody<T>> ReadJsonAsync<T>(this HttpRequest request) where T : class
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.HasJsonContentType() || !IsUtf8(request))
        {
            return new(Problems.UnsupportedMediaType("application/json in UTF-8"));
        }

        T? value;
        try
        {
            value = await JsonSerializer.DeserializeAsync<T>(request.Body, ApiJson.Options, request.HttpContext.RequestAborted);
        }
        catch (JsonException exception)
        {
            return new(Describe<T>(exception));
        }
        catch (BadHttpRequestException exception)
        {
            return new(Problems.Problem(exception.StatusCode, exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? "The body is too large"
                : "The body could not be read"));
        }

        return value is null ? new(Problems.BadRequest("The body must be a JSON object"))
            : Validation.Check(value) is { } problem ? new(problem)
            : new(value);
    }

    private static bool IsUtf8(HttpRequest request) =>
        request.GetTypedHeaders().ContentType is { } type
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    // Tells the field of a value that has the wrong type; the parser's own message would show names of the implementation.
    private static ProblemHttpResult Describe<T>(JsonException exception)
    {
        if (exception.Path is not ['$', '.', .. var path])
        {
            return Problems.BadRequest("The body is not a valid JSON object");
        }

        var field = path.Split('.', '[')[0];
        return typeof(T).GetProperties().Any(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name) == field)
            ? Problems.Invalid(field, "The value has the wrong type or is malformed.")
            : Problems.BadRequest("The body is not a valid JSON object");
    }
}
