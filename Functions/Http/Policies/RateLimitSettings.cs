using System.Collections.Frozen;
using System.Globalization;
using Functions.Redis.RateLimiting;
using Microsoft.Extensions.Configuration;

namespace Functions.Http.Policies;

/// <summary>The rate limits of all functions, as their attributes and the settings <c>RateLimits__…</c> say.</summary>
public sealed class RateLimitSettings
{
    private readonly FrozenDictionary<string, RateLimitPolicy> _policies;

    /// <summary>Reads them once.</summary>
    /// <exception cref="InvalidOperationException">A setting is wrong, or two functions give one policy different limits.</exception>
    public RateLimitSettings(FunctionCatalog catalog, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(configuration);
        var sections = configuration.GetSection("RateLimits").GetChildren().ToLookup(section => Canonical(section.Key));
        var policies = new Dictionary<string, RateLimitPolicy>(StringComparer.Ordinal);
        foreach (var attribute in catalog.All.Select(function => function.Policy<RateLimitAttribute>()).OfType<RateLimitAttribute>())
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
            throw new InvalidOperationException(
                $"RateLimits__{unknown.First().Key}: there is no such rate limit. There are: {string.Join(", ", policies.Keys.Order())}.");
        }

        _policies = policies.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The policy of an attribute.</summary>
    public RateLimitPolicy this[RateLimitAttribute attribute] => _policies[attribute.Policy];

    // Shells do not take a hyphen in the name of a variable, and settings are not case-sensitive.
    private static string Canonical(string name) => name.Replace('-', '_').ToUpperInvariant();

    private static RateLimitPolicy Configured(RateLimitAttribute attribute, IEnumerable<IConfigurationSection> sections)
    {
        var policy = new RateLimitPolicy(attribute.Policy, attribute.Limit, TimeSpan.FromSeconds(attribute.WindowSeconds));
        foreach (var section in sections)
        {
            policy = policy with
            {
                Limit = Positive(section, "Limit") ?? policy.Limit,
                Window = Positive(section, "WindowSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : policy.Window,
                Outage = Outage(section) ?? policy.Outage,
            };
        }

        return policy;
    }

    private static OutagePolicy? Outage(IConfigurationSection section) =>
        section["Outage"] is not { Length: > 0 } text ? null
        : Enum.TryParse<OutagePolicy>(text, ignoreCase: true, out var outage) && Enum.IsDefined(outage) ? outage
        : throw new InvalidOperationException(
            $"RateLimits__{section.Key}__Outage: '{text}' is none of {string.Join(", ", Enum.GetNames<OutagePolicy>())}.");

    private static int? Positive(IConfigurationSection section, string name) =>
        section[name] is not { Length: > 0 } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
        : throw new InvalidOperationException($"RateLimits__{section.Key}__{name}: '{text}' is not a whole number of at least 1.");
}
