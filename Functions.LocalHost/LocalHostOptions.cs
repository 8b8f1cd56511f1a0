using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Functions.LocalHost;

/// <summary>The command line of the local host.</summary>
public sealed record LocalHostOptions
{
    /// <summary>What <c>--help</c> prints.</summary>
    public const string Usage = """
        Runs the functions on this machine, without Azure Functions Core Tools.

          --port <n>       the port to listen on (7071; 0 takes a free one)
          --no-demo-data   start without demo data
          --write-openapi  write the OpenAPI document to its place in the sources, and end
          --verbose        list every function with its address or trigger
          --help           this text

        Settings come from local.settings.json (Values) and, before it, from environment variables.

        """;

    /// <summary>The port to listen on; 0 takes a free one. Default: 7071, as in Core Tools.</summary>
    public int Port { get; init; } = 7071;

    /// <summary>Whether demo data is made in Development. Default: yes.</summary>
    public bool DemoData { get; init; } = true;

    /// <summary>Whether the start lists every function. Default: no.</summary>
    public bool Verbose { get; init; }

    /// <summary>Whether only the usage is asked for.</summary>
    public bool Help { get; init; }

    /// <summary>Whether only the OpenAPI document is to be written.</summary>
    public bool WriteOpenApi { get; init; }

    /// <summary>Reads the command line; false with one line in <paramref name="error"/> for what cannot be understood.</summary>
    public static bool TryParse(
        IReadOnlyList<string> args,
        [NotNullWhen(true)] out LocalHostOptions? options,
        [NotNullWhen(false)] out string? error)
    {
        var parsed = new LocalHostOptions();
        error = null;
        for (var i = 0; i < args.Count && error is null; i++)
        {
            switch (args[i])
            {
                case "--help" or "-h":
                    parsed = parsed with { Help = true };
                    break;
                case "--write-openapi":
                    parsed = parsed with { WriteOpenApi = true };
                    break;
                case "--no-demo-data":
                    parsed = parsed with { DemoData = false };
                    break;
                case "--verbose":
                    parsed = parsed with { Verbose = true };
                    break;
                case "--port" when i + 1 < args.Count && TryParsePort(args[i + 1], out var port):
                    parsed = parsed with { Port = port };
                    i++;
                    break;
                case "--port":
                    error = "Option --port needs a number from 0 to 65535.";
                    break;
                default:
                    error = $"Unknown option '{args[i]}'. Use --help to see the options.";
                    break;
            }
        }

        options = error is null ? parsed : null;
        return options is not null;
    }

    private static bool TryParsePort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= ushort.MaxValue;
}
