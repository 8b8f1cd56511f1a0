using System.Globalization;
using System.Reflection;
using System.Text;

namespace Functions.Tests.Caching.Behaviour;

/// <summary>The table of who meets which expectation, in Markdown, made from the tests and the known deviations.</summary>
internal static class ComparisonTable
{
    private static readonly (Type Tests, string Heading)[] Groups =
    [
        (typeof(ReadBehaviourTests), "Reading"),
        (typeof(NameBehaviourTests), "Keys and tags"),
        (typeof(RoundTripBehaviourTests), "What comes back"),
        (typeof(WriteBehaviourTests), "Setting and removing"),
        (typeof(SharingBehaviourTests), "Sharing objects"),
        (typeof(FlagBehaviourTests), "Flags"),
        (typeof(ConcurrencyBehaviourTests), "Concurrency and cancellation"),
        (typeof(InstancesBehaviourTests), "Several instances"),
        (typeof(OutageBehaviourTests), "Redis stopped, or refusing writes"),
        (typeof(ShutdownBehaviourTests), "Shutting down"),
    ];

    private static readonly CacheKind[] Kinds = Enum.GetValues<CacheKind>();

    /// <summary>The expectations of a class of tests, in the order in which they are written.</summary>
    public static IEnumerable<string> Behaviours(Type tests) => tests
        .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(method => method.GetCustomAttribute<TheoryAttribute>() is not null)
        .OrderBy(method => method.MetadataToken)
        .Select(method => method.Name);

    public static IEnumerable<string> Behaviours() => Groups.SelectMany(group => Behaviours(group.Tests));

    public static string Write()
    {
        var table = new StringBuilder();
        var reasons = new List<string>();
        table.Append("| |").AppendJoin(" |", Kinds.Select(kind => $" {kind}")).Append(" |\n");
        table.Append("|---|").AppendJoin('|', Kinds.Select(_ => ":---:")).Append("|\n");
        foreach (var (tests, heading) in Groups)
        {
            table.Append(CultureInfo.InvariantCulture, $"| **{heading}** |").AppendJoin('|', Kinds.Select(_ => " ")).Append("|\n");
            foreach (var behaviour in Behaviours(tests))
            {
                table.Append(CultureInfo.InvariantCulture, $"| {behaviour.Replace('_', ' ')} |").AppendJoin(" |", Kinds.Select(kind => $" {Cell(kind, behaviour, reasons)}")).Append(" |\n");
            }
        }

        table.Append('\n');
        for (var i = 0; i < reasons.Count; i++)
        {
            table.Append(CultureInfo.InvariantCulture, $"{i + 1}. {reasons[i]}.\n");
        }

        return table.ToString();
    }

    private static string Cell(CacheKind kind, string behaviour, List<string> reasons)
    {
        if (KnownDeviations.Find(kind, behaviour) is not { } reason)
        {
            return "yes";
        }

        if (!reasons.Contains(reason))
        {
            reasons.Add(reason);
        }

        return $"no ({reasons.IndexOf(reason) + 1})";
    }
}
