// Declarations of the worker types that the function sources use, in name, namespace, parameters and defaults those of
// Microsoft.Azure.Functions.Worker 2.x: what compiles here compiles there.
#pragma warning disable CA1019, CA1813 // The shapes are the real ones.

namespace Microsoft.Azure.Functions.Worker
{
    /// <summary>Marks a method as a function.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class FunctionAttribute(string name) : Attribute
    {
        public string Name { get; } = name;
    }

    /// <summary>Who may call an HTTP function, by the host's keys.</summary>
    public enum AuthorizationLevel
    {
        Anonymous = 0,
        User = 1,
        Function = 2,
        System = 3,
        Admin = 4,
    }

    /// <summary>Runs the function for HTTP requests.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class HttpTriggerAttribute : Attribute
    {
        public HttpTriggerAttribute() => AuthLevel = AuthorizationLevel.Function;

        public HttpTriggerAttribute(params string[] methods) => Methods = methods;

        public HttpTriggerAttribute(AuthorizationLevel authLevel) => AuthLevel = authLevel;

        public HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods)
        {
            AuthLevel = authLevel;
            Methods = methods;
        }

        public string? Route { get; set; }

        public string[]? Methods { get; }

        public AuthorizationLevel AuthLevel { get; }
    }

    /// <summary>Runs the function by a schedule: six-field NCRONTAB (seconds first) or a time span.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class TimerTriggerAttribute(string schedule) : Attribute
    {
        public string Schedule { get; } = schedule;

        public bool UseMonitor { get; set; } = true;

        public bool RunOnStartup { get; set; }
    }

    /// <summary>What a timer function is told about its schedule.</summary>
    public class TimerInfo
    {
        public ScheduleStatus? ScheduleStatus { get; set; }

        public bool IsPastDue { get; set; }
    }

    /// <summary>The runs of a schedule.</summary>
    public class ScheduleStatus
    {
        public DateTime Last { get; set; }

        public DateTime Next { get; set; }

        public DateTime LastUpdated { get; set; }
    }
}

namespace Microsoft.Azure.Functions.Worker.Extensions.Redis
{
    /// <summary>Runs the function for every message of a channel, or of a pattern of channels.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class RedisPubSubTriggerAttribute(string connection, string channel, bool pattern = false) : Attribute
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
        ListDirection listDirection = ListDirection.LEFT) : Attribute
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
}
