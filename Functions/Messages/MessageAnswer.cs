using Functions.OpenApi;

namespace Functions.Messages;

/// <summary>A message as its sender and its recipient see it.</summary>
[Example("""{"id": 99, "sender_id": 5, "recipient_id": 1, "content": "Hello!", "created_at": "2026-11-23T10:00:00Z"}""")]
public sealed record MessageAnswer(long Id, int SenderId, int RecipientId, string Content, DateTimeOffset CreatedAt);
