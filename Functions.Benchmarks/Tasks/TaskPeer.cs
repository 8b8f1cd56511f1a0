using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Functions.Benchmarks.Tasks;

/// <summary>Another task queue, measured by a script in its own language.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Program">What runs the script.</param>
/// <param name="Script">The script, in <c>Tasks/peers</c>.</param>
/// <param name="Scale">The part of the tasks that it gets, as it takes longer for one.</param>
/// <param name="Packages">npm packages that it needs.</param>
internal sealed record TaskPeer(string Name, string Program, string Script, double Scale, params string[] Packages)
{
    /// <returns>The figures, or null with the reason.</returns>
    public async Task<(TaskFigures? Figures, string Missing)> MeasureAsync(EndPoint redis, int tasks, int samples)
    {
        var folder = Directory.CreateTempSubdirectory("task-peers-");
        try
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, "Tasks", "peers", Script), Path.Combine(folder.FullName, Script));
            if (Packages.Length > 0)
            {
                await RunAsync("npm", ["install", "--no-audit", "--no-fund", .. Packages], folder.FullName);
            }

            var (host, port) = redis is DnsEndPoint dns ? (dns.Host, dns.Port) : (((IPEndPoint)redis).Address.ToString(), ((IPEndPoint)redis).Port);
            var output = await RunAsync(
                Program, [Script, host, $"{port}", $"{(int)(tasks * Scale)}", $"{(int)(samples * Math.Min(1, Scale * 4))}"], folder.FullName);
            var line = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
            return (JsonSerializer.Deserialize<TaskFigures>(line, JsonSerializerOptions.Web), "");
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
        {
            return (null, exception.Message.ReplaceLineEndings(" "));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> RunAsync(string program, string[] arguments, string folder)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {arguments[0]}: {(await error).Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault()}");
    }
}
