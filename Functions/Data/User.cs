namespace Functions.Data;

/// <summary>An account.</summary>
public sealed class User
{
    public int Id { get; init; }

    /// <summary>The address as the user wrote it.</summary>
    public required string Email { get; set; }

    /// <summary>The address as it is compared: lower case. Unique.</summary>
    public required string NormalizedEmail { get; set; }

    public required string Name { get; set; }

    /// <summary>In the format of ASP.NET Core Identity's <c>PasswordHasher</c>.</summary>
    public required string PasswordHash { get; set; }

    public bool IsAdmin { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}
