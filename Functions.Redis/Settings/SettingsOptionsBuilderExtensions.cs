using Functions.Redis.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Options that come from settings.</summary>
public static class SettingsOptionsBuilderExtensions
{
    /// <summary>
    /// Reads options from a section of the settings and checks them when the host starts: a name that is none of theirs, a text that is no value
    /// (a bare number for a time among them) and a value out of its range stop it with a message that names the setting.
    /// </summary>
    /// <param name="builder">The options.</param>
    /// <param name="section">The section, such as <c>Cache</c> for <c>Cache__KeyPrefix</c>.</param>
    /// <param name="others">Names in the section that are bound to no options.</param>
    public static OptionsBuilder<TOptions> BindSettings<TOptions>(this OptionsBuilder<TOptions> builder, string section, params string[] others)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(new SettingNames(section, [.. SettingsSection.NamesOf(typeof(TOptions)), .. others]));
        builder.Configure<IConfiguration, IEnumerable<SettingNames>>((options, configuration, names) =>
        {
            var settings = configuration.GetSection(section);
            var known = names.Where(one => one.Section == section).SelectMany(one => one.Names).Distinct(StringComparer.OrdinalIgnoreCase);
            var faults = SettingsSection.FaultsOf(settings, typeof(TOptions), [.. known]).ToArray();
            if (faults.Length > 0)
            {
                throw new OptionsValidationException(builder.Name, typeof(TOptions), faults);
            }

            settings.Bind(options);
        });
        return builder.ValidateSettings(section);
    }

    /// <summary>Checks the options' data annotations when the host starts; a wrong setting stops it with a message that names it.</summary>
    /// <param name="builder">The options.</param>
    /// <param name="section">The section of the settings, such as <c>Cache</c> for <c>Cache__KeyPrefix</c>.</param>
    public static OptionsBuilder<TOptions> ValidateSettings<TOptions>(this OptionsBuilder<TOptions> builder, string section) where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>>(new SettingsValidator<TOptions>(section)));
        return builder.ValidateOnStart();
    }
}
