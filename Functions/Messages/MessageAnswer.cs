namespace Functions.Messages;

/// <summary>A message as its sender and its recipient see it.</summary>
public sealed record MessageAnswer(long Id, int SenderId, int RecipientId, string Content, DateTimeOffset CreatedAt);
