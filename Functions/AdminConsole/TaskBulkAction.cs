namespace Functions.AdminConsole;

/// <summary>What is done to many tasks.</summary>
public enum TaskBulkAction
{
    /// <summary>Those that wait or run are cancelled.</summary>
    Cancel,

    /// <summary>Those that are dead or cancelled are queued again.</summary>
    Retry,
}
