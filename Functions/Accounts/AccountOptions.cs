using System.ComponentModel.DataAnnotations;

namespace Functions.Accounts;

/// <summary>Addresses and passwords of accounts. Settings: <c>Accounts__…</c>.</summary>
public sealed class AccountOptions : IValidatableObject
{
    /// <summary>How long the link that verifies an address is valid; default one day.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan VerificationLifetime { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long the link that sets a new password is valid; default one hour.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan ResetLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// The page that the link in a mail opens to verify an address; relative to <c>PUBLIC_URL</c>, or a whole address. It finds the token behind <c>#token=</c> and sends it to <c>POST /email/verify</c>.
    /// Default: the built-in one.
    /// </summary>
    [Required]
    public string VerifyPage { get; set; } = "api/email/verify";

    /// <summary>The same for a new password, which goes to <c>POST /password/reset</c>.</summary>
    [Required]
    public string ResetPage { get; set; } = "api/password/reset";

    /// <summary>
    /// The functions, by name, that only users with a verified address may call (403 else), such as <c>CreatePost</c> and <c>SendMessage</c>; <c>*</c>
    /// is all that need a session but those by which an address is verified or changed. Default: none.
    /// </summary>
    public IReadOnlyList<string> VerifiedEmailFor { get; set; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        new[] { (nameof(VerifyPage), VerifyPage), (nameof(ResetPage), ResetPage) }
            .Where(page => !PublicUrl.IsPage(page.Item2))
            .Select(page => new ValidationResult($"'{page.Item2}' is no page such as 'verify' or 'https://shop.example/verify'.", [page.Item1]));
}
