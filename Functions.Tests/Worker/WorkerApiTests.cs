using System.Reflection;
using Functions.LocalHost;

namespace Functions.Tests.Worker;

/// <summary>
/// The function sources compile against the local host's declarations here and against the worker's own types in production. The
/// declarations may therefore have nothing that the worker does not have; this is what is known to be there.
/// </summary>
public sealed class WorkerApiTests
{
    private const string Known = """
        AuthorizationLevel
          Anonymous = 0
          User = 1
          Function = 2
          System = 3
          Admin = 4
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
        FunctionAttribute
          new(String name)
          String Name { get; }
        FunctionContext
          String InvocationId { get; }
          FunctionDefinition FunctionDefinition { get; }
          IServiceProvider InstanceServices { get; set; }
          IDictionary`2 Items { get; set; }
          IInvocationFeatures Features { get; }
          CancellationToken CancellationToken { get; }
        FunctionContextBindingFeatureExtensions
          InvocationResult GetInvocationResult(FunctionContext context)
        FunctionContextHttpExtensions
          HttpContext GetHttpContext(FunctionContext context)
        FunctionDefinition
          String Name { get; }
          String EntryPoint { get; }
          String PathToAssembly { get; }
        HttpTriggerAttribute
          new()
          new(params String[] methods)
          new(AuthorizationLevel authLevel)
          new(AuthorizationLevel authLevel, params String[] methods)
          String Route { get; set; }
          String[] Methods { get; }
          AuthorizationLevel AuthLevel { get; }
        IInvocationFeatures
          T Get()
          Void Set(T instance)
        InvocationResult
          Object Value { get; set; }
        Middleware.FunctionExecutionDelegate
          Task Invoke(FunctionContext context)
        Middleware.IFunctionsWorkerMiddleware
          Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        ScheduleStatus
          new()
          DateTime Last { get; set; }
          DateTime Next { get; set; }
          DateTime LastUpdated { get; set; }
        TimerInfo
          new()
          ScheduleStatus ScheduleStatus { get; set; }
          Boolean IsPastDue { get; set; }
        TimerTriggerAttribute
          new(String schedule)
          String Schedule { get; }
          Boolean UseMonitor { get; set; }
          Boolean RunOnStartup { get; set; }
        StackExchange.Redis.AzureCacheForRedis
          Task`1 ConfigureForAzureWithTokenCredentialAsync(ConfigurationOptions configurationOptions, TokenCredential tokenCredential)
        """;

    private const string WorkerNamespace = "Microsoft.Azure.Functions.Worker";

    [Fact]
    public void The_declarations_of_the_worker_are_those_that_are_known_to_exist() =>
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
