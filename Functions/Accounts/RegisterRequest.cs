using System.ComponentModel.DataAnnotations;
using Functions.OpenApi;

namespace Functions.Accounts;

/// <summary>The body of <c>POST /register</c>.</summary>
[Example("""{"email": "ada@example.org", "name": "Ada Lovelace", "password": "analytical-engine"}""")]
public sealed record RegisterRequest : IValidatableObject
{
    [Required, EmailFormat]
    public string? Email { get; init; }

    [Required, PersonName]
    public string? Name { get; init; }

    [Required, PasswordRule]
    public string? Password { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        PasswordRule.IsAddress(Password, Email) ? [new ValidationResult("The password must not be the e-mail address.", [nameof(Password)])] : [];
}
