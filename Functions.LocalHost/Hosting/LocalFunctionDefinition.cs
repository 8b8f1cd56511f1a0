using System.Collections.Immutable;
using Microsoft.Azure.Functions.Worker;

namespace Functions.LocalHost.Hosting;

/// <summary>A function of the catalog, described as the worker describes it.</summary>
internal sealed class LocalFunctionDefinition(FunctionDescriptor function) : FunctionDefinition
{
    public override string Id => function.Name;

    public override string Name => function.Name;

    public override string EntryPoint => $"{function.Method.DeclaringType!.FullName}.{function.Method.Name}";

    public override string PathToAssembly => function.Method.DeclaringType!.Assembly.Location;

    public override ImmutableArray<FunctionParameter> Parameters =>
        [.. function.Method.GetParameters().Select(parameter => new FunctionParameter(parameter.Name!, parameter.ParameterType))];

    public override IImmutableDictionary<string, BindingMetadata> InputBindings => ImmutableDictionary<string, BindingMetadata>.Empty;

    public override IImmutableDictionary<string, BindingMetadata> OutputBindings => ImmutableDictionary<string, BindingMetadata>.Empty;
}
