using System.Globalization;
using Functions.Data;
using Microsoft.AspNetCore.Identity;
using Npgsql;

namespace Functions.Tests.Faults.MixedLoad;

/// <summary>A user of the mixed load.</summary>
internal sealed record LoadAccount(int Id, string Email)
{
    public const string Password = "correct horse battery";

    /// <summary>Stores accounts.</summary>
    /// <param name="postgres">The database of the application.</param>
    /// <param name="count">How many.</param>
    /// <param name="hasher">Decides how much work each login is.</param>
    public static async Task<LoadAccount[]> CreateAsync(string postgres, int count, IPasswordHasher<User> hasher)
    {
        await using var database = NpgsqlDataSource.Create(postgres);
        var accounts = new LoadAccount[count];
        for (var i = 0; i < count; i++)
        {
            var email = $"{Guid.NewGuid():N}@example.com";
            await using var command = database.CreateCommand(
                "INSERT INTO users (email, normalized_email, name, password_hash, is_admin, created_at) VALUES ($1, $1, 'Load', $2, false, now()) RETURNING id");
            command.Parameters.Add(new() { Value = email });
            command.Parameters.Add(new() { Value = hasher.HashPassword(null!, Password) });
            accounts[i] = new LoadAccount(Convert.ToInt32(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture), email);
        }

        return accounts;
    }
}
