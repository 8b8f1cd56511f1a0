using System.Globalization;
using System.Text.RegularExpressions;

namespace Functions.Tests.Requests;

/// <summary>A file of requests, as Visual Studio, Rider and VS Code's REST Client read it, with the status that is expected of each.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Variables">The file's variables (<c>@host = …</c>), not yet replaced.</param>
/// <param name="Requests">The requests in their order.</param>
internal sealed partial record HttpFile(string Name, IReadOnlyDictionary<string, string> Variables, IReadOnlyList<HttpFileRequest> Requests)
{
    public static HttpFile Read(string path)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        var requests = new List<HttpFileRequest>();
        var title = "";
        var lines = new List<string>();
        foreach (var line in File.ReadAllLines(path).Append("###"))
        {
            if (line.StartsWith("###", StringComparison.Ordinal))
            {
                AddRequest();
                (title, lines) = (line[3..].Trim(), []);
            }
            else if (Variable().Match(line) is { Success: true } variable)
            {
                variables.Add(variable.Groups[1].Value, variable.Groups[2].Value.Trim());
            }
            else
            {
                lines.Add(line);
            }
        }

        return new HttpFile(Path.GetFileName(path), variables, requests);

        void AddRequest()
        {
            if (lines.Any(line => line.Length > 0 && !IsComment(line)))
            {
                requests.Add(Parse($"{Path.GetFileName(path)}: {title}", lines));
            }
        }
    }

    private static HttpFileRequest Parse(string title, List<string> lines)
    {
        string? name = null;
        Match? expected = null;
        foreach (var comment in lines.Where(IsComment))
        {
            name = NameOf().Match(comment) is { Success: true } named ? named.Groups[1].Value : name;
            expected = Expected().Match(comment) is { Success: true } found ? found : expected;
        }

        Assert.True(expected is not null, $"{title}: the line '# expect: <status>' is missing.");
        var head = lines.SkipWhile(line => line.Length == 0 || IsComment(line)).TakeWhile(line => line.Length > 0).Where(line => !IsComment(line)).ToList();
        var body = lines.SkipWhile(line => line.Length == 0 || IsComment(line)).SkipWhile(line => line.Length > 0).SkipWhile(line => line.Length == 0).ToList();
        var request = head[0].Split(' ', 2);
        return new HttpFileRequest(
            title,
            name,
            new HttpMethod(request[0]),
            request[1],
            [.. head.Skip(1).Select(header => (header[..header.IndexOf(':', StringComparison.Ordinal)], header[(header.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()))],
            string.Join('\n', body).Trim() is { Length: > 0 } text ? text : null,
            [.. expected.Groups["status"].Value.Split(',').Select(status => int.Parse(status, CultureInfo.InvariantCulture))],
            expected.Groups["seconds"] is { Success: true } seconds ? TimeSpan.FromSeconds(int.Parse(seconds.Value, CultureInfo.InvariantCulture)) : null,
            expected.Groups["path"] is { Success: true } awaited ? awaited.Value : null);
    }

    private static bool IsComment(string line) => line.StartsWith('#') || line.StartsWith("//", StringComparison.Ordinal);

    [GeneratedRegex(@"^@([A-Za-z_]\w*)\s*=(.*)$")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^(?:#|//)\s*@name\s+(\w+)\s*$")]
    private static partial Regex NameOf();

    [GeneratedRegex(@"^# expect: (?<status>\d{3}(, \d{3})*)( within (?<seconds>\d+) s)?(, (?<path>\$\S+))?\s*$")]
    private static partial Regex Expected();
}

/// <summary>One request of such a file.</summary>
/// <param name="Title">The file and the request's own words.</param>
/// <param name="Name">By which later requests use its answer; null for none.</param>
/// <param name="Method">The method.</param>
/// <param name="Address">The address, with variables.</param>
/// <param name="Headers">The headers, with variables.</param>
/// <param name="Body">The body, with variables, or <c>&lt; file</c>; null for none.</param>
/// <param name="Expected">The statuses that are right.</param>
/// <param name="Within">How long the request is repeated until it is answered so; null for once.</param>
/// <param name="Awaited">A path in the answer that has to be there before it is right.</param>
internal sealed record HttpFileRequest(
    string Title,
    string? Name,
    HttpMethod Method,
    string Address,
    IReadOnlyList<(string Name, string Value)> Headers,
    string? Body,
    IReadOnlyList<int> Expected,
    TimeSpan? Within,
    string? Awaited);
