using System.Reflection;
using Functions.LocalHost;

namespace Functions.Tests.Worker;

/// <summary>
/// The function sources compile against the worker's own types, but for those of two packages that not every package source has: these are declared
/// by the local host. The declarations may have nothing that the packages do not have; this is what is known to be there.
/// </summary>
public sealed class WorkerApiTests
{
    private const string Known = """
        Extensions.Redis.ListDirection
          LEFT = 0
          RIGHT = 1
        Extensions.Redis.RedisListTriggerAttribute
          new(String connection, String key, Int32 pollingIntervalInMs = 1000, Int32 maxBatchSize = 16, ListDirection listDirection = LEFT)
          String Connection { get; }
          String Key { get; }
          Int32 PollingIntervalInMs { get; }
          Int32 MaxBatchSize { get; }
          ListDirection ListDirection { get; }
        Extensions.Redis.RedisPubSubTriggerAttribute
          new(String connection, String channel, Boolean pattern = False)
          String Connection { get; }
          String Channel { get; }
          Boolean Pattern { get; }
        StackExchange.Redis.AzureCacheForRedis
          Task`1 ConfigureForAzureWithTokenCredentialAsync(ConfigurationOptions configurationOptions, TokenCredential tokenCredential)
        """;

    private const string WorkerNamespace = "Microsoft.Azure.Functions.Worker";

    [Fact]
    public void The_declarations_are_those_that_are_known_to_exist() =>
        Assert.Equal(Known, string.Join('\n', typeof(LocalHostApplication).Assembly.GetTypes()
            .Where(type => type.IsVisible && type.Namespace?.StartsWith("Functions", StringComparison.Ordinal) == false)
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .SelectMany(type => Describe(type))));

    private static IEnumerable<string> Describe(Type type)
    {
        yield return type.Namespace!.StartsWith(WorkerNamespace, StringComparison.Ordinal) ? type.FullName![(WorkerNamespace.Length + 1)..] : type.FullName!;
        if (type.IsEnum)
        {
            foreach (var name in Enum.GetNames(type))
            {
                yield return $"  {name} = {(int)Enum.Parse(type, name)}";
            }

            yield break;
        }

        const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (var constructor in type.GetConstructors(Declared).Where(_ => !typeof(Delegate).IsAssignableFrom(type)))
        {
            yield return $"  new({Parameters(constructor)})";
        }

        foreach (var property in type.GetProperties(Declared))
        {
            yield return $"  {property.PropertyType.Name} {property.Name} {{{(property.CanRead ? " get;" : "")}{(property.SetMethod?.IsPublic == true ? " set;" : "")} }}";
        }

        foreach (var method in type.GetMethods(Declared).Where(method => !method.IsSpecialName && (!typeof(Delegate).IsAssignableFrom(type) || method.Name == "Invoke")))
        {
            yield return $"  {method.ReturnType.Name} {method.Name}({Parameters(method)})";
        }
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{(parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "")}{parameter.ParameterType.Name} {parameter.Name}"
        + (parameter.HasDefaultValue ? $" = {parameter.DefaultValue}" : "")));
}
