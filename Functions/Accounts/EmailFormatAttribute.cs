using System.ComponentModel.DataAnnotations;
using Functions.Data;

namespace Functions.Accounts;

/// <summary>One e-mail address without display name; see <see cref="EmailAddress"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EmailFormatAttribute : ValidationAttribute
{
    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => "The value is not an e-mail address.";

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is null || (value is string email && EmailAddress.TryParse(email, out _));
}
