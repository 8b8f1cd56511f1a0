using System.ComponentModel.DataAnnotations;
using Functions.Accounts;
using Functions.Http;

namespace Functions.Emails;

/// <summary>The body of <c>POST /emails</c>, and what its task carries.</summary>
public sealed record EmailRequest
{
    [Required, EmailFormat]
    public string? To { get; init; }

    [Required, TextLength(200, Minimum = 1), RegularExpression(@"^[^\p{Cc}\u2028\u2029]*\z", ErrorMessage = "The subject must be one line without control characters.")]
    public string? Subject { get; init => field = UnicodeText.Compose(value); }

    [Required, TextLength(100_000, Minimum = 1)]
    public string? Body { get; init => field = UnicodeText.Compose(value); }
}
