using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;
using Functions.Redis.RateLimiting;
using Functions.Redis.Settings;
using Microsoft.Extensions.Configuration;

namespace Functions.Http.Policies;

/// <summary>The rate limits of all functions, as their attributes and the settings <c>RateLimits__…</c> say.</summary>
public sealed partial class RateLimitSettings
{
    private const int LongestWindowSeconds = 3650 * 24 * 60 * 60; // As long as a policy may have it.

    private static readonly string[] Names = ["Limit", "WindowSeconds", "Outage", "Algorithm"];

    private readonly FrozenDictionary<string, FunctionLimit[]> _functions;
    private readonly FrozenDictionary<string, FunctionLimit> _later;

    /// <summary>Reads them once.</summary>
    /// <exception cref="InvalidOperationException">A setting is wrong, or two functions give one policy different limits.</exception>
    public RateLimitSettings(FunctionCatalog catalog, IConfiguration configuration, HttpOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(options);
        var sections = configuration.GetSection("RateLimits").GetChildren().ToLookup(section => Canonical(section.Key));
        var policies = new Dictionary<string, RateLimitPolicy>(StringComparer.Ordinal);
        foreach (var attribute in catalog.All.SelectMany(Checked))
        {
            var policy = Configured(attribute, sections[Canonical(attribute.Policy)]);
            if (policies.TryGetValue(policy.Name, out var other) && other != policy)
            {
                throw new InvalidOperationException($"The rate limit '{policy.Name}' is declared with different limits.");
            }

            policies[policy.Name] = policy;
        }

        var unknown = sections.FirstOrDefault(section => !policies.Keys.Any(name => Canonical(name) == section.Key));
        if (unknown is not null)
        {
            throw new InvalidOperationException(SettingsSection.UnknownName($"RateLimits__{unknown.First().Key}", "RateLimits", unknown.First().Key, policies.Keys));
        }

        var all = catalog.All.ToDictionary(
            function => function.Name,
            function => function.Policies<RateLimitAttribute>()
                .SelectMany(attribute => WithNetwork(new FunctionLimit(attribute, policies[attribute.Policy]), options.NetworkLimitFactor))
                .ToArray());
        _functions = all.ToFrozenDictionary(
            function => function.Key, function => function.Value.Where(limit => limit.Attribute.Key != RateLimitKey.Function).ToArray());
        _later = all.Values
            .SelectMany(limits => limits.Where(limit => limit.Attribute.Key == RateLimitKey.Function))
            .DistinctBy(limit => limit.Policy.Name)
            .ToFrozenDictionary(limit => limit.Policy.Name);
    }

    /// <summary>The limits of a function that are decided before it runs, in the order in which they are declared.</summary>
    public IReadOnlyList<FunctionLimit> this[FunctionDescriptor function] => _functions[function.Name];

    /// <summary>A limit that functions decide themselves (<see cref="RateLimitKey.Function"/>).</summary>
    public FunctionLimit Later(string policy) => _later[policy];

    /// <summary>The limits of a function, if they can apply to any request to it.</summary>
    private static IReadOnlyList<RateLimitAttribute> Checked(FunctionDescriptor function)
    {
        var limits = function.Policies<RateLimitAttribute>();
        foreach (var limit in limits)
        {
            var problem = !SaneName().IsMatch(limit.Policy) ? "its name may have letters, digits, '-', '_' and '.' only"
                : limit.Limit < 1 || limit.WindowSeconds < 1 ? "limit and window must be at least 1"
                : limit.WindowSeconds > LongestWindowSeconds ? $"the window must be {LongestWindowSeconds} s at most"
                : limit.Key is RateLimitKey.User or RateLimitKey.Session && function.Policy<RequireSessionAttribute>() is null
                    ? "a limit by user or session needs [RequireSession]"
                : limit.Key == RateLimitKey.Header && string.IsNullOrEmpty(limit.Header) ? "a limit by header must name the header"
                : limits.Count(other => other.Policy == limit.Policy) > 1 ? "the function has it twice"
                : null;
            if (problem is not null)
            {
                throw new InvalidOperationException($"The rate limit '{limit.Policy}' of function '{function.Name}': {problem}.");
            }
        }

        return limits;
    }

    private static IEnumerable<FunctionLimit> WithNetwork(FunctionLimit limit, int factor)
    {
        yield return limit;
        if (factor > 0 && limit.Attribute.Key == RateLimitKey.Address)
        {
            var most = (int)Math.Min((long)limit.Policy.Limit * factor, int.MaxValue);
            yield return limit with { Policy = limit.Policy with { Name = $"{limit.Policy.Name}-network", Limit = most }, IsOfNetwork = true };
        }
    }

    // Shells do not take a hyphen in the name of a variable, and settings are not case-sensitive.
    private static string Canonical(string name) => name.Replace('-', '_').ToUpperInvariant();

    private static RateLimitPolicy Configured(RateLimitAttribute attribute, IEnumerable<IConfigurationSection> sections)
    {
        var policy = new RateLimitPolicy(
            attribute.Policy, attribute.Limit, TimeSpan.FromSeconds(attribute.WindowSeconds), Algorithm: attribute.Algorithm);
        foreach (var section in sections)
        {
            if (section.GetChildren().FirstOrDefault(setting => !Names.Contains(setting.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            {
                var name = $"RateLimits__{section.Key}";
                throw new InvalidOperationException(SettingsSection.UnknownName($"{name}__{unknown.Key}", name, unknown.Key, Names));
            }

            policy = policy with
            {
                Limit = Positive(section, "Limit") ?? policy.Limit,
                Window = Positive(section, "WindowSeconds", LongestWindowSeconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : policy.Window,
                Outage = Choice<OutagePolicy>(section, "Outage") ?? policy.Outage,
                Algorithm = Choice<RateLimitAlgorithm>(section, "Algorithm") ?? policy.Algorithm,
            };
        }

        return policy;
    }

    private static T? Choice<T>(IConfigurationSection section, string name) where T : struct, Enum =>
        section[name] is not { Length: > 0 } text ? null
        : Enum.TryParse<T>(text, ignoreCase: true, out var choice) && Enum.IsDefined(choice) ? choice
        : throw new InvalidOperationException(
            $"RateLimits__{section.Key}__{name}: '{text}' is none of {string.Join(", ", Enum.GetNames<T>())}.");

    private static int? Positive(IConfigurationSection section, string name, int most = int.MaxValue) =>
        section[name] is not { Length: > 0 } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= most ? number
        : throw new InvalidOperationException($"RateLimits__{section.Key}__{name}: '{text}' is not a whole number {(most == int.MaxValue ? "of at least 1" : $"from 1 to {most}")}.");

    [GeneratedRegex("^[A-Za-z0-9._-]{1,64}\\z")]
    private static partial Regex SaneName();
}
