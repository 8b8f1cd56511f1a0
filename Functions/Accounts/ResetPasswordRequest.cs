using System.ComponentModel.DataAnnotations;

namespace Functions.Accounts;

/// <summary>The body of <c>POST /password/reset</c>.</summary>
public sealed record ResetPasswordRequest
{
    [Required]
    public string? Token { get; init; }

    [Required, PasswordRule]
    public string? Password { get; init; }
}
