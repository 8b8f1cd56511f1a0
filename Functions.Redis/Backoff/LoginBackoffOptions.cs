using System.ComponentModel.DataAnnotations;

namespace Functions.Redis.Backoff;

/// <summary>How much failed logins slow an account down. Settings: <c>LoginBackoff__…</c>.</summary>
public sealed class LoginBackoffOptions
{
    /// <summary>What all keys start with; default <c>login:</c>.</summary>
    [Required]
    public string KeyPrefix { get; set; } = "login:";

    /// <summary>
    /// So many failures in a row have no consequence; default 20, at most 100 (NIST SP 800-63B, section 5.2.2). Logins under way count as
    /// failures until they succeed, so this is also how many may be under way.
    /// </summary>
    [Range(1, 100)]
    public int FreeFailures { get; set; } = 20;

    /// <summary>The wait after the last free failure; each further failure doubles it. Default one second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:15:00")]
    public TimeSpan FirstWait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait; default, and at most, 15 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:15:00")]
    public TimeSpan MaximumWait { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Failures are forgotten so long after the last wait; default one hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan Memory { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long an address from which the account was entered is remembered: failures from elsewhere do not make it wait. Default 30 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan KnownAddressLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How many such addresses are remembered per account; default 10.</summary>
    [Range(1, 100)]
    public int KnownAddresses { get; set; } = 10;
}
