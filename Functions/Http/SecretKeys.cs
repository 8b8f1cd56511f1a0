using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Functions.Http;

/// <summary>The keys that sign cookies.</summary>
internal static class SecretKeys
{
    /// <summary>The name of the earlier keys in the section <c>Sessions</c>.</summary>
    public const string PreviousName = "PreviousSecretKeys";

    private const int MinimumBytes = 32;
    private const int FewestCharacters = 10; // Hexadecimal digits of a random key have 14 or more of 16 different ones.
    private const string Recipe = "openssl rand -base64 48";

    /// <summary>Whether there is no <c>SECRET_KEY</c>.</summary>
    public static bool IsMissing(IConfiguration configuration) => string.IsNullOrEmpty(configuration["SECRET_KEY"]);

    /// <summary>
    /// <c>SECRET_KEY</c>, then the earlier keys that are still accepted (<c>Sessions__PreviousSecretKeys__0</c> and so on). In Development a
    /// missing key is replaced by a random one, until there is the one that hosts share: <see cref="DevelopmentSecretKey"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">A key is missing, too short or can be guessed.</exception>
    public static IEnumerable<string> Read(IConfiguration configuration, IHostEnvironment environment)
    {
        var current = configuration["SECRET_KEY"];
        if (IsMissing(configuration))
        {
            current = environment.IsDevelopment()
                ? RandomNumberGenerator.GetHexString(64)
                : throw new InvalidOperationException($"SECRET_KEY is missing: set it to at least {MinimumBytes} random bytes.");
        }

        var keys = new List<(string Setting, string Key)> { ("SECRET_KEY", current!) };
        keys.AddRange(configuration.GetSection($"Sessions:{PreviousName}").GetChildren().Select(section => (section.Path.Replace(":", "__"), section.Value ?? "")));
        foreach (var (setting, key) in keys)
        {
            if (Encoding.UTF8.GetByteCount(key) < MinimumBytes)
            {
                throw new InvalidOperationException($"{setting} is too short: it must have at least {MinimumBytes} random bytes, as '{Recipe}' prints them.");
            }

            if (IsGuessable(key))
            {
                throw new InvalidOperationException($"{setting} can be guessed: it must be random, as what '{Recipe}' prints.");
            }
        }

        return keys.Select(pair => pair.Key);
    }

    // A placeholder, few characters, a short text again and again, or the alphabet: what people type who need just any key.
    private static bool IsGuessable(string key) =>
        key is ['<', .., '>']
        || key.Distinct().Count() < FewestCharacters
        || Enumerable.Range(1, key.Length / 2).Any(period => key.AsSpan(period).SequenceEqual(key.AsSpan(0, key.Length - period)))
        || key.Zip(key.Skip(1)).Count(pair => Math.Abs(pair.Second - pair.First) <= 1) > key.Length / 2;
}
