using Functions.OpenApi;

namespace Functions.Messages;

/// <summary>A message as its sender and its recipient see it.</summary>
/// <param name="Id">Names it; later messages have greater numbers.</param>
/// <param name="SenderId">Who wrote it.</param>
/// <param name="RecipientId">To whom.</param>
/// <param name="Content">The text.</param>
/// <param name="CreatedAt">When it was sent.</param>
[Example("""{"id": 99, "sender_id": 5, "recipient_id": 1, "content": "Hello!", "created_at": "2026-11-23T10:00:00Z"}""")]
public sealed record MessageAnswer(long Id, int SenderId, int RecipientId, string Content, DateTimeOffset CreatedAt);
