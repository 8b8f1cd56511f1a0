namespace Functions.Data;

/// <summary>How <see cref="DatabaseSetup.AddAdminAsync"/> ended.</summary>
public enum FirstAdminOutcome
{
    /// <summary>There is an administrator; nothing was done.</summary>
    ThereIsOne,

    /// <summary>An account was made.</summary>
    Made,

    /// <summary>The account of the address has become an administrator.</summary>
    Promoted,

    /// <summary>There is an account of the address, which nobody has verified: whose it is is not known.</summary>
    InTheWay,
}
