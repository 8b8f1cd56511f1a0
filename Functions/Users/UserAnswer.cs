using System.Text.Json.Serialization;

namespace Functions.Users;

/// <summary>The answer of <c>GET /users/{id}</c>; the address only for the user and administrators.</summary>
public sealed record UserAnswer(int Id, string Name)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Email { get; init; }
}
