using Functions.LocalHost.Embedded;

namespace Functions.Tests.Embedded;

public sealed class InstanceDirectoryTests
{
    [Fact]
    public async Task Each_holder_gets_the_lowest_free_number()
    {
        using var root = new TemporaryRoot();
        var first = await InstanceDirectory.TakeAsync(root.Path, TestContext.Current.CancellationToken);
        using var second = await InstanceDirectory.TakeAsync(root.Path, TestContext.Current.CancellationToken);
        first.Dispose();

        using var third = await InstanceDirectory.TakeAsync(root.Path, TestContext.Current.CancellationToken);

        Assert.Equal((1, 2, 1), (first.Number, second.Number, third.Number));
        Assert.Equal(root.Instance(2), second.Path);
    }

    [Fact]
    public async Task A_number_is_not_taken_while_its_supervisor_still_works()
    {
        using var root = new TemporaryRoot();
        Directory.CreateDirectory(root.Instance(1));
        var supervisor = Supervisor.Start(root.Instance(1));

        var taking = InstanceDirectory.TakeAsync(root.Path, TestContext.Current.CancellationToken);
        Assert.False(taking.IsCompleted);
        await supervisor.DisposeAsync();

        using var taken = await taking;
        Assert.Equal(1, taken.Number);
    }

    [Fact]
    public async Task A_half_written_supervisor_file_counts_as_none()
    {
        using var root = new TemporaryRoot();
        Directory.CreateDirectory(root.Instance(1));
        await File.WriteAllTextAsync(Path.Combine(root.Instance(1), "supervisor.json"), "{\"Id\":", TestContext.Current.CancellationToken);

        using var taken = await InstanceDirectory.TakeAsync(root.Path, TestContext.Current.CancellationToken);

        Assert.Equal(1, taken.Number);
    }
}
