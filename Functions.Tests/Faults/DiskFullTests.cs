using Functions.LocalHost.Embedded;
using Functions.Tests.Faults.MixedLoad;
using Functions.Tests.Servers;
using Npgsql;

namespace Functions.Tests.Faults;

/// <summary>A database on a file system of its own (tmpfs, 64 MB) that somebody else fills up. Needs the right to mount: skipped elsewhere.</summary>
[Collection(FaultServers.Name)]
public sealed class DiskFullTests(FaultServers servers)
{
    [Fact]
    public async Task On_a_full_disk_writes_are_unavailable_reads_go_on_and_with_room_again_everything_works()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root may mount a small file system.");
        await using var redis = await RedisProcess.StartNewAsync(RedisPersistence.AppendEverySecond);
        await using var disk = await SmallDisk.MountAsync(servers);
        await using var scene = await FaultScene.StartAsync(servers, await servers.CreateDatabaseAsync($"TABLESPACE {disk.Tablespace}"), ("Redis", redis.ConnectionString));

        var window = await scene.UnderAsync("disk full", async () =>
        {
            disk.Fill();
            // Pages that are there have room for a few more rows.
            await TestPolling.EventuallyAsync(
                () => Task.FromResult(scene.Load.Http.Requests.Count(request => request is { Kind: LoadKind.SendMessage, Status: 503 }) >= 10),
                TimeSpan.FromSeconds(30),
                "messages to be refused");
            disk.Free();
        });

        // Nothing that only reads needs room; a report's rows are read, and its file lies in Blob storage.
        window.NeverFails(LoadKind.Browse, LoadKind.Search, LoadKind.Session, LoadKind.ReadMessages, LoadKind.RequestReport).FailsPolitely()
            .TakesAtMost(FaultRun.CommandTimeout).RecoversSoon();
        await scene.AssertSoundAsync();
    }

    private sealed class SmallDisk : IAsyncDisposable
    {
        private readonly FaultServers _servers;
        private readonly string _directory;

        private SmallDisk(FaultServers servers, string directory) => (_servers, _directory) = (servers, directory);

        public string Tablespace { get; } = $"small_{Guid.NewGuid():N}";

        private string Ballast => Path.Combine(_directory, "ballast");

        public static async Task<SmallDisk> MountAsync(FaultServers servers)
        {
            var directory = Directory.CreateTempSubdirectory("functions-tests-disk-").FullName;
            await new ProgramCall("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", directory]).RunSuccessfullyAsync();
            var disk = new SmallDisk(servers, directory);
            var data = Directory.CreateDirectory(Path.Combine(directory, "data")).FullName;
            await servers.Postgres.TakeOverAsync(directory);
            await disk.ExecuteAsync($"CREATE TABLESPACE {disk.Tablespace} LOCATION '{data}'");
            return disk;
        }

        /// <summary>Writes until there is no room.</summary>
        public void Fill()
        {
            using var ballast = File.Create(Ballast);
            var block = new byte[4096];
            try
            {
                while (true)
                {
                    ballast.Write(block);
                    ballast.Flush();
                }
            }
            catch (IOException)
            {
                // Full.
            }
        }

        public void Free() => File.Delete(Ballast);

        public async ValueTask DisposeAsync()
        {
            Free();
            await ExecuteAsync(
                $"SELECT datname FROM pg_database JOIN pg_tablespace t ON dattablespace = t.oid WHERE spcname = '{Tablespace}'",
                async database => await ExecuteAsync($"DROP DATABASE {database} WITH (FORCE)"));
            await ExecuteAsync($"DROP TABLESPACE {Tablespace}");
            await new ProgramCall("umount", [_directory]).RunSuccessfullyAsync();
            Directory.Delete(_directory);
        }

        private async Task ExecuteAsync(string sql, Func<string, Task>? each = null)
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_servers.Postgres.ConnectionString) { Pooling = false }.ConnectionString);
            await connection.OpenAsync(CancellationToken.None);
            await using var command = new NpgsqlCommand(sql, connection);
            await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
            while (await reader.ReadAsync(CancellationToken.None))
            {
                await each!(reader.GetString(0));
            }
        }
    }
}
