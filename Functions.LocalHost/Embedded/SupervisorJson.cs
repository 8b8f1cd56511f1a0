using System.Text.Json.Serialization;

namespace Functions.LocalHost.Embedded;

/// <summary>What the local host and its supervisor tell each other. Generated, because the supervisor has to start fast.</summary>
[JsonSerializable(typeof(StopAction))]
[JsonSerializable(typeof(ProcessIdentity))]
internal sealed partial class SupervisorJson : JsonSerializerContext;
