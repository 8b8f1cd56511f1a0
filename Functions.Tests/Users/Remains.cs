using System.Text;
using System.Text.RegularExpressions;
using Azure.Storage.Blobs;
using Functions.Data;
using Functions.Tests.Application;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackExchange.Redis;

namespace Functions.Tests.Users;

/// <summary>Everything that the servers of an application have, searched for words.</summary>
internal static class Remains
{
    /// <summary>Keys of Redis whose name or content matches, with it.</summary>
    public static async Task<List<(string Key, string Content)>> InRedisAsync(IRedisServer server, Regex words)
    {
        await using var redis = await server.ConnectAsync();
        var database = redis.GetDatabase();
        var found = new List<(string, string)>();
        foreach (var key in await server.FindKeysAsync(""))
        {
            var content = await database.KeyTypeAsync(key) switch
            {
                RedisType.String => (string?)await database.StringGetAsync(key),
                RedisType.Hash => string.Join(' ', await database.HashGetAllAsync(key)),
                RedisType.SortedSet => string.Join(' ', await database.SortedSetRangeByRankAsync(key)),
                RedisType.List => string.Join(' ', await database.ListRangeAsync(key)),
                RedisType.Set => string.Join(' ', await database.SetMembersAsync(key)),
                _ => "",
            };
            if (words.IsMatch($"{key} {content}"))
                found.Add(($"{key}", content ?? ""));
        }

        return found;
    }

    /// <summary>Rows of all tables that match, with the table's name.</summary>
    public static async Task<List<string>> InPostgresAsync(TestApplication app, string pattern)
    {
        await using var source = NpgsqlDataSource.Create(app.Postgres);
        var tables = new List<string>();
        await using (var command = source.CreateCommand("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"))
        await using (var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken))
        {
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
                tables.Add(reader.GetString(0));
        }

        var found = new List<string>();
        foreach (var table in tables)
        {
            await using var command = source.CreateCommand($"SELECT t::text FROM \"{table}\" t WHERE t::text ~* $1");
            command.Parameters.AddWithValue(pattern);
            await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
                found.Add($"{table}: {reader.GetString(0)}");
        }

        return found;
    }

    /// <summary>Blobs whose name or content matches.</summary>
    public static async Task<List<string>> InStorageAsync(TestApplication app, Regex words)
    {
        var account = await app.Services.GetRequiredService<IBlobStorage>().GetClientAsync(TestContext.Current.CancellationToken);
        var found = new List<string>();
        await foreach (var container in account.GetBlobContainersAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            var blobs = account.GetBlobContainerClient(container.Name);
            await foreach (var blob in blobs.GetBlobsAsync(cancellationToken: TestContext.Current.CancellationToken))
            {
                if (words.IsMatch(blob.Name) || words.IsMatch(Encoding.UTF8.GetString((await blobs.GetBlobClient(blob.Name).DownloadContentAsync(TestContext.Current.CancellationToken)).Value.Content)))
                    found.Add(blob.Name);
            }
        }

        return found;
    }
}
