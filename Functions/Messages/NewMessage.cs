using Functions.Http;

namespace Functions.Messages;

/// <summary>The data of the event <c>new_message</c>.</summary>
/// <param name="MessageId">Which message.</param>
/// <param name="SenderId">Who wrote it.</param>
/// <param name="Preview">Its first 100 characters.</param>
public sealed record NewMessage(long MessageId, int SenderId, string Preview)
{
    public const string EventType = "new_message";
    public const int PreviewLength = 100;

    internal static string PreviewOf(string content) => UnicodeText.Take(content, PreviewLength);
}
