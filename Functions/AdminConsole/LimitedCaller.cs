using System.Globalization;
using System.Net;
using Functions.Http;
using Functions.Http.Policies;

namespace Functions.AdminConsole;

/// <summary>A caller as administrators write it, <c>user:5</c> or <c>address:203.0.113.7</c>, and as limits count it.</summary>
/// <param name="Text">As administrators write it.</param>
/// <param name="Key">What is counted.</param>
/// <param name="Partition">As limits count it.</param>
public readonly record struct LimitedCaller(string Text, RateLimitKey Key, string Partition)
{
    private const string User = "user:";
    private const string Address = "address:";

    /// <summary>Reads what an administrator has written.</summary>
    public static bool TryParse(string? text, out LimitedCaller caller)
    {
        caller = default;
        if (text?.StartsWith(User, StringComparison.Ordinal) == true
            && int.TryParse(text.AsSpan(User.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0)
        {
            caller = new($"{User}{id}", RateLimitKey.User, RateLimitHttpPolicy.PartitionOfUser(id));
        }
        else if (text?.StartsWith(Address, StringComparison.Ordinal) == true && IPAddress.TryParse(text.AsSpan(Address.Length), out var address))
        {
            var network = ClientAddress.NetworkOf(address);
            caller = new($"{Address}{network}", RateLimitKey.Address, RateLimitHttpPolicy.PartitionOfNetwork(network));
        }

        return caller.Text is not null;
    }

    /// <summary>What a partition of a limit is called here.</summary>
    public static string NameOf(string partition) => partition.Split(':', 2) switch
    {
        ["u", var user] => User + user,
        ["a", var address] => Address + address,
        ["n", var network] => $"network:{network}",
        ["s", var session] => $"session:{session}",
        _ => partition,
    };
}
