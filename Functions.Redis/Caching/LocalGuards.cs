namespace Functions.Redis.Caching;

/// <summary>The guards of a value that is about to be read or made.</summary>
/// <param name="Tags">The tags that have a guard. A value that has others must not be kept.</param>
/// <param name="Guards">Those of everything, the key and the tags.</param>
/// <param name="Heard">How long it is certain enough that they fall when they must.</param>
/// <param name="TagRemovals">How many removals of tags had been heard of before they were taken.</param>
internal sealed record LocalGuards(string[] Tags, LocalGuard[] Guards, HearingPeriod Heard, long TagRemovals)
{
    /// <summary>Whether the value may be served: nothing of it has been removed since they were taken, as far as can be known.</summary>
    public bool AreStanding => !HaveFallen && !Heard.IsOver;

    /// <summary>Whether the key or one of the tags is known to have been removed since they were taken.</summary>
    public bool HaveFallen
    {
        get
        {
            foreach (var guard in Guards)
            {
                if (guard.HasFallen)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Whether each of <paramref name="tags"/> has a guard.</summary>
    public bool Cover(ReadOnlySpan<string> tags)
    {
        foreach (var tag in tags)
        {
            if (Array.IndexOf(Tags, tag) < 0)
            {
                return false;
            }
        }

        return true;
    }
}
