namespace Functions.Redis.Tasks;

/// <summary>Which tasks go first.</summary>
public enum TaskPriority
{
    /// <summary>In the order of their arrival. After ten high ones in a row a waiting normal one has its turn.</summary>
    Normal,

    /// <summary>Before all normal ones.</summary>
    High,
}
