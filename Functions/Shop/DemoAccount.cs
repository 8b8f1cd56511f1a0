using Functions.Data;
using Functions.OpenApi;

namespace Functions.Shop;

/// <summary>An account of the demo data, to be entered by one click.</summary>
/// <param name="Name">The user's name.</param>
/// <param name="Email">The e-mail address.</param>
/// <param name="Password">The password.</param>
/// <param name="What">What it is for, in a few words.</param>
[Example("""{"name": "Demo User", "email": "demo@example.com", "password": "demo-user-2026", "what": "buys, writes messages, requests reports"}""")]
public sealed record DemoAccount(string Name, string Email, string Password, string What)
{
    /// <summary>Both of them.</summary>
    public static IReadOnlyList<DemoAccount> All { get; } =
    [
        new(DemoData.UserName, DemoData.UserEmail, DemoData.UserPassword, "buys, writes messages, requests reports"),
        new(DemoData.AdminName, DemoData.AdminEmail, DemoData.AdminPassword, "the same, and changes prices"),
    ];
}
