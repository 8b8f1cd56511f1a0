using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Functions.Redis.Settings;
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace Functions.Redis.Connections;

/// <summary>Where Redis is and how to reach it.</summary>
/// <remarks>
/// <see cref="ConnectionString"/> (the setting <c>Redis</c>), or <see cref="IdentityEndPoint"/> (<c>Redis__redisHostName</c>), which the
/// triggers read too, or the single settings <c>REDIS_HOST</c>, <c>REDIS_PORT</c> and so on; the first one that is set wins.
/// </remarks>
public sealed class RedisOptions
{
    internal const string HostNameSetting = "Redis__redisHostName";

    private const string CaFileSetting = "REDIS_SSL_CA_FILE";
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(5);

    /// <summary>A StackExchange.Redis connection string, or null to use the single settings. Setting: <c>Redis</c>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// <c>host:port</c> of a server that an identity signs in to, over TLS; null for none. An <see cref="IRedisAuthentication"/> does so.
    /// Setting: <c>Redis__redisHostName</c>.
    /// </summary>
    public string? IdentityEndPoint { get; set; }

    /// <summary>Object id of that identity; the triggers need it. Setting: <c>Redis__principalId</c>.</summary>
    public string? PrincipalId { get; set; }

    /// <summary>Client id of that identity if it is user-assigned; null for the system-assigned one. Setting: <c>Redis__clientId</c>.</summary>
    public string? ClientId { get; set; }

    /// <summary>Whether an identity signs in, rather than a password.</summary>
    public bool UsesIdentity => ConnectionString is null && IdentityEndPoint is not null;

    /// <summary>Host name or address; default <c>localhost</c>. Setting: <c>REDIS_HOST</c>.</summary>
    public string Host { get; set; } = "localhost";

    /// <summary>TCP port, 1 to 65535; default 6379. Setting: <c>REDIS_PORT</c>.</summary>
    public int Port { get; set; } = 6379;

    /// <summary>Database number, 0 or more; default 0, the only one that a cluster has. Setting: <c>REDIS_DB</c>.</summary>
    public int Database { get; set; }

    /// <summary>Password, or null for none. Setting: <c>REDIS_PASSWORD</c>.</summary>
    public string? Password { get; set; }

    /// <summary>Use TLS; default false. Setting: <c>REDIS_SSL</c>.</summary>
    public bool Ssl { get; set; }

    /// <summary>
    /// How many connections a process may open, at least 2; default 20. Commands of all requests share one connection and subscriptions
    /// use a second at most, to each server: the bound is kept wherever there are at most <c>MaxConnections / 2</c> servers. Setting: <c>REDIS_MAX_CONNECTIONS</c>.
    /// </summary>
    public int MaxConnections { get; set; } = 20;

    /// <summary>Sentinels as <c>host:port,host:port</c>; empty for none. Setting: <c>REDIS_SENTINEL_HOSTS</c>.</summary>
    public string SentinelHosts { get; set; } = "";

    /// <summary>The name under which the sentinels know the master; default <c>mymaster</c>. Setting: <c>REDIS_SENTINEL_MASTER</c>.</summary>
    public string SentinelMaster { get; set; } = "mymaster";

    /// <summary>
    /// File of the certificates (PEM) of authorities that servers are trusted by in addition to those of the system; null for none. Name and
    /// validity of a server's certificate are checked in any case. Setting: <c>REDIS_SSL_CA_FILE</c>, beside a connection string too.
    /// </summary>
    public string? CaFile { get; set; }

    /// <summary>
    /// How long a connection attempt may take, 0.1 s to 5 minutes; null for what the connection string says, else 5 s. Setting:
    /// <c>REDIS_CONNECT_TIMEOUT</c>, beside a connection string too.
    /// </summary>
    public TimeSpan? ConnectTimeout { get; set; }

