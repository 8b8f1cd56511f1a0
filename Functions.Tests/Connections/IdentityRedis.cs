using Functions.Tests.Servers;

namespace Functions.Tests.Connections;

/// <summary>A real server as Azure has it: one user, and nobody gets in without signing in.</summary>
internal sealed class IdentityRedis : IAsyncDisposable
{
    private readonly RedisProcess _server;
    private readonly RespConnection _administrator;
    private readonly string _user;

    private IdentityRedis(RedisProcess server, RespConnection administrator, string user) =>
        (_server, _administrator, _user) = (server, administrator, user);

    public string ConnectionString => _server.ConnectionString;

    public static async Task<IdentityRedis> StartAsync(string user, string password)
    {
        var server = await RedisProcess.StartNewAsync();
        var redis = new IdentityRedis(server, await RespConnection.OpenAsync(server.Endpoint), user);
        await redis._administrator.CallAsync("ACL", "SETUSER", user, "on", $">{password}", "~*", "&*", "+@all");
        await redis._administrator.CallAsync("ACL", "SETUSER", "default", "off"); // Connections that are open stay signed in.
        return redis;
    }

    public async Task ChangePasswordAsync(string password) =>
        await _administrator.CallAsync("ACL", "SETUSER", _user, "resetpass", $">{password}");

    public async Task DropConnectionsAsync() => await _administrator.CallAsync("CLIENT", "KILL", "USER", _user);

    public async ValueTask DisposeAsync()
    {
        _administrator.Dispose();
        await _server.DisposeAsync();
    }
}
