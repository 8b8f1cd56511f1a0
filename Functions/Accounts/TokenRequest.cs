using System.ComponentModel.DataAnnotations;

namespace Functions.Accounts;

/// <summary>The body of <c>POST /email/verify</c>.</summary>
public sealed record TokenRequest
{
    [Required]
    public string? Token { get; init; }
}
