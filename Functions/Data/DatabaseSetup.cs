using Functions.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Functions.Data;

/// <summary>Brings a database to the state that the application needs. Every step may run again, and on several instances at once.</summary>
public sealed class DatabaseSetup(IDbContextFactory<AppDbContext> contexts, IPasswordHasher<User> hasher, TimeProvider time)
{
    // Any number that nothing else in this database locks.
    private const long DemoDataLock = 0x64656d6f;
    private const long FirstAdminLock = 0x61646d69;

    /// <summary>Applies the migrations that are missing. Where none is, reading suffices: no right to change the schema is needed.</summary>
    public async Task MigrateAsync(CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if ((await context.Database.GetPendingMigrationsAsync(cancellationToken)).Any())
        {
            // Some rewrite a table.
            context.Database.SetCommandTimeout(TimeSpan.FromMinutes(30));
            await context.Database.MigrateAsync(cancellationToken);
        }
    }

    /// <summary>Fills an empty database with <see cref="DemoData"/>; leaves any other alone.</summary>
    public async Task AddDemoDataAsync(CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({DemoDataLock})", cancellationToken);
        if (await context.Categories.AnyAsync(cancellationToken) || await context.Users.AnyAsync(cancellationToken))
        {
            return;
        }

        var now = time.GetUtcNow();
        var categories = DemoData.Categories();
        context.AddRange(categories);
        context.AddRange(NewUser(DemoData.UserEmail, DemoData.UserName, DemoData.UserPassword, isAdmin: false),
            NewUser(DemoData.AdminEmail, DemoData.AdminName, DemoData.AdminPassword, isAdmin: true));
        await context.SaveChangesAsync(cancellationToken);

        var products = DemoData.Products(categories, now).ToList();
        context.AddRange(products);
        await context.SaveChangesAsync(cancellationToken);

        context.AddRange(DemoData.Sales(products, now));
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>
    /// Sees to it that there is an administrator: where there is none, the account of <paramref name="email"/> becomes one if its owner has verified
    /// that address, or is made. Where there is one, whatever its address, nothing is changed.
    /// </summary>
    public async Task<(FirstAdminOutcome Outcome, int? UserId)> AddAdminAsync(string email, string password, CancellationToken cancellationToken = default)
    {
        var admin = NewUser(email, "Administrator", password, isAdmin: true);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({FirstAdminLock})", cancellationToken);
        if (await context.Users.AnyAsync(user => user.IsAdmin, cancellationToken))
        {
            return (FirstAdminOutcome.ThereIsOne, null);
        }

        // Locked: the address must not be changed, or cease to be verified, meanwhile.
        var account = await context.LockUserAsync(admin.NormalizedEmail, cancellationToken);
        switch (account)
        {
            case null:
                context.Add(admin);
                break;
            case { EmailVerified: true }:
                account.IsAdmin = true;
                break;
            default:
                return (FirstAdminOutcome.InTheWay, account.Id);
        }

        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return account is null ? (FirstAdminOutcome.Made, admin.Id) : (FirstAdminOutcome.Promoted, account.Id);
    }

    /// <summary>
    /// Stores the mailboxes of accounts from before they were compared as they are now (<see cref="EmailAddress.Mailbox"/>). Of several accounts with
    /// one mailbox the oldest has it; the others keep the form that they had, and are found by exactly that spelling only.
    /// </summary>
    /// <returns>The accounts that another one keeps from having their mailbox.</returns>
    public async Task<IReadOnlyList<int>> UnifyMailboxesAsync(CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var accounts = await context.Users
            .FromSql($"SELECT * FROM users WHERE normalized_email ~ '[^ -~]'") // As the index has it.
            .OrderBy(user => user.Id)
            .Select(user => new { user.Id, user.Email, user.NormalizedEmail })
            .ToListAsync(cancellationToken);
        var others = new List<int>();
        foreach (var account in accounts)
        {
            var mailbox = EmailAddress.Normalize(account.Email);
            if (mailbox == account.NormalizedEmail)
            {
                continue;
            }

            try
            {
                await context.Users
                    .Where(user => user.Id == account.Id && user.NormalizedEmail == account.NormalizedEmail)
                    .ExecuteUpdateAsync(set => set.SetProperty(user => user.NormalizedEmail, mailbox), cancellationToken);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                others.Add(account.Id);
            }
        }

        return others;
    }

    private User NewUser(string email, string name, string password, bool isAdmin) => new()
    {
        Email = email.Trim(),
        NormalizedEmail = EmailAddress.Normalize(email),
        Name = name,
        PasswordHash = hasher.HashPassword(null!, PasswordRule.Prepare(password)),
        EmailVerified = true, // Whoever runs the application knows the address.
        IsAdmin = isAdmin,
        CreatedAt = time.GetUtcNow(),
    };
}
