namespace Functions.Users;

/// <summary>How the deletion of an account ended.</summary>
/// <param name="Answer">What was deleted; null if nothing was.</param>
/// <param name="IsRefused">Whether that is because the account is not as the request's <see cref="Http.Preconditions"/> want it; otherwise there is none.</param>
public sealed record UserDeletion(UserDeletedAnswer? Answer, bool IsRefused = false);
