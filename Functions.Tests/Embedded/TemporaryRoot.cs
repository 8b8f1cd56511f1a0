using System.Diagnostics;
using Functions.LocalHost;
using Functions.LocalHost.Embedded;

namespace Functions.Tests.Embedded;

/// <summary>The root of a checkout that has nothing in it, deleted afterwards with the clusters that lie elsewhere.</summary>
internal sealed class TemporaryRoot : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public string Path { get; } = Directory.CreateTempSubdirectory("embedded-").FullName;

    public string Instance(int number) => System.IO.Path.Combine(Path, ".local", $"{number}");

    /// <summary>The installed npm packages of the real checkout, so that not every test downloads its own.</summary>
    public static string NpmCache => Directory.CreateDirectory(System.IO.Path.Combine(LocalConfiguration.FindRoot(), ".local", "npm")).FullName;

    /// <summary>Polls until <paramref name="condition"/> holds.</summary>
    public static async Task EventuallyAsync(Func<bool> condition, string what)
    {
        for (var waited = Stopwatch.StartNew(); !condition(); await Task.Delay(20, TestContext.Current.CancellationToken))
        {
            Assert.True(waited.Elapsed < Deadline, $"Not within {Deadline.TotalSeconds} s: {what}");
        }
    }

    public static ProcessIdentity? Postmaster(string instance) => EmbeddedPostgres.PossibleHomes(instance)
        .Select(home => ProcessIdentity.OfPostmaster(System.IO.Path.Combine(home, "data", "postmaster.pid")))
        .FirstOrDefault(found => found is not null);

    public void Dispose()
    {
        foreach (var home in Enumerable.Range(0, 3).Select(Instance).Prepend(Path).SelectMany(EmbeddedPostgres.PossibleHomes).Where(Directory.Exists))
        {
            Directory.Delete(home, recursive: true);
        }

        Directory.Delete(Path, recursive: true);
    }
}
