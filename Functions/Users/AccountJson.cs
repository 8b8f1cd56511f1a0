using System.Text.Json.Serialization;

namespace Functions.Users;

/// <summary>How <see cref="Account"/> is cached.</summary>
[JsonSerializable(typeof(Account))]
internal sealed partial class AccountJson : JsonSerializerContext;
