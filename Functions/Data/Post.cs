namespace Functions.Data;

/// <summary>Something that a user wrote for everybody to read.</summary>
public sealed class Post
{
    public int Id { get; init; }

    public int UserId { get; init; }

    public required string Title { get; init; }

    public required string Body { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}
