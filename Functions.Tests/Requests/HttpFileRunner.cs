using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Functions.Tests.Servers;

namespace Functions.Tests.Requests;

/// <summary>Sends the requests of a file one after the other and compares the statuses.</summary>
/// <param name="http">The client, whose base address stands for the file's <c>@host</c>.</param>
/// <param name="directory">Where the files are that bodies name.</param>
internal sealed partial class HttpFileRunner(HttpClient http, string directory)
{
    private readonly Dictionary<string, Answer> _answers = new(StringComparer.Ordinal);

    public async Task RunAsync(HttpFile file)
    {
        foreach (var request in file.Requests)
        {
            if (request.Within is not { } deadline)
            {
                Check(request, await SendAsync(file, request));
                continue;
            }

            await TestPolling.EventuallyAsync(
                async () =>
                {
                    Check(request, await SendAsync(file, request));
                    return true;
                },
                deadline,
                request.Title);
        }
    }

    private static void Check(HttpFileRequest request, Answer answer)
    {
        Assert.True(request.Expected.Contains(answer.Status), $"{request.Title}: {answer.Status}, not {string.Join(" or ", request.Expected)}: {answer.Body}");
        if (request.Awaited is { } path)
        {
            Assert.True(Select(answer.Body, path) is not null, $"{request.Title}: {path} is not there: {answer.Body}");
        }
    }

    private async Task<Answer> SendAsync(HttpFile file, HttpFileRequest request)
    {
        using var message = new HttpRequestMessage(request.Method, Replace(file, request.Address));
        if (request.Body is { } body)
        {
            message.Content = body.StartsWith("< ", StringComparison.Ordinal)
                ? new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(directory, body[2..]), TestContext.Current.CancellationToken))
                : new StringContent(Replace(file, body));
            message.Content.Headers.Clear();
        }

        foreach (var (name, value) in request.Headers)
        {
            Assert.True(message.Headers.TryAddWithoutValidation(name, Replace(file, value)) || message.Content?.Headers.TryAddWithoutValidation(name, value) == true);
        }

        using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var isStream = response.Content.Headers.ContentType?.MediaType == "text/event-stream"; // It goes on.
        var answer = new Answer(
            (int)response.StatusCode,
            isStream ? "" : await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));
        if (request.Name is { } key)
        {
            _answers[key] = answer;
        }

        return answer;
    }

    private string Replace(HttpFile file, string text) => Placeholder().Replace(text, placeholder => ValueOf(file, placeholder.Groups[1].Value.Trim()));

    private string ValueOf(HttpFile file, string expression)
    {
        if (expression == "host")
        {
            return http.BaseAddress!.GetLeftPart(UriPartial.Authority);
        }

        if (file.Variables.TryGetValue(expression, out var variable))
        {
            return Replace(file, variable);
        }

        if (RandomInteger().Match(expression) is { Success: true } range)
        {
            return Random.Shared.Next(int.Parse(range.Groups[1].Value, CultureInfo.InvariantCulture), int.Parse(range.Groups[2].Value, CultureInfo.InvariantCulture))
                .ToString(CultureInfo.InvariantCulture);
        }

        var part = AnswerPart().Match(expression);
        Assert.True(part.Success && _answers.ContainsKey(part.Groups["name"].Value), $"{file.Name}: nothing has the name '{expression}'.");
        var answer = _answers[part.Groups["name"].Value];
        var value = part.Groups["header"] is { Success: true } header ? answer.Headers.GetValueOrDefault(header.Value) : Select(answer.Body, part.Groups["path"].Value);
        Assert.True(value is not null, $"{file.Name}: '{expression}' has no value.");
        return value;
    }

    // The small part of JSONPath that all clients know: $.name[0].name
    private static string? Select(string json, string path)
    {
        using var document = JsonDocument.Parse(json);
        JsonElement? value = document.RootElement;
        foreach (Match step in Step().Matches(path))
        {
            value = step.Groups["index"] is { Success: true } index
                ? value is { ValueKind: JsonValueKind.Array } array && int.Parse(index.Value, CultureInfo.InvariantCulture) is var i && i < array.GetArrayLength() ? array[i] : null
                : value is { ValueKind: JsonValueKind.Object } members && members.TryGetProperty(step.Groups["member"].Value, out var member) ? member : null;
        }

        return value?.ToString();
    }

    [GeneratedRegex(@"\{\{(.+?)\}\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^\$randomInt (\d+) (\d+)$")]
    private static partial Regex RandomInteger();

    [GeneratedRegex(@"^(?<name>\w+)\.response\.(headers\.(?<header>[\w-]+)|body\.(?<path>\$\S+))$")]
    private static partial Regex AnswerPart();

    [GeneratedRegex(@"\.(?<member>\w+)|\[(?<index>\d+)\]")]
    private static partial Regex Step();

    private sealed record Answer(int Status, string Body, IReadOnlyDictionary<string, string> Headers);
}
