using Functions.LocalHost;
using Functions.Tests.Application;
using Functions.Tests.OpenApi;
using Functions.Tests.Tasks;

namespace Functions.Tests.Requests;

/// <summary>The files in <c>requests/</c>, sent as they are.</summary>
public sealed class RequestFileTests(TaskApplication application)
{
    private static readonly string Directory = Path.Combine(LocalConfiguration.FindRoot(), "requests");

    public static TheoryData<string> Files => [.. Names.Select(name => new TheoryDataRow<string>(name))];

    private static IEnumerable<string> Names => System.IO.Directory.GetFiles(Directory, "*.http").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    [Theory, MemberData(nameof(Files))]
    public async Task Each_request_is_answered_as_the_file_says(string name)
    {
        using var client = (await application.GetAsync()).CreateClient();

        await new HttpFileRunner(client.Http, Directory).RunAsync(HttpFile.Read(Path.Combine(Directory, name)));
    }

    [Fact]
    public void Every_operation_has_a_request()
    {
        var requests = Names.SelectMany(name => HttpFile.Read(Path.Combine(Directory, name)).Requests)
            .Select(request => (request.Method, Address: new Uri(new Uri("http://localhost"), request.Address.Replace("{{api}}", "/api", StringComparison.Ordinal).Split('?')[0])))
            .ToList();

        var missing = DocumentedApi.Instance.Operations
            .Where(operation => operation.Method != "HEAD" && !requests.Any(request => request.Method.Method == operation.Method && operation.Matches(request.Address.AbsolutePath)))
            .Select(operation => $"{operation.Method} {operation.Path}");

        Assert.Empty(missing);
    }

    /// <summary>Sends all files; returns what was answered.</summary>
    internal static async Task<IEnumerable<(string Id, int Status)>> SendAllAsync(TestApplication app)
    {
        var seen = new List<(string, int)>();
        foreach (var name in Names)
        {
            using var client = app.CreateClient();
            await new HttpFileRunner(client.Http, Directory).RunAsync(HttpFile.Read(Path.Combine(Directory, name)));
            seen.AddRange(client.Answers.Seen.Keys);
        }

        return seen;
    }
}
