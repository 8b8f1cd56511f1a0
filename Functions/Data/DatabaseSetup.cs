using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Functions.Data;

/// <summary>Brings a database to the state that the application needs. Every step may run again, and on several instances at once.</summary>
public sealed class DatabaseSetup(IDbContextFactory<AppDbContext> contexts, IPasswordHasher<User> hasher, TimeProvider time)
{
    // Any number that nothing else in this database locks.
    private const long DemoDataLock = 0x64656d6f;

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

    /// <summary>Makes an administrator, unless there is an account with that e-mail.</summary>
    /// <returns>Whether an account was made.</returns>
    public async Task<bool> AddAdminAsync(string email, string password, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var admin = NewUser(email, "Administrator", password, isAdmin: true);
        if (await context.Users.AnyAsync(user => user.NormalizedEmail == admin.NormalizedEmail, cancellationToken))
        {
            return false;
        }

        context.Add(admin);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (DbUpdateException exception) when (exception.IsUniqueViolation())
        {
            // Another instance was faster.
            return false;
        }
    }

    private User NewUser(string email, string name, string password, bool isAdmin) => new()
    {
        Email = email,
        NormalizedEmail = EmailAddress.Normalize(email),
        Name = name,
        PasswordHash = hasher.HashPassword(null!, password),
        IsAdmin = isAdmin,
        CreatedAt = time.GetUtcNow(),
    };
}
