using System.Globalization;
using System.Text.Json;
using Functions.Users;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;

namespace Functions.Tests.Worker;

/// <summary>The functions that the Functions host is told of are those that the local host serves.</summary>
public sealed class WorkerMetadataTests
{
    [Fact]
    public void The_functions_of_the_deployed_application_are_those_of_the_catalog()
    {
        var catalog = new FunctionCatalog(typeof(UserFunctions).Assembly).All.Select(Describe);

        var metadata = WorkerBuild.ReadMetadata().EnumerateArray().Select(Describe);

        Assert.Equal(Sort(catalog), Sort(metadata));
    }

    private static string Sort(IEnumerable<string> functions) => string.Join('\n', functions.Order(StringComparer.Ordinal));

    private static string Describe(FunctionDescriptor function) => FormattableString.Invariant(
        $"{function.Name}: {function.Method.DeclaringType!.FullName}.{function.Method.Name}, {function.TriggerParameter.Name}: {DescribeTrigger(function.Trigger)}");

    private static string DescribeTrigger(Attribute trigger) => trigger switch
    {
        HttpTriggerAttribute http => $"httpTrigger {http.AuthLevel} [{Methods(http.Methods ?? [])}] {http.Route}",
        TimerTriggerAttribute timer => $"timerTrigger {timer.Schedule}, monitored {timer.UseMonitor}, at start {timer.RunOnStartup}",
        RedisListTriggerAttribute list => string.Create(
            CultureInfo.InvariantCulture,
            $"redisListTrigger {list.Connection} {list.Key}, {list.MaxBatchSize} every {list.PollingIntervalInMs} ms from the {list.ListDirection}"),
        RedisPubSubTriggerAttribute message => $"redisPubSubTrigger {message.Connection} {message.Channel}, pattern {message.Pattern}",
        _ => throw new InvalidOperationException($"The Functions host has no {trigger.GetType().Name} in this application."),
    };

    private static string Describe(JsonElement function)
    {
        var triggers = function.GetProperty("bindings").EnumerateArray().Where(binding => Text(binding, "type")!.EndsWith("Trigger", StringComparison.Ordinal));
        var trigger = Assert.Single(triggers);
        return $"{Text(function, "name")}: {Text(function, "entryPoint")}, {Text(trigger, "name")}: {DescribeTrigger(trigger)}";
    }

    private static string DescribeTrigger(JsonElement trigger) => Text(trigger, "type") switch
    {
        "httpTrigger" =>
            $"httpTrigger {Text(trigger, "authLevel")} [{Methods(trigger.TryGetProperty("methods", out var methods) ? methods.EnumerateArray().Select(method => method.GetString()!) : [])}] {Text(trigger, "route")}",
        "timerTrigger" => $"timerTrigger {Text(trigger, "schedule")}, monitored {Text(trigger, "useMonitor") ?? "True"}, at start {Text(trigger, "runOnStartup") ?? "False"}",
        "redisListTrigger" =>
            $"redisListTrigger {Text(trigger, "connection")} {Text(trigger, "key")}, {Text(trigger, "maxBatchSize")} every {Text(trigger, "pollingIntervalInMs")} ms from the {Text(trigger, "listDirection")}",
        "redisPubSubTrigger" => $"redisPubSubTrigger {Text(trigger, "connection")} {Text(trigger, "channel")}, pattern {Text(trigger, "pattern")}",
        var type => throw new InvalidOperationException($"The local host has no {type}."),
    };

    private static string Methods(IEnumerable<string> methods) => string.Join(' ', methods.Select(method => method.ToUpperInvariant()));

    private static string? Text(JsonElement element, string property) => element.TryGetProperty(property, out var value) ? value.ToString() : null;
}
