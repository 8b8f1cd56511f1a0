using System.Text.Json.Nodes;

namespace Functions.Tests.Infrastructure;

/// <summary>The resources that one deployment makes.</summary>
internal sealed class Deployment(JsonObject snapshot)
{
    /// <summary>All of them.</summary>
    public IReadOnlyList<JsonObject> Resources => [.. snapshot["predictedResources"]!.AsArray().Select(resource => resource!.AsObject())];

    /// <summary>The settings of the function app.</summary>
    public JsonObject AppSettings => One("Microsoft.Web/sites/config")["properties"]!.AsObject();

    public Deployment Copy() => new((JsonObject)snapshot.DeepClone());

    /// <summary>The resources of a type.</summary>
    public IEnumerable<JsonObject> Of(string type) =>
        Resources.Where(resource => type.Equals((string?)resource["type"], StringComparison.OrdinalIgnoreCase));

    /// <summary>The only resource of a type.</summary>
    public JsonObject One(string type) => Assert.Single(Of(type));

    public override string ToString() => snapshot.ToJsonString();
}
