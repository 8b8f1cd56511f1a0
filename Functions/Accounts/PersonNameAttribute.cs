using System.ComponentModel.DataAnnotations;

namespace Functions.Accounts;

/// <summary>A name of 1 to 100 characters that is not blank and has no control characters.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PersonNameAttribute : ValidationAttribute
{
    private const int MaximumLength = 100;

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => $"The value must have 1 to {MaximumLength} characters, none of them a control character.";

    /// <inheritdoc/>
    public override bool IsValid(object? value) =>
        value is null || (value is string name && name.Trim().Length is > 0 and <= MaximumLength && !name.Any(char.IsControl));
}
