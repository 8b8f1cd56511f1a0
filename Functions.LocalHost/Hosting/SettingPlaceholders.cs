using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Functions.LocalHost.Hosting;

/// <summary>Replaces <c>%NAME%</c> in trigger attributes by the setting NAME.</summary>
internal sealed partial class SettingPlaceholders(IConfiguration configuration)
{
    /// <exception cref="InvalidOperationException">A setting is missing; the message names it.</exception>
    public string Resolve(string text, FunctionDescriptor function) => Placeholder().Replace(text, match =>
        configuration[match.Groups[1].Value.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal)]
        ?? throw new InvalidOperationException(
            $"Setting '{match.Groups[1].Value}' is missing: the trigger of function '{function.Name}' needs it for '{text}'."));

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Placeholder();
}
