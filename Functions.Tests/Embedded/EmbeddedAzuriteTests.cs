using Azure.Storage.Blobs;
using Functions.LocalHost.Embedded;

namespace Functions.Tests.Embedded;

public sealed class EmbeddedAzuriteTests
{
    [Fact]
    public async Task Blobs_can_be_written_and_read_and_outlive_a_restart()
    {
        using var root = new TemporaryRoot();
        await using var supervisor = Supervisor.Start(root.Path);
        await using (var azurite = Create(root, supervisor))
        {
            var container = await ContainerAsync(azurite);
            await container.CreateAsync(cancellationToken: TestContext.Current.CancellationToken);
            await container.UploadBlobAsync("hello.txt", BinaryData.FromString("hello"), TestContext.Current.CancellationToken);
        }

        await using var restarted = Create(root, supervisor);
        var blob = (await ContainerAsync(restarted)).GetBlobClient("hello.txt");
        var read = await blob.DownloadContentAsync(TestContext.Current.CancellationToken);
        Assert.Equal("hello", read.Value.Content.ToString());
    }

    [Fact]
    public async Task Concurrent_first_uses_start_it_once()
    {
        using var root = new TemporaryRoot();
        await using var supervisor = Supervisor.Start(root.Path);
        await using var azurite = Create(root, supervisor);

        var connectionStrings = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => azurite.GetConnectionStringAsync(TestContext.Current.CancellationToken)));

        Assert.Single(connectionStrings.Distinct());
    }

    [Fact]
    public async Task Without_node_the_error_names_the_ways_out()
    {
        using var root = new TemporaryRoot();
        await using var supervisor = Supervisor.Start(root.Path);
        await using var azurite = Create(root, supervisor, new ProgramSearch([], []));

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => azurite.GetConnectionStringAsync(TestContext.Current.CancellationToken));

        Assert.DoesNotContain('\n', failure.Message);
        Assert.All(["Node.js", "AzureWebJobsStorage"], way => Assert.Contains(way, failure.Message, StringComparison.Ordinal));
    }

    private static EmbeddedAzurite Create(TemporaryRoot root, Supervisor supervisor, ProgramSearch? search = null) =>
        new(root.Path, TemporaryRoot.NpmCache, supervisor, TestContext.Current.TestOutputHelper!.WriteLine, search);

    private static async Task<BlobContainerClient> ContainerAsync(EmbeddedAzurite azurite) =>
        new(await azurite.GetConnectionStringAsync(TestContext.Current.CancellationToken), "files");
}
