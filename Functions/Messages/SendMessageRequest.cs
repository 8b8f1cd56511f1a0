using System.ComponentModel.DataAnnotations;
using Functions.Http;

namespace Functions.Messages;

/// <summary>The body of <c>POST /messages</c>.</summary>
public sealed record SendMessageRequest
{
    [Required, Range(1, int.MaxValue)]
    public int? RecipientId { get; init; }

    [Required, TextLength(4000, Minimum = 1)]
    public string? Content { get; init => field = UnicodeText.Compose(value); }
}
