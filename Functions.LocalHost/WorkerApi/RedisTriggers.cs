// Declarations of what the function sources use of Microsoft.Azure.Functions.Worker.Extensions.Redis 1.x, in name, namespace, parameters and
// defaults those of the package: what compiles here compiles there.
#pragma warning disable CA1019 // The shapes are the real ones.

using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker.Extensions.Redis;

/// <summary>Runs the function for every message of a channel, or of a pattern of channels.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class RedisPubSubTriggerAttribute(string connection, string channel, bool pattern = false) : TriggerBindingAttribute
{
    public string Connection { get; } = connection;

    public string Channel { get; } = channel;

    public bool Pattern { get; } = pattern;
}

/// <summary>Runs the function for every entry of a list; entries are popped before it runs.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class RedisListTriggerAttribute(
    string connection,
    string key,
    int pollingIntervalInMs = 1000,
    int maxBatchSize = 16,
    ListDirection listDirection = ListDirection.LEFT) : TriggerBindingAttribute
{
    public string Connection { get; } = connection;

    public string Key { get; } = key;

    public int PollingIntervalInMs { get; } = pollingIntervalInMs;

    public int MaxBatchSize { get; } = maxBatchSize;

    public ListDirection ListDirection { get; } = listDirection;
}

/// <summary>Which end of the list entries are popped from.</summary>
public enum ListDirection
{
    LEFT,
    RIGHT,
}
