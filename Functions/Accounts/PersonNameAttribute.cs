using System.ComponentModel.DataAnnotations;
using System.Text;
using Functions.Http;

namespace Functions.Accounts;

/// <summary>
/// A name of 1 to 100 characters, at least one of which can be seen, without control characters and without what changes the direction of the text
/// around it.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PersonNameAttribute : ValidationAttribute
{
    /// <summary>The most characters.</summary>
    public const int MaximumLength = 100;

    private static readonly TextLengthAttribute Length = new(MaximumLength) { Minimum = 1 };

    /// <summary>The name as it is stored: without blanks around it, in NFC.</summary>
    public static string? Clean(string? name) => UnicodeText.Compose(name?.Trim());

    /// <inheritdoc/>
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        var error = value is not string name ? null
            : Length.FindError(name.Trim()) is { } length ? length
            : name.EnumerateRunes().Any(IsForbidden) ? "The value must not have control characters or characters that turn the direction of text."
            : !name.EnumerateRunes().Any(UnicodeText.IsVisible) ? "The value must have a character that can be seen."
            : null;
        return error is null ? ValidationResult.Success : new ValidationResult(error, [validationContext?.MemberName ?? ""]);
    }

    private static bool IsForbidden(Rune rune) =>
        Rune.IsControl(rune) || UnicodeText.IsBidirectionalControl(rune) || rune.Value is 0x2028 or 0x2029;
}
