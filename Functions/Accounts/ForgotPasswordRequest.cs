using System.ComponentModel.DataAnnotations;
using Functions.OpenApi;

namespace Functions.Accounts;

/// <summary>The body of <c>POST /password/forgot</c>.</summary>
[Example("""{"email": "ada@example.org"}""")]
public sealed record ForgotPasswordRequest
{
    [Required, EmailFormat]
    public string? Email { get; init; }
}
