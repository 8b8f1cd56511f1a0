using Functions.Http.Pages;
using Microsoft.AspNetCore.Http;

namespace Functions.Accounts;

/// <summary>The built-in pages that links in mails open.</summary>
public sealed class AccountPages(PageFiles files)
{
    /// <summary>Verifies an address.</summary>
    public IResult Verify { get; } = files.Page("account/verify.html");

    /// <summary>Sets a new password.</summary>
    public IResult Reset { get; } = files.Page("account/reset.html");
}
