using System.ComponentModel;

namespace Functions.Users;

/// <summary>What is known of a user, without the password.</summary>
[ImmutableObject(true)]
public sealed record Account(int Id, string Email, bool EmailVerified, string Name, bool IsAdmin);
