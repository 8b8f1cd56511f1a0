using System.ComponentModel.DataAnnotations;
using Functions.Http;
using Functions.OpenApi;

namespace Functions.Posts;

/// <summary>The body of <c>POST /posts</c>.</summary>
[Example("""{"title": "Notes on the engine", "body": "It weaves algebraic patterns."}""")]
public sealed record CreatePostRequest
{
    [Required, TextLength(200, Minimum = 1)]
    public string? Title { get; init => field = UnicodeText.Compose(value); }

    [Required, TextLength(20_000, Minimum = 1)]
    public string? Body { get; init => field = UnicodeText.Compose(value); }
}
