using Functions.Data;
using Functions.Redis.Caching;
using Functions.Redis.Events;
using Functions.Redis.Tasks;
using Functions.Tasks;
using Functions.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Functions.Accounts;

/// <summary>Registers accounts: who there is, what they prove, and the mails about them.</summary>
internal static class AccountServiceCollectionExtensions
{
    /// <exception cref="InvalidOperationException">A setting is missing or wrong.</exception>
    public static IServiceCollection AddAccounts(this IServiceCollection services, IConfiguration configuration, IHostEnvironment environment)
    {
        services.AddOptions<AccountOptions>().BindSettings("Accounts");
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<AccountOptions>>().Value);
        services.AddSingleton(PublicUrl.FromConfiguration(configuration, environment));

        services.AddSingleton<IPasswordHasher<User>>(new PasswordHasher<User>(Options.Create(new PasswordHasherOptions())));
        services.AddSingleton<AccountRegistry>();
        services.AddSingleton<PasswordCheck>();
        services.AddSingleton<IHybridCacheSerializer<Account>>(new JsonHybridCacheSerializer<Account>(AccountJson.Default.Account));
        services.AddSingleton<UserDirectory>();
        services.AddSingleton<Http.Policies.IAdminDirectory>(provider => provider.GetRequiredService<UserDirectory>());

        services.AddSingleton<AccountMails>();
        services.AddSingleton<AccountPages>();
        services.AddSingleton<EmailVerification>();
        services.AddSingleton<PasswordReset>();
        services.AddEventHandler<AccountMailRequestedHandler, AccountMail>(AccountMail.EventType);
        services.AddTaskHandler<AccountMailHandler, AccountMail>(TaskNames.SendAccountMail);

        services.AddHostedService<MailboxUpgrade>();
        services.AddSingleton(FirstAdminOptions.FromConfiguration(configuration));
        services.AddHostedService<FirstAdmin>();
        return services;
    }
}
