using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace Functions.Accounts;

/// <summary>The settings <c>ADMIN_EMAIL</c> and <c>ADMIN_PASSWORD</c>: both or neither.</summary>
public sealed record FirstAdminOptions(string? Email, string? Password)
{
    /// <summary>Reads them.</summary>
    /// <exception cref="InvalidOperationException">One is missing or not valid.</exception>
    public static FirstAdminOptions FromConfiguration(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var email = Setting("ADMIN_EMAIL");
        var password = Setting("ADMIN_PASSWORD");
        if (email is null != password is null)
        {
            throw new InvalidOperationException($"{(email is null ? "ADMIN_EMAIL" : "ADMIN_PASSWORD")} is missing: set both ADMIN_EMAIL and ADMIN_PASSWORD, or neither.");
        }

        ValidationAttribute format = new EmailFormatAttribute();
        if (email is not null && !format.IsValid(email))
        {
            throw new InvalidOperationException("ADMIN_EMAIL is not an e-mail address.");
        }

        if (password is not null && PasswordRule.FindError(password, email) is { } error)
        {
            throw new InvalidOperationException($"ADMIN_PASSWORD: {error}");
        }

        return new FirstAdminOptions(email, password);

        string? Setting(string name) => string.IsNullOrWhiteSpace(configuration[name]) ? null : configuration[name];
    }
}
