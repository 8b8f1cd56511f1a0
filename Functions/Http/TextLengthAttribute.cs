using System.ComponentModel.DataAnnotations;

namespace Functions.Http;

/// <summary>Text of so many characters, as people count them (<see cref="UnicodeText.CountCharacters"/>).</summary>
/// <remarks>
/// A character may be made of any number of code points, so the text is bounded in UTF-16 code units too:
/// <see cref="UnicodeText.UnitsPerCharacter"/> for each character that is allowed. NUL and halves of surrogate pairs are refused.
/// </remarks>
/// <param name="maximum">The most characters, at least 1.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TextLengthAttribute(int maximum) : ValidationAttribute
{
    /// <summary>The most characters.</summary>
    public int Maximum { get; } = maximum;

    /// <summary>The fewest characters; default 0.</summary>
    public int Minimum { get; set; }

    /// <summary>What is wrong with <paramref name="text"/>, or null.</summary>
    public string? FindError(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > (long)Maximum * UnicodeText.UnitsPerCharacter)
        {
            return FormatErrorMessage("");
        }

        if (!UnicodeText.IsText(text))
        {
            return "The value is not valid Unicode text.";
        }

        var characters = UnicodeText.CountCharacters(text);
        return characters < Minimum || characters > Maximum ? FormatErrorMessage("") : null;
    }

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => Minimum > 0
        ? $"The value must have {Minimum} to {Maximum} characters."
        : $"The value may have {Maximum} characters at most.";

    /// <inheritdoc/>
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        var error = value switch
        {
            null => null,
            string text => FindError(text),
            _ => FormatErrorMessage(""),
        };
        return error is null ? ValidationResult.Success : new ValidationResult(error, [validationContext?.MemberName ?? ""]);
    }
}
