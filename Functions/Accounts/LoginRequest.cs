using System.ComponentModel.DataAnnotations;

namespace Functions.Accounts;

/// <summary>The body of <c>POST /login</c>.</summary>
public sealed record LoginRequest
{
    [Required]
    public string? Email { get; init; }

    [Required]
    public string? Password { get; init; }
}
