namespace Functions.Posts;

/// <summary>A post, as everybody sees it.</summary>
public sealed record PostAnswer(int Id, string Title, string Body, DateTimeOffset CreatedAt);
