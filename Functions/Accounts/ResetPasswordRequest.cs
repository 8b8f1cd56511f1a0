using System.ComponentModel.DataAnnotations;
using Functions.OpenApi;

namespace Functions.Accounts;

/// <summary>The body of <c>POST /password/reset</c>.</summary>
[Example("""{"token": "q3bXwq0Zc1uVb1sXy0y6v0cE0m1d7o3nZ5r8t2k4h6A", "password": "difference-engine"}""")]
public sealed record ResetPasswordRequest
{
    /// <summary>The token from the link in the mail.</summary>
    [Required]
    public string? Token { get; init; }

    [Required, PasswordRule]
    public string? Password { get; init; }
}
