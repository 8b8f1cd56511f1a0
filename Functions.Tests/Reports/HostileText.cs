namespace Functions.Tests.Reports;

/// <summary>Texts that spreadsheet programs would run.</summary>
internal static class HostileText
{
    private static readonly string[] Parts =
    [
        "=", "=1+1", "+1", "-1", "@SUM(A1)", "\uFF1D1", "\uFF0B2", "\uFF0D3", "\uFF20x", "\u22124", "=HYPERLINK(\"http://x\")", "=cmd|' /C calc'!A0", "=DDE(\"a\";\"b\";\"c\")",
        ";", "\t", ",", "\n", "\r\n", "\r", "|", ":", "\"", "\"\"", " ", "\u00A0", "\u3000", "\uFEFF", "\u200B", "a", "7", "(", ")", "/",
    ];

    /// <summary>Each separator, blank and invisible character in front of each sign.</summary>
    public static IEnumerable<string> Systematic() =>
        from before in new[] { "", "x;", "x\t", "x,", "x\n", "x\r\n", "x\r", "x|", "x ", "x\"", "x;\"", "x;\"\"", "\t", "\r", "\n", "\"" }
        from blank in new[] { "", " ", "\u00A0", "\uFEFF", "\u200B" }
        from formula in new[] { "=1+1", "= 1", "+1+2", "-2+3", "@SUM(A1)", "\uFF1D1+1", "=cmd|' /C calc'!A0" }
        from after in new[] { "", ";y" }
        select before + blank + formula + after;

    /// <summary>The same texts on each call.</summary>
    public static IEnumerable<string> Random(int count)
    {
        var random = new Random(20261128);
        return Enumerable.Range(0, count).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => Parts[random.Next(Parts.Length)])));
    }
}