    /// <summary>
    /// How long a command may take, 0.1 s to 5 minutes; null for what the connection string says, else 5 s. Setting:
    /// <c>REDIS_COMMAND_TIMEOUT</c>, beside a connection string too.
    /// </summary>
    public TimeSpan? CommandTimeout { get; set; }

    /// <summary>Called for each command; what it returns records the command, unless null. Default null: nothing is recorded. Must return fast and not throw.</summary>
    public Func<ProfilingSession?>? Profiler { get; set; }

    /// <summary>Reads the settings named above.</summary>
    /// <exception cref="RedisConfigurationException">A setting has a value that it cannot have.</exception>
    public static RedisOptions FromConfiguration(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var options = new RedisOptions();
        var connectionString = NullIfBlank(configuration["Redis"]);
        var identityEndPoint = NullIfBlank(configuration["Redis:redisHostName"]);
        var principalId = NullIfBlank(configuration["Redis:principalId"]);
        if (identityEndPoint is not null && connectionString is not null)
        {
            throw new RedisConfigurationException($"{HostNameSetting}: the triggers reject a connection string in Redis beside it; set one of the two.");
        }

        if (identityEndPoint is not null && principalId is null)
        {
            throw new RedisConfigurationException($"Redis__principalId: the triggers need the object id of the identity beside {HostNameSetting}.");
        }

        return new RedisOptions
        {
            ConnectionString = connectionString,
            IdentityEndPoint = identityEndPoint,
            PrincipalId = principalId,
            ClientId = NullIfBlank(configuration["Redis:clientId"]),
            Host = HostName(configuration, "REDIS_HOST", options.Host),
            Port = Integer(configuration, "REDIS_PORT", options.Port, 1, 65535),
            Database = Integer(configuration, "REDIS_DB", options.Database, 0, int.MaxValue),
            Password = NullIfBlank(configuration["REDIS_PASSWORD"]),
            Ssl = Boolean(configuration, "REDIS_SSL", options.Ssl),
            MaxConnections = Integer(configuration, "REDIS_MAX_CONNECTIONS", options.MaxConnections, 2, int.MaxValue),
            SentinelHosts = configuration["REDIS_SENTINEL_HOSTS"] ?? "",
            SentinelMaster = NullIfBlank(configuration["REDIS_SENTINEL_MASTER"]) ?? options.SentinelMaster,
            CaFile = NullIfBlank(configuration[CaFileSetting]),
            ConnectTimeout = Timeout(configuration, "REDIS_CONNECT_TIMEOUT"),
            CommandTimeout = Timeout(configuration, "REDIS_COMMAND_TIMEOUT"),
        };
    }

    /// <summary>The same as options of StackExchange.Redis: reconnects in the background without end, fails commands at once while disconnected.</summary>
    /// <exception cref="RedisConfigurationException">The connection string or a host cannot be parsed, or the file of authorities cannot be read.</exception>
    public ConfigurationOptions ToConfigurationOptions()
    {
        var configuration = ConnectionString is not null ? Parse(ConnectionString)
            : IdentityEndPoint is not null ? ForIdentity(IdentityEndPoint)
            : FromSingleSettings();
        configuration.AbortOnConnectFail = false;
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.ReconnectRetryPolicy = new ExponentialRetry(deltaBackOffMilliseconds: 100, maxDeltaBackOffMilliseconds: 2000);
        if (ConnectTimeout is { } connectTimeout)
        {
            configuration.ConnectTimeout = (int)connectTimeout.TotalMilliseconds;
        }

        if (CommandTimeout is { } commandTimeout)
        {
            configuration.AsyncTimeout = configuration.SyncTimeout = (int)commandTimeout.TotalMilliseconds;
        }

        if (CaFile is not null)
        {
            Trust(configuration, CaFile);
        }

        configuration.HeartbeatInterval = TimeSpan.FromMilliseconds(250); // How exactly timeouts are kept.
        configuration.AllowAdmin = true; // Health reads INFO.
        configuration.ClientName ??= "functions";
        return configuration;
    }

