using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Functions.Http;

/// <summary>The keys that sign cookies.</summary>
internal static class SecretKeys
{
    private const int MinimumBytes = 32;
    private const string PreviousKeys = "Sessions:PreviousSecretKeys";

    /// <summary>
    /// <c>SECRET_KEY</c>, then the earlier keys that are still accepted (<c>Sessions__PreviousSecretKeys__0</c> and so on). In Development a
    /// missing key is replaced by a random one: cookies then end with the process.
    /// </summary>
    /// <exception cref="InvalidOperationException">A key is missing or too short.</exception>
    public static IEnumerable<string> Read(IConfiguration configuration, IHostEnvironment environment)
    {
        var current = configuration["SECRET_KEY"];
        if (string.IsNullOrEmpty(current))
        {
            current = environment.IsDevelopment()
                ? RandomNumberGenerator.GetHexString(64)
                : throw new InvalidOperationException($"SECRET_KEY is missing: set it to at least {MinimumBytes} random bytes.");
        }

        var keys = new List<(string Setting, string Key)> { ("SECRET_KEY", current) };
        keys.AddRange(configuration.GetSection(PreviousKeys).GetChildren().Select(section => (section.Path.Replace(":", "__"), section.Value ?? "")));
        foreach (var (setting, key) in keys)
        {
            if (Encoding.UTF8.GetByteCount(key) < MinimumBytes)
            {
                throw new InvalidOperationException($"{setting} is too short: it must have at least {MinimumBytes} bytes.");
            }
        }

        return keys.Select(pair => pair.Key);
    }
}
