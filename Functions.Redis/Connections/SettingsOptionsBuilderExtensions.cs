using Functions.Redis.Connections;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Validation of options that come from settings.</summary>
public static class SettingsOptionsBuilderExtensions
{
    /// <summary>Checks the options' data annotations when the host starts; a wrong setting stops it with a message that names it.</summary>
    /// <param name="builder">The options.</param>
    /// <param name="section">The section of the settings, such as <c>Cache</c> for <c>Cache__KeyPrefix</c>.</param>
    public static OptionsBuilder<TOptions> ValidateSettings<TOptions>(this OptionsBuilder<TOptions> builder, string section) where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<IValidateOptions<TOptions>>(new SettingsValidator<TOptions>(section));
        return builder.ValidateOnStart();
    }
}
