namespace Functions.Accounts;

/// <summary>Who has signed in.</summary>
public sealed record SignedInUser(int Id, string Name);
