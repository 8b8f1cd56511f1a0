using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Functions.Redis.RateLimiting;

/// <summary>A policy for one caller.</summary>
/// <param name="Policy">The limit.</param>
/// <param name="Partition">Who is counted, such as <c>address:203.0.113.7</c>; the same text for all limits of one caller.</param>
public readonly record struct CountedLimit(RateLimitPolicy Policy, string Partition)
{
    // Redis keeps a key of up to 30 bytes in 32, a longer one in 48 or more: "rl:{", partition, "}", letter and name.
    private const int LongestName = 8;
    private const int PartitionDigestBytes = 12;
    private const int NameDigestBytes = 4;

    /// <summary>The limit that a limiter of <paramref name="algorithm"/> counts, with its arguments checked.</summary>
    internal static CountedLimit Of(RateLimitPolicy policy, RateLimitAlgorithm algorithm, string partition)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(partition);
        policy.Validate();
        return new(policy with { Algorithm = algorithm }, partition);
    }

    /// <summary>
    /// The key, of 30 bytes at most. The partition, as 96 bits of its SHA-256, is its hash tag, so that all limits of one caller can be decided by one
    /// script: who is counted, by an address or a key to an interface, is not for whoever reads the names of keys. Of the name of a policy that is too
    /// long there are 32 bits.
    /// </summary>
    internal RedisKey Key
    {
        get
        {
            var name = Policy.Name.Length <= LongestName ? Policy.Name : $"#{Digest(Policy.Name, NameDigestBytes)}";

            // Keys of different algorithms have different types, so a policy that changes its algorithm changes its key.
            return string.Concat("rl:{", Digest(Partition, PartitionDigestBytes), "}", Policy.Letter, name);
        }
    }

    private static string Digest(string text, int bytes) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, bytes));
}
