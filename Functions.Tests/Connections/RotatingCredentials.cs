using System.Collections.Concurrent;
using Functions.Redis.Connections;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace Functions.Tests.Connections;

/// <summary>
/// What the client of Azure does, with passwords in place of tokens: new sockets get the password of the moment, and living ones are signed
/// in again when it changes.
/// </summary>
internal sealed class RotatingCredentials(string user, string password) : DefaultOptionsProvider, IRedisAuthentication
{
    private readonly ConcurrentBag<ConnectionMultiplexer> _connections = [];
    private string _password = password;

    /// <summary>How often a connection asked to be configured.</summary>
    public int Configured { get; private set; }

    /// <summary>Thrown instead of configuring, if set: the identity service is down.</summary>
    public Exception? Failure { get; set; }

    public override string User => user;

    public override string Password => _password;

    public ValueTask ConfigureAsync(ConfigurationOptions configuration)
    {
        Configured++;
        if (Failure is not null)
        {
            return ValueTask.FromException(Failure);
        }

        configuration.Protocol = RedisProtocol.Resp3;
        configuration.Ssl = false;
        configuration.Defaults = this;
        return ValueTask.CompletedTask;
    }

    public override Task AfterConnectAsync(ConnectionMultiplexer multiplexer, Action<string> log)
    {
        _connections.Add(multiplexer);
        return Task.CompletedTask;
    }

    /// <summary>A new password from now on, and on every living connection.</summary>
    public async Task RenewAsync(string newPassword)
    {
        _password = newPassword;
        foreach (var server in _connections.SelectMany(connection => connection.GetServers()))
        {
            await server.ExecuteAsync("AUTH", user, newPassword);
        }
    }
}
