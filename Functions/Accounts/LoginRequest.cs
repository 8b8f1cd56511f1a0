using System.ComponentModel.DataAnnotations;
using Functions.OpenApi;

namespace Functions.Accounts;

/// <summary>The body of <c>POST /login</c>.</summary>
[Example("""{"email": "ada@example.org", "password": "analytical-engine"}""")]
public sealed record LoginRequest
{
    [Required]
    public string? Email { get; init; }

    [Required]
    public string? Password { get; init; }

    /// <summary>Whether the browser keeps the session when it is closed; default true. Without, it also ends earlier: <c>Sessions__BrowserLifetime</c>.</summary>
    public bool? Remember { get; init; }
}
