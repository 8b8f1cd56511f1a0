namespace Functions.Redis.Caching;

/// <summary>The guards of a value that is about to be read or made.</summary>
/// <param name="Tags">The tags that have a guard. A value that has others must not be kept.</param>
/// <param name="Guards">Those of everything, the key and the tags.</param>
internal sealed record LocalGuards(string[] Tags, LocalGuard[] Guards)
{
    /// <summary>Whether neither the key nor any of the tags has been removed since they were taken.</summary>
    public bool AreStanding
    {
        get
        {
            foreach (var guard in Guards)
            {
                if (guard.HasFallen)
                {
                    return false;
                }
            }

            return true;
        }
    }
}
