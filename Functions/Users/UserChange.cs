namespace Functions.Users;

/// <summary>How a change of an account ended.</summary>
/// <param name="Outcome">Whether it was made.</param>
/// <param name="Answer">What its owner sees after the change; null if it was not made.</param>
public sealed record UserChange(UserUpdate Outcome, UserAnswer? Answer = null);
