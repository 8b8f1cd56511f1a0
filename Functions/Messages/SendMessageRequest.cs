using System.ComponentModel.DataAnnotations;

namespace Functions.Messages;

/// <summary>The body of <c>POST /messages</c>.</summary>
public sealed record SendMessageRequest
{
    [Required, Range(1, int.MaxValue)]
    public int? RecipientId { get; init; }

    [Required, StringLength(4000, MinimumLength = 1)]
    public string? Content { get; init; }
}
