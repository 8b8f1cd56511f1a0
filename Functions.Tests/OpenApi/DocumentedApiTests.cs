using System.Net;
using System.Text;

namespace Functions.Tests.OpenApi;

/// <summary>Answers that are not as documented are found: otherwise no test that holds answers against the document could fail.</summary>
public sealed class DocumentedApiTests
{
    private const string Product = """{"id": 1, "name": "Oak table", "description": "", "price": 1.50, "category_id": 3, "updated_at": "2026-11-23T10:00:00Z"}""";

    private static readonly string[] Required = ["X-Request-ID", "ETag", "Cache-Control", "X-Cache", "RateLimit-Policy", "RateLimit", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"];

    [Theory]
    [InlineData(200, "application/json", Product, "", null)]
    [InlineData(200, "application/json", Product, "ETag", "the header ETag of 200 is missing")]
    [InlineData(200, "application/json", Product, "RateLimit", "the header RateLimit of 200 is missing")]
    [InlineData(200, "application/json", """{"id": 1}""", "", "is not as documented")]
    [InlineData(200, "application/json", """{"id": "1", "name": "Oak table", "description": "", "price": 1.50, "category_id": 3, "updated_at": "2026-11-23T10:00:00Z"}""", "", "/id")]
    [InlineData(200, "application/json", """{"id": 1, "name": null, "description": "", "price": 1.50, "category_id": 3, "updated_at": "2026-11-23T10:00:00Z"}""", "", "/name")]
    [InlineData(200, "application/json", """{"id": 1, "name": "Oak table", "description": "", "price": 1.50, "category_id": 3, "updated_at": "yesterday"}""", "", "/updated_at")]
    [InlineData(200, "text/html", Product, "", "the content type text/html of 200 is not documented")]
    [InlineData(200, null, null, "", "200 has no body")]
    [InlineData(201, "application/json", Product, "", "the status 201 is not documented")]
    [InlineData(418, "application/problem+json", "{}", "", "the status 418 is not documented")]
    [InlineData(404, "application/problem+json", """{"title": "Not Found", "status": 404}""", "", "error")]
    [InlineData(404, "application/problem+json", """{"title": "Not Found", "status": 404, "error": "No such product"}""", "", null)]
    [InlineData(500, "application/problem+json", """{"title": "Internal Server Error", "status": 500, "error": "Internal server error"}""", "", null)]
    public void A_wrong_answer_is_found(int status, string? contentType, string? body, string missing, string? fault)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        if (body is not null)
        {
            response.Content = new StringContent(body, Encoding.UTF8, contentType!);
        }

        foreach (var header in Required.Where(header => header != missing))
        {
            response.Headers.TryAddWithoutValidation(header, "1");
        }

        var found = DocumentedApi.Instance.FaultOf(DocumentedApi.Instance["GetProduct"], response, body);

        if (fault is null)
        {
            Assert.Null(found);
        }
        else
        {
            Assert.Contains(fault, found, StringComparison.Ordinal);
        }
    }
}
