using System.Text.Json.Serialization;
using Functions.OpenApi;

namespace Functions.Users;

/// <summary>The answer of <c>GET /users/{id}</c>; the address only for the user and administrators.</summary>
[Example("""{"id": 5, "name": "Ada Lovelace"}""")]
public sealed record UserAnswer(int Id, string Name)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Email { get; init; }

    /// <summary>What the user and administrators see; it is also what they change, and what <c>If-Match</c> is about.</summary>
    public static UserAnswer ForOwner(int id, string name, string email) => new(id, name) { Email = email };
}
