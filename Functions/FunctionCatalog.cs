using System.Collections.Frozen;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace Functions;

/// <summary>Every function of the application, found by its attributes once at start.</summary>
public sealed class FunctionCatalog
{
    private readonly FrozenDictionary<string, FunctionDescriptor> _byName;

    /// <summary>Reads the functions of <paramref name="assemblies"/>.</summary>
    /// <exception cref="InvalidOperationException">Two functions have the same name.</exception>
    public FunctionCatalog(params IEnumerable<Assembly> assemblies)
        : this(assemblies.SelectMany(assembly => assembly.GetExportedTypes()))
    {
    }

    /// <summary>Reads the functions of <paramref name="types"/>, exported or not.</summary>
    /// <exception cref="InvalidOperationException">Two functions have the same name.</exception>
    public FunctionCatalog(params IEnumerable<Type> types)
    {
        All = [.. types
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.IsDefined(typeof(FunctionAttribute)))
            .Select(method => new FunctionDescriptor(method))
            .OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase)];

        var duplicate = All.GroupBy(function => function.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        if (duplicate is not null)
        {
            throw new InvalidOperationException($"Two functions are named '{duplicate.Key}'.");
        }

        _byName = All.ToFrozenDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>All functions in the order in which the Functions host matches their routes: by name, ignoring case.</summary>
    public IReadOnlyList<FunctionDescriptor> All { get; }

    /// <summary>The function called <paramref name="name"/>.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public FunctionDescriptor this[string name] => _byName[name];
}
