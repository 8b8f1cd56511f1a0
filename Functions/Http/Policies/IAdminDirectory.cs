namespace Functions.Http.Policies;

/// <summary>Knows who is an administrator.</summary>
public interface IAdminDirectory
{
    /// <summary>Whether the user exists and is an administrator.</summary>
    ValueTask<bool> IsAdminAsync(int userId, CancellationToken cancellationToken);
}
