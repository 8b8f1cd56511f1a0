namespace Functions.Tests.Faults.EventSources;

/// <summary>What a page with an <c>EventSource</c> has seen.</summary>
/// <param name="Everybody">The numbers of events for everybody, in the order in which they arrived.</param>
/// <param name="Own">The numbers of events for the user alone.</param>
/// <param name="Resets">How often it was told that events are missing.</param>
/// <param name="Opens">How often it was connected.</param>
/// <param name="Ends">How often it had ended for good (<c>readyState</c> 2), which nothing but the page can mend.</param>
/// <param name="Errors">What it said of each end, for those who read a failed test.</param>
public sealed record SeenEvents(IReadOnlyList<int> Everybody, IReadOnlyList<int> Own, int Resets, int Opens, int Ends, IReadOnlyList<string> Errors)
{
    /// <summary>The type of the events that are counted.</summary>
    public const string Type = "number";

    /// <summary>JavaScript: a function that is given an <c>EventSource</c> and returns what it sees.</summary>
    public const string Observe = $$"""
        source => {
          const seen = { everybody: [], own: [], resets: 0, opens: 0, ends: 0, errors: [] };
          source.addEventListener('open', () => seen.opens++);
          source.addEventListener('reset', () => seen.resets++);
          source.addEventListener('{{Type}}', message => {
            const { own, number } = JSON.parse(message.data).data;
            (own ? seen.own : seen.everybody).push(number);
          });
          source.addEventListener('error', error => {
            seen.ends += source.readyState === 2 ? 1 : 0;
            seen.errors.push(`${source.readyState} ${error.code ?? ''} ${error.message ?? ''}`);
          });
          return seen;
        }
        """;
}
