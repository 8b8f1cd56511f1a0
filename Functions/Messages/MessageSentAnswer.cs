namespace Functions.Messages;

/// <summary>The answer of <c>POST /messages</c>.</summary>
public sealed record MessageSentAnswer(long MessageId);
