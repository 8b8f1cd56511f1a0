using System.ComponentModel.DataAnnotations;

namespace Functions.Accounts;

/// <summary>The body of <c>POST /password/forgot</c>.</summary>
public sealed record ForgotPasswordRequest
{
    [Required, EmailFormat]
    public string? Email { get; init; }
}
