namespace Functions.Redis.Backoff;

/// <summary>An attempt to enter an account, as <see cref="LoginBackoff.AttemptAsync"/> counted it.</summary>
public sealed class LoginAttempt
{
    internal LoginAttempt(TimeSpan wait, string account, string place, long state, long until) =>
        (Wait, Account, Place, State, Until) = (wait, account, place, state, until);

    /// <summary>How long to wait; zero if the attempt may be made, and only then it is counted.</summary>
    public TimeSpan Wait { get; }

    /// <summary>Whether the attempt may be made.</summary>
    public bool IsAllowed => Wait == TimeSpan.Zero;

    internal string Account { get; }

    internal string Place { get; }

    /// <summary>Where it was counted, as the scripts have it.</summary>
    internal long State { get; }

    /// <summary>The wait that it caused, in Unix milliseconds.</summary>
    internal long Until { get; }
}
