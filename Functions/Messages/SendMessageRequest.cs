using System.ComponentModel.DataAnnotations;
using Functions.Http;
using Functions.OpenApi;

namespace Functions.Messages;

/// <summary>The body of <c>POST /messages</c>.</summary>
[Example("""{"recipient_id": 1, "content": "Hello!"}""")]
public sealed record SendMessageRequest
{
    /// <summary>The user whom it is for.</summary>
    [Required, Range(1, int.MaxValue)]
    public int? RecipientId { get; init; }

    [Required, TextLength(4000, Minimum = 1)]
    public string? Content { get; init => field = UnicodeText.Compose(value); }
}
