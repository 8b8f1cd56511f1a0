using System.ComponentModel.DataAnnotations;
using Functions.Accounts;
using Functions.OpenApi;

namespace Functions.Users;

/// <summary>The body of <c>PUT /users/{id}</c>: what is to change.</summary>
[Example("""{"name": "Ada King"}""")]
public sealed record UpdateUserRequest : IValidatableObject
{
    [PersonName]
    public string? Name { get; init; }

    [EmailFormat]
    public string? Email { get; init; }

    [PasswordRule]
    public string? Password { get; init; }

    /// <summary>The present password, which users give who change their own address or password.</summary>
    public string? CurrentPassword { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Name is null && Email is null && Password is null ? [new ValidationResult("Give at least one of name, email and password.", ["Body"])]
        : PasswordRule.IsAddress(Password, Email) ? [new ValidationResult("The password must not be the e-mail address.", [nameof(Password)])]
        : [];
}
