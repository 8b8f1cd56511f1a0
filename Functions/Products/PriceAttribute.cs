using System.ComponentModel.DataAnnotations;

namespace Functions.Products;

/// <summary>A price from 0 to 9,999,999,999.99 with two decimals at most.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PriceAttribute : ValidationAttribute
{
    /// <summary>The highest price.</summary>
    public const decimal Maximum = 9_999_999_999.99m;

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => $"The price must be from 0 to {Maximum} and have two decimals at most.";

    /// <inheritdoc/>
    public override bool IsValid(object? value) =>
        value is null || (value is decimal price and >= 0 and <= Maximum && decimal.Round(price, 2) == price);
}
