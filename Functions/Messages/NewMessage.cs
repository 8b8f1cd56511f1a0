using Functions.Http;
using Functions.OpenApi;

namespace Functions.Messages;

/// <summary>The data of the event <c>new_message</c>.</summary>
/// <param name="MessageId">Which message.</param>
/// <param name="SenderId">Who wrote it.</param>
/// <param name="Preview">Its first 100 characters.</param>
[Example("""{"message_id": 99, "sender_id": 5, "preview": "Hello!"}""")]
public sealed record NewMessage(long MessageId, int SenderId, string Preview)
{
    public const string EventType = "new_message";
    public const int PreviewLength = 100;

    internal static string PreviewOf(string content) => UnicodeText.Take(content, PreviewLength);
}
