namespace Functions.Tests.Servers;

/// <summary>A server's error reply.</summary>
internal sealed class RespException(string message) : Exception(message);
