namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/limits</c>.</summary>
/// <param name="Minutes">Over how many minutes the numbers are.</param>
/// <param name="Policies">The policies.</param>
/// <param name="Nearest">The callers who came nearest to a limit within the last minute.</param>
/// <param name="Lifted">The callers whose limits are lifted, the first to end first.</param>
public sealed record LimitsAnswer(int Minutes, IReadOnlyList<PolicyUse> Policies, IReadOnlyList<NearCaller> Nearest, IReadOnlyList<LiftedCaller> Lifted);
