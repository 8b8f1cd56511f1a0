using Functions.OpenApi;

namespace Functions.Messages;

/// <summary>The answer of <c>POST /messages</c>.</summary>
[Example("""{"message_id": 99}""")]
public sealed record MessageSentAnswer(long MessageId);
