using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Functions.Redis.Tasks;

namespace Functions.LocalHost.OpenApi;

/// <summary>The documentation comments of the functions and their contracts, as Markdown.</summary>
internal sealed partial class XmlComments
{
    private readonly Dictionary<string, XElement> _members;

    private XmlComments(IEnumerable<XDocument> documents) =>
        _members = documents.SelectMany(document => document.Descendants("member"))
            .DistinctBy(member => (string)member.Attribute("name")!) // Generated code has the same names in each.
            .ToDictionary(member => (string)member.Attribute("name")!, StringComparer.Ordinal);

    /// <summary>Reads those that the compiler has written beside the assemblies.</summary>
    public static XmlComments Read() => new(
        from type in new[] { typeof(XmlComments), typeof(TaskQueue) }
        let path = Path.ChangeExtension(type.Assembly.Location, ".xml")
        select XDocument.Load(path));

    public string? Summary(MethodInfo method) => Text(Find(method), "summary");

    public string? Remarks(MethodInfo method) => Text(Find(method), "remarks");

    public string? Parameter(MethodInfo method, string name) => Text(Find(method)?.Elements("param").FirstOrDefault(element => (string?)element.Attribute("name") == name));

    public string? Summary(Type type) => Text(Find($"T:{NameOf(type)}"), "summary");

    /// <summary>What is said of a property, or of the parameter of a record that it was made of.</summary>
    public string? Summary(PropertyInfo property)
    {
        var type = property.DeclaringType!;
        return Text(Find($"P:{NameOf(type)}.{property.Name}"), "summary")
            ?? Text(Find($"T:{NameOf(type)}")?.Elements("param").FirstOrDefault(element => (string?)element.Attribute("name") == property.Name));
    }

    /// <summary>The answers that are described, by their status.</summary>
    public IReadOnlyDictionary<int, string> Responses(MethodInfo method) => (Find(method)?.Elements("response") ?? [])
        .ToDictionary(element => int.Parse((string)element.Attribute("code")!, CultureInfo.InvariantCulture), element => Text(element)!);

    private XElement? Find(string name) => _members.GetValueOrDefault(name);

    // A class has one function of a name.
    private XElement? Find(MethodInfo method) =>
        _members.FirstOrDefault(member => member.Key.StartsWith($"M:{NameOf(method.DeclaringType!)}.{method.Name}(", StringComparison.Ordinal)).Value;

    private static string NameOf(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    private static string? Text(XElement? member, string element) => Text(member?.Element(element));

    private static string? Text(XElement? element) =>
        element is null ? null
        : Blanks().Replace(string.Concat(element.Nodes().Select(Markdown)), " ").Trim() is { Length: > 0 } text ? text
        : null;

    private static string Markdown(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" or "seealso" or "paramref" } reference => $"`{LastPart().Match((string?)(reference.Attribute("cref") ?? reference.Attribute("name") ?? reference.Attribute("langword")) ?? "").Value}`",
        XElement other => string.Concat(other.Nodes().Select(Markdown)),
        _ => "",
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex("[A-Za-z0-9_]+$")]
    private static partial Regex LastPart();
}
