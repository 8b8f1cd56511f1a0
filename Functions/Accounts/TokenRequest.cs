using System.ComponentModel.DataAnnotations;
using Functions.OpenApi;

namespace Functions.Accounts;

/// <summary>The body of <c>POST /email/verify</c>.</summary>
[Example("""{"token": "q3bXwq0Zc1uVb1sXy0y6v0cE0m1d7o3nZ5r8t2k4h6A"}""")]
public sealed record TokenRequest
{
    /// <summary>The token from the link in the mail.</summary>
    [Required]
    public string? Token { get; init; }
}
