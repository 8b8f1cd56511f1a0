using System.Text.Json;
using System.Text.Json.Nodes;

namespace Functions.Redis.Sessions;

/// <summary>The data of a session while they are changed.</summary>
public sealed class SessionDataEditor
{
    internal SessionDataEditor(JsonObject values) => Values = values;

    internal JsonObject Values { get; }

    /// <summary>The value of <paramref name="name"/>, or the default of <typeparamref name="T"/> if there is none.</summary>
    /// <exception cref="JsonException">The value is of another type.</exception>
    public T? Get<T>(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Values[name] is { } value ? value.Deserialize<T>(JsonSerializerOptions.Web) : default;
    }

    /// <summary>Sets a value; null removes it.</summary>
    public void Set<T>(string name, T value)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (JsonSerializer.SerializeToNode(value, JsonSerializerOptions.Web) is { } node)
        {
            Values[name] = node;
        }
        else
        {
            Values.Remove(name);
        }
    }

    /// <summary>Removes a value; false if there is none.</summary>
    public bool Remove(string name) => Values.Remove(name);
}