    private static ConfigurationOptions Parse(string connectionString)
    {
        try
        {
            var parsed = ConfigurationOptions.Parse(connectionString);
            return connectionString.Contains("://", StringComparison.Ordinal)
                ? throw new ArgumentException("A URL is no connection string.", nameof(connectionString))
                : parsed.EndPoints.Count > 0
                ? parsed
                : throw new RedisConfigurationException("Redis: the connection string names no server.");
        }
        catch (ArgumentException)
        {
            // The parser's message repeats the connection string, and with it the password.
            throw new RedisConfigurationException("Redis: the value is not a StackExchange.Redis connection string such as 'host:6380,ssl=true,password=…'.");
        }
    }

    private static ConfigurationOptions ForIdentity(string endPoint)
    {
        var (host, port) = HostAndPort(HostNameSetting, endPoint);
        return new ConfigurationOptions { EndPoints = { { host, port } }, Ssl = true };
    }

    private ConfigurationOptions FromSingleSettings()
    {
        var configuration = new ConfigurationOptions { Password = Password, Ssl = Ssl, DefaultDatabase = Database };
        var sentinels = SentinelHosts.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (sentinels.Length == 0)
        {
            configuration.EndPoints.Add(Host, Port);
            return configuration;
        }

        configuration.ServiceName = SentinelMaster;
        foreach (var sentinel in sentinels)
        {
            var (host, port) = HostAndPort("REDIS_SENTINEL_HOSTS", sentinel);
            configuration.EndPoints.Add(host, port);
        }

        return configuration;
    }

    private static void Trust(ConfigurationOptions configuration, string file)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(file);
            if (authorities.Count == 0)
            {
                throw new CryptographicException("There is none.");
            }

            configuration.CertificateValidation += (_, certificate, chain, errors) => TrustedAuthorities.Accept(authorities, certificate, chain, errors);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new RedisConfigurationException($"{CaFileSetting}: no certificates (PEM) can be read from '{file}'.", exception);
        }
    }

    private static (string Host, int Port) HostAndPort(string setting, string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text[(colon + 1)..], CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535
            ? (text[..colon], port)
            : throw new RedisConfigurationException($"{setting}: '{text}' is not host:port.");
    }

    private static string HostName(IConfiguration configuration, string setting, string fallback) =>
        NullIfBlank(configuration[setting]) is not { } text ? fallback
        : Uri.CheckHostName(text) != UriHostNameType.Unknown ? text
        : throw new RedisConfigurationException($"{setting}: '{text}' is no host name or address; the port is a setting of its own, REDIS_PORT.");

    private static int Integer(IConfiguration configuration, string setting, int fallback, int minimum, int maximum)
    {
        if (NullIfBlank(configuration[setting]) is not { } text)
        {
            return fallback;
        }

        return int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum
            ? value
            : throw new RedisConfigurationException(maximum == int.MaxValue
                ? $"{setting}: '{text}' is not a whole number of at least {minimum}."
                : $"{setting}: '{text}' is not a whole number from {minimum} to {maximum}.");
    }

    private static TimeSpan? Timeout(IConfiguration configuration, string setting) =>
        NullIfBlank(configuration[setting]) is not { } text ? null
        : SettingText.TryReadTime(text, out var value) && value >= ShortestTimeout && value <= LongestTimeout ? value
        : throw new RedisConfigurationException($"{setting}: '{text}' is not a time from 00:00:00.1 to 00:05:00, such as 00:00:05.");

    private static bool Boolean(IConfiguration configuration, string setting, bool fallback) =>
        NullIfBlank(configuration[setting]) is not { } text ? fallback
        : bool.TryParse(text, out var value) ? value
        : throw new RedisConfigurationException($"{setting}: '{text}' is neither true nor false.");

    private static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
