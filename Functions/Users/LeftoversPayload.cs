namespace Functions.Users;

/// <summary>What the task that cleans up behind an account carries.</summary>
/// <param name="Account">The account.</param>
/// <param name="Pass">Which pass it is, from 0.</param>
public sealed record LeftoversPayload(UserDeleted Account, int Pass);
