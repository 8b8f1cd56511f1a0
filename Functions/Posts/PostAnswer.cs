using Functions.OpenApi;

namespace Functions.Posts;

/// <summary>A post, as everybody sees it.</summary>
/// <param name="Id">Names it; later posts have greater numbers.</param>
/// <param name="Title">The heading.</param>
/// <param name="Body">The text.</param>
/// <param name="CreatedAt">When it was published.</param>
[Example("""{"id": 12, "title": "Notes on the engine", "body": "It weaves algebraic patterns.", "created_at": "2026-11-23T10:00:00Z"}""")]
public sealed record PostAnswer(int Id, string Title, string Body, DateTimeOffset CreatedAt);
