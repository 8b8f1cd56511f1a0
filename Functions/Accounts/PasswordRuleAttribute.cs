using System.ComponentModel.DataAnnotations;

namespace Functions.Accounts;

/// <summary>A password of 10 to 128 characters.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PasswordRuleAttribute : ValidationAttribute
{
    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) =>
        $"The password must have {PasswordRule.MinimumLength} to {PasswordRule.MaximumLength} characters.";

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is null || (value is string password && PasswordRule.HasValidLength(password));
}
