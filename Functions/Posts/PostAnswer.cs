using Functions.OpenApi;

namespace Functions.Posts;

/// <summary>A post, as everybody sees it.</summary>
[Example("""{"id": 12, "title": "Notes on the engine", "body": "It weaves algebraic patterns.", "created_at": "2026-11-23T10:00:00Z"}""")]
public sealed record PostAnswer(int Id, string Title, string Body, DateTimeOffset CreatedAt);
