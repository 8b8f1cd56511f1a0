using System.Buffers;
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
    private const int LongestPartition = 17;
    private const int LongestPartitionAndName = 24;
    private const int PartitionDigestBytes = 12;
    private const int NameDigestBytes = 4;

    private static readonly SearchValues<char> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_");

    /// <summary>The limit that a limiter of <paramref name="algorithm"/> counts, with its arguments checked.</summary>
    internal static CountedLimit Of(RateLimitPolicy policy, RateLimitAlgorithm algorithm, string partition)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(partition);
        policy.Validate();
        return new(policy with { Algorithm = algorithm }, partition);
    }

    /// <summary>
    /// The key, of 30 bytes at most. The partition is its hash tag, so that all limits of one caller can be decided by one script. What is
    /// too long, or would end the tag, is replaced by a part of its SHA-256: 96 bits of a partition, 32 of the name of a policy.
    /// </summary>
    internal RedisKey Key
    {
        get
        {
            var tag = Partition.Length is > 0 and <= LongestPartition && !Partition.AsSpan().ContainsAnyExcept(Plain)
                ? Partition
                : Digest(Partition, PartitionDigestBytes);
            var name = tag.Length + Policy.Name.Length <= LongestPartitionAndName ? Policy.Name : Digest(Policy.Name, NameDigestBytes);

            // Keys of different algorithms have different types, so a policy that changes its algorithm changes its key.
            return string.Concat("rl:{", tag, "}", Policy.Letter, name);
        }
    }

    private static string Digest(string text, int bytes) =>
        $"#{Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, bytes))}";
}
