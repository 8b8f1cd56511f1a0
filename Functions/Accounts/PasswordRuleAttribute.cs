using System.ComponentModel.DataAnnotations;

namespace Functions.Accounts;

/// <summary>A password of 10 to 128 characters that is none of the most common.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PasswordRuleAttribute : ValidationAttribute
{
    /// <inheritdoc/>
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        var error = value is string password ? PasswordRule.FindError(password) : null;
        return error is null ? ValidationResult.Success : new ValidationResult(error, [validationContext?.MemberName ?? ""]);
    }
}
