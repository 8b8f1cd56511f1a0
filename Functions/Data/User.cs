namespace Functions.Data;

/// <summary>An account.</summary>
public sealed class User
{
    public int Id { get; init; }

    /// <summary>The address as the user wrote it.</summary>
    public required string Email { get; set; }

    /// <summary>The mailbox of the address (<see cref="EmailAddress.Mailbox"/>), by which accounts are found. Unique.</summary>
    public required string NormalizedEmail { get; set; }

    /// <summary>Whether the user has shown to receive mail at <see cref="Email"/>.</summary>
    public bool EmailVerified { get; set; }

    /// <summary>The address that replaces <see cref="Email"/> once it is verified, or null. Not reserved: who verifies it first has it.</summary>
    public string? PendingEmail { get; set; }

    public required string Name { get; set; }

    /// <summary>In the format of ASP.NET Core Identity's <c>PasswordHasher</c>.</summary>
    public required string PasswordHash { get; set; }

    public bool IsAdmin { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}
