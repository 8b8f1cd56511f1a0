using System.Collections.Frozen;
using System.Text;

namespace Functions.Accounts;

/// <summary>The 10,000 most common passwords; see <c>common-passwords.LICENSE</c> for where they come from.</summary>
public static class CommonPasswords
{
    private const string Resource = "Accounts/common-passwords.txt";

    private static readonly Lazy<FrozenSet<string>> List = new(Read);

    /// <summary>Whether <paramref name="password"/> is one of them, in whatever case.</summary>
    public static bool Contains(string password)
    {
        ArgumentNullException.ThrowIfNull(password);
        return List.Value.Contains(password);
    }

    private static FrozenSet<string> Read()
    {
        using var resource = typeof(CommonPasswords).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"'{Resource}' is not embedded.");
        using var reader = new StreamReader(resource, Encoding.UTF8);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }
}
