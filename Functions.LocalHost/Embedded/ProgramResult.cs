namespace Functions.LocalHost.Embedded;

/// <summary>How a program ended, and what it wrote to standard output and standard error.</summary>
internal sealed record ProgramResult(int ExitCode, string Output)
{
    public bool Succeeded => ExitCode == 0;
}
