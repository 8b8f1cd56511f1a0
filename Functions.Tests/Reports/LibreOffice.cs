using System.Globalization;
using System.Xml.Linq;
using Functions.LocalHost.Embedded;

namespace Functions.Tests.Reports;

/// <summary>LibreOffice Calc, and what becomes of a test that needs it where it is not installed.</summary>
internal sealed class LibreOffice : IDisposable
{
    /// <summary>Set to <c>1</c> where LibreOffice must be there, as in CI.</summary>
    public const string RequireVariable = "REQUIRE_LIBREOFFICE";

    private const string Reason = "soffice is not on the PATH (Debian and Ubuntu: apt install libreoffice-calc-nogui libreoffice-l10n-de).";

    private static readonly XNamespace Office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0";
    private static readonly XNamespace Table = "urn:oasis:names:tc:opendocument:xmlns:table:1.0";
    private static readonly XNamespace Text = "urn:oasis:names:tc:opendocument:xmlns:text:1.0";

    private readonly string _program;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("libreoffice-");

    private LibreOffice(string program) => _program = program;

    /// <summary>Where it is missing the running test is skipped, or fails if <see cref="RequireVariable"/> is 1.</summary>
    public static LibreOffice Require()
    {
        var program = ProgramSearch.Default.Find("soffice");
        if (program is null && Environment.GetEnvironmentVariable(RequireVariable) == "1")
        {
            Assert.Fail($"{Reason} {RequireVariable}=1 forbids to skip this test.");
        }

        Assert.SkipWhen(program is null, Reason);
        return new LibreOffice(program!);
    }

    /// <summary>Opens CSV files as a program in <paramref name="locale"/> does that is told the separators.</summary>
    /// <param name="locale">For instance <c>de-DE</c>: the language of the program, and of numbers where the import names no other.</param>
    /// <param name="separators">One or several.</param>
    /// <param name="numbers">The language of numbers as Windows numbers it (1033: English), 0 for that of the program.</param>
    /// <param name="files">In UTF-8.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <returns>The cells of each file, row by row.</returns>
    public async Task<List<Cell>[]> OpenAsync(string locale, string separators, int numbers, IReadOnlyList<byte[]> files, CancellationToken cancellationToken)
    {
        var directory = _directory.CreateSubdirectory(Servers.Unique.Name());
        var paths = files.Select((content, i) =>
        {
            var path = Path.Combine(directory.FullName, $"{i}.csv");
            File.WriteAllBytes(path, content);
            return path;
        }).ToList();

        // Separators, quote, UTF-8, first row, no column formats, language, quoted cells are not text in any case, numbers of all kinds are recognised,
        // nothing is written, blanks around cells are dropped, formulas are run: whatever makes formulas of cells is on.
        var options = $"CSV:{string.Join('/', separators.Select(separator => (int)separator))},34,76,1,,{numbers},false,true,false,false,true,,true";
        await new ProgramCall(
            _program,
            [$"-env:UserInstallation={new Uri(ProfileOf(locale))}", "--headless", "--norestore", "--convert-to", "fods", $"--infilter={options}", "--outdir", directory.FullName, .. paths])
            .RunSuccessfullyAsync(cancellationToken: cancellationToken);
        return [.. paths.Select(path => Cells(XDocument.Load(Path.ChangeExtension(path, ".fods"))))];
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private string ProfileOf(string locale)
    {
        var profile = _directory.CreateSubdirectory(locale);
        var user = profile.CreateSubdirectory("user");
        var settings = Path.Combine(user.FullName, "registrymodifications.xcu");
        if (!File.Exists(settings))
        {
            File.WriteAllText(settings, $"""
                <?xml version="1.0" encoding="UTF-8"?>
                <oor:items xmlns:oor="http://openoffice.org/2001/registry">
                <item oor:path="/org.openoffice.Office.Linguistic/General"><prop oor:name="UILocale" oor:op="fuse"><value>{locale}</value></prop></item>
                <item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooLocale" oor:op="fuse"><value>{locale}</value></prop></item>
                <item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>{locale}</value></prop></item>
                </oor:items>
                """);
        }

        return profile.FullName;
    }

    private static List<Cell> Cells(XDocument document)
    {
        List<Cell> cells = [];
        var row = 0;
        foreach (var line in document.Descendants(Table + "table-row"))
        {
            var column = 0;
            foreach (var cell in line.Elements(Table + "table-cell"))
            {
                if (cell.Attribute(Office + "value-type") is { } type)
                {
                    cells.Add(new Cell(
                        row,
                        column,
                        type.Value,
                        string.Join('\n', cell.Elements(Text + "p").Select(TextOf)),
                        (string?)cell.Attribute(Office + "value"),
                        (string?)cell.Attribute(Table + "formula")));
                }

                column += Repeated(cell, "number-columns-repeated");
            }

            row += Repeated(line, "number-rows-repeated");
        }

        return cells;
    }

    private static string TextOf(XElement paragraph) => string.Concat(paragraph.Nodes().Select(node => node switch
    {
        XElement element when element.Name == Text + "s" => new string(' ', (int?)element.Attribute(Text + "c") ?? 1),
        XElement element when element.Name == Text + "tab" => "\t",
        XElement element => TextOf(element),
        XText text => text.Value,
        _ => "",
    }));

    private static int Repeated(XElement element, string name) => (int?)element.Attribute(Table + name) ?? 1;

    /// <summary>A cell that is not empty.</summary>
    /// <param name="Row">From 0.</param>
    /// <param name="Column">From 0.</param>
    /// <param name="Type">What it is taken for: string, float, date, …</param>
    /// <param name="Shown">Its text.</param>
    /// <param name="Value">The value of a number.</param>
    /// <param name="Formula">What computes it; null for nothing.</param>
    public sealed record Cell(int Row, int Column, string Type, string Shown, string? Value, string? Formula)
    {
        public decimal? Number => Type == "float" ? decimal.Parse(Value!, NumberStyles.Float, CultureInfo.InvariantCulture) : null;
    }
}
