using System.Globalization;
using System.Text.RegularExpressions;

namespace Functions.Redis.Settings;

/// <summary>Reads the text of a setting as strictly as it is documented; the platform's own parsers take more, and mean something else.</summary>
public static partial class SettingText
{
    /// <summary>What a time looks like, for messages.</summary>
    public const string TimeForm = "hours:minutes:seconds, such as 00:05:00, or with days 1.00:00:00";

    /// <summary>What is wrong with a reference that <see cref="IsUnresolvedReference"/> finds, to stand behind the name of the setting.</summary>
    public const string UnresolvedReference =
        "is a reference to Key Vault that could not be resolved: check that the secret exists and that the application's identity may read it.";

    /// <summary>Whether a value is a reference to Azure Key Vault: the platform puts the secret in its place where it can.</summary>
    public static bool IsUnresolvedReference(string? value) =>
        value?.TrimStart().StartsWith("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>
    /// Reads <c>[days.]hours:minutes:seconds[.fraction]</c> with at most 23 hours. <see cref="TimeSpan.Parse(string)"/> takes <c>24</c> and
    /// <c>24:00:00</c> for 24 days.
    /// </summary>
    public static bool TryReadTime(string? text, out TimeSpan value)
    {
        value = default;
        return text is not null && Time().IsMatch(text.Trim()) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>What is wrong with <paramref name="text"/> as a value of <paramref name="type"/>; null if nothing.</summary>
    public static string? FaultOf(string text, Type type)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(type);
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(TimeSpan) ? Unless(TryReadTime(text, out _), $"is not a time: write {TimeForm}")
            : type == typeof(bool) ? Unless(bool.TryParse(text, out _), "is neither true nor false")
            : type == typeof(int) ? Unless(int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _), "is not a whole number")
            : type == typeof(long) ? Unless(long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _), "is not a whole number")
            : type == typeof(double) ? Unless(
                double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _), "is not a number such as 0.1")
            : type.IsEnum ? Unless(
                Enum.GetNames(type).Contains(text.Trim(), StringComparer.OrdinalIgnoreCase), $"is none of {string.Join(", ", Enum.GetNames(type))}")
            : null;

        string? Unless(bool isRight, string fault) => isRight ? null : $"'{text}' {fault}.";
    }

    [GeneratedRegex(@"^-?(\d{1,7}\.)?([01]?\d|2[0-3]):[0-5]?\d:[0-5]?\d(\.\d{1,7})?\z")]
    private static partial Regex Time();
}
