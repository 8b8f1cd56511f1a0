using System.Text.Json.Serialization;
using Functions.OpenApi;

namespace Functions.Users;

/// <summary>The answer of <c>PUT /users/{id}</c>.</summary>
/// <param name="Status">What has become of the change.</param>
[Example("""{"status": "updated"}""")]
public sealed record UserUpdatedAnswer(string Status)
{
    /// <summary>The new token of the session, after a change of the own password by a request with <c>X-Session-ID</c>; the old one has ended.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SessionId { get; init; }
}
