using System.ComponentModel.DataAnnotations;
using Functions.Accounts;

namespace Functions.Emails;

/// <summary>The body of <c>POST /emails</c>, and what its task carries.</summary>
public sealed record EmailRequest(
    [property: Required, EmailFormat] string? To,
    [property: Required, StringLength(200, MinimumLength = 1), RegularExpression(@"^[^\p{Cc}]*\z", ErrorMessage = "The subject must be one line without control characters.")] string? Subject,
    [property: Required, StringLength(100_000, MinimumLength = 1)] string? Body);
