using System.ComponentModel.DataAnnotations;

namespace Functions.Posts;

/// <summary>The body of <c>POST /posts</c>.</summary>
public sealed record CreatePostRequest
{
    [Required, StringLength(200, MinimumLength = 1)]
    public string? Title { get; init; }

    [Required, StringLength(20_000, MinimumLength = 1)]
    public string? Body { get; init; }
}
