namespace Functions.Tests.Hostile;

/// <summary>Tests that measure the whole process: none runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredAlone
{
    public const string Name = "measured alone";
}
