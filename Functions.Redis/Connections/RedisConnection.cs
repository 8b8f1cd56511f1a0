using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace Functions.Redis.Connections;

/// <summary>The process's one connection to Redis, made on first use and kept alive in the background from then on.</summary>
/// <remarks>
/// A server that cannot be reached does not stop the process: commands fail at once while there is no connection, and go through again
/// as soon as there is one. The same holds for a server that keeps its connection and does not answer: once it has left a ping unanswered
/// for the command timeout, nobody else waits for it until it answers one (<see cref="RedisPulse"/>).
/// <para>
/// Reads demand the master (<see cref="CommandFlags.DemandMaster"/>): the client would ask a replica while it has lost the master, and a replica that is
/// behind knows sessions that have been closed and entries that have been removed.
/// </para>
/// </remarks>
public sealed partial class RedisConnection : IAsyncDisposable, IDisposable
{
    private readonly ConfigurationOptions _configuration;
    private readonly string _databaseSetting;
    private readonly ILogger<RedisConnection> _logger;
    private readonly IRedisAuthentication? _authentication;
    private readonly Func<ProfilingSession?>? _profiler;
    private readonly Lock _lock = new();
    private Task<IConnectionMultiplexer>? _connecting;
    private long _connectingSince;
    private IDatabase? _database;
    private RedisPulse? _pulse;

    /// <summary>Prepares a connection; nothing is sent before the first use.</summary>
    /// <param name="options">Where Redis is.</param>
    /// <param name="loggerFactory">For connections that fail and come back.</param>
    /// <param name="authentication">Signs in where <see cref="RedisOptions.UsesIdentity"/>; else not used.</param>
    /// <exception cref="RedisConfigurationException">The options cannot be used.</exception>
    public RedisConnection(RedisOptions options, ILoggerFactory loggerFactory, IRedisAuthentication? authentication = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggerFactory);
        _configuration = options.ToConfigurationOptions();
        _profiler = options.Profiler;
        _authentication = !options.UsesIdentity ? null
            : authentication ?? throw new RedisConfigurationException($"{RedisOptions.HostNameSetting}: nothing is registered that signs in with an identity.");
        _databaseSetting = options.ConnectionString is null ? "REDIS_DB" : "Redis: defaultDatabase";
        _configuration.LoggerFactory = null; // Connection events are logged below; the client's own log is for debugging it.
        _logger = loggerFactory.CreateLogger<RedisConnection>();
    }

    /// <summary>The servers by host and port, for logs and banners; no credentials.</summary>
    public string Description => string.Join(", ", _configuration.EndPoints.Select(EndPointCollection.ToString));

    /// <summary>How long the client waits for the answer to a command.</summary>
    public TimeSpan CommandTimeout => TimeSpan.FromMilliseconds(_configuration.AsyncTimeout);

    /// <summary>True if keys are spread over several servers, so that one command must not name keys of different hash slots.</summary>
    public bool IsCluster { get; private set; }

    /// <summary>The connection's database; null until a server has been reached for the first time, and while it does not answer.</summary>
    internal IDatabase? Database => _pulse is { IsBeating: false } ? null : _database;

    /// <summary>The connection's database. Completes at once when the connection has been made before.</summary>
    /// <exception cref="RedisTimeoutException">The server has stopped to answer.</exception>
    /// <exception cref="RedisConfigurationException">A database other than 0 is configured and the server is a cluster.</exception>
    public ValueTask<IDatabase> GetDatabaseAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<IDatabase>(cancellationToken)
        : _pulse is { IsBeating: false } ? ValueTask.FromException<IDatabase>(Stalled())
        : _database is { } database ? new(database)
        : new(ConnectDatabaseAsync(cancellationToken));

    /// <summary>The connection itself, for events and server commands.</summary>
    /// <exception cref="RedisConnectionException">The first attempt takes longer than the connect timeout; it goes on.</exception>
    public async Task<IConnectionMultiplexer> GetMultiplexerAsync(CancellationToken cancellationToken = default)
    {
        Task<IConnectionMultiplexer> connecting;
        TimeSpan remaining;
        lock (_lock)
        {
            // A failed attempt is forgotten, so that the next caller tries again.
            if (_connecting is null || _connecting.IsFaulted || _connecting.IsCanceled)
            {
                _connectingSince = Stopwatch.GetTimestamp();
                _connecting = ConnectAsync();
            }

            connecting = _connecting;
            remaining = RemainingConnectTime();
        }

        // The client makes several attempts of a whole timeout each before it hands out a multiplexer without a connection.
        try
        {
            return await connecting.WaitAsync(remaining, cancellationToken);
        }
        catch (TimeoutException) when (!connecting.IsFaulted)
        {
            throw NotConnectedYet("connection");
        }
    }

    /// <summary>
    /// Asks the servers on a connection of its own whether they let the application in: a wrong password never becomes right by trying again, while
    /// a server that cannot be reached may come back.
    /// </summary>
    /// <returns>False if none could be reached.</returns>
    /// <exception cref="RedisConfigurationException">A server refuses the credentials, or asks for some; the message says what it said.</exception>
    public async Task<bool> CheckAsync()
    {
        var configuration = (_authentication is null ? _configuration : await SignInAsync(_authentication)).Clone();
        configuration.AbortOnConnectFail = true;
        configuration.ConnectRetry = 1;
        try
        {
            await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(configuration);
            await multiplexer.GetDatabase().PingAsync(CommandFlags.DemandMaster);
            return true;
        }
        catch (Exception exception) when (RefusalIn(exception) is { } refusal)
        {
            throw new RedisConfigurationException($"Redis at {Description} refuses the application: {refusal} Check the password in Redis, or REDIS_PASSWORD.", exception);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            return false;
        }
    }

    /// <summary>The connection's subscriber, when subscriptions go through: a server that does not speak RESP3 gets a connection for them after the other one.</summary>
    /// <exception cref="RedisConnectionException">
    /// The first attempt takes longer than the connect timeout; it goes on. After that time: there is no connection at present.
    /// </exception>
    public async Task<ISubscriber> GetSubscriberAsync(CancellationToken cancellationToken = default)
    {
        var multiplexer = await GetMultiplexerAsync(cancellationToken);
        var subscriber = multiplexer.GetSubscriber();
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        multiplexer.ConnectionRestored += Look;
        try
        {
            Look(null, EventArgs.Empty);
            await connected.Task.WaitAsync(RemainingConnectTime(), cancellationToken);
            return subscriber;
        }
        catch (TimeoutException)
        {
            throw NotConnectedYet("connection for subscriptions");
        }
        finally
        {
            multiplexer.ConnectionRestored -= Look;
        }

        void Look(object? sender, EventArgs restored)
        {
            if (subscriber.IsConnected())
            {
                connected.TrySetResult();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_pulse is { } pulse)
        {
            await pulse.DisposeAsync();
        }

        if (_connecting is { IsCompletedSuccessfully: true } connected)
        {
            await (await connected).DisposeAsync();
        }
        else
        {
            CloseWhenConnected();
        }
    }

    /// <summary>Closes the connection behind the commands that have been sent; waits for the server alone, and for the command timeout at most.</summary>
    public void Dispose()
    {
        _pulse?.Dispose();
        if (_connecting is { IsCompletedSuccessfully: true } connected)
        {
            connected.Result.Dispose();
        }
        else
        {
            CloseWhenConnected();
        }
    }

    // An attempt that is under way cannot be called off.
    private void CloseWhenConnected() => _connecting?.ContinueWith(
        connected =>
        {
            _pulse?.Dispose();
            connected.Result.Dispose();
        },
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnRanToCompletion,
        TaskScheduler.Default);

    private async Task<IDatabase> ConnectDatabaseAsync(CancellationToken cancellationToken)
    {
        var multiplexer = await GetMultiplexerAsync(cancellationToken);

        // What kind of server it is shows only when one has been reached; until then every call looks again.
        var servers = multiplexer.GetServers();
        if (!Array.Exists(servers, server => server.IsConnected))
        {
            return multiplexer.GetDatabase();
        }

        IsCluster = Array.Exists(servers, server => server.ServerType == ServerType.Cluster);
        return IsCluster && _configuration.DefaultDatabase > 0
            ? throw new RedisConfigurationException(
                $"{_databaseSetting}: database {_configuration.DefaultDatabase} does not exist, the server is a cluster and has database 0 only.")
            : _database = multiplexer.GetDatabase();
    }

    private async Task<IConnectionMultiplexer> ConnectAsync()
    {
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(_authentication is null ? _configuration : await SignInAsync(_authentication));
        multiplexer.ConnectionFailed += (_, failure) => LogConnectionFailed(EndPointCollection.ToString(failure.EndPoint), failure.ConnectionType, failure.FailureType);
        multiplexer.ConnectionRestored += (_, restored) => LogConnectionRestored(EndPointCollection.ToString(restored.EndPoint), restored.ConnectionType);
        if (_profiler is not null)
        {
            multiplexer.RegisterProfiler(_profiler);
        }

        _pulse = new RedisPulse(multiplexer, LogPulse);
        return multiplexer;
    }

    // What a server says of credentials: WRONGPASS, NOAUTH, NOPERM, or that it knows no password at all.
    private static string? RefusalIn(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            var text = exception.Message;
            if (text.Contains("WRONGPASS", StringComparison.Ordinal) || text.Contains("invalid password", StringComparison.Ordinal)
                || text.Contains("without any password configured", StringComparison.Ordinal))
            {
                return "the password is wrong.";
            }

            if (text.Contains("NOAUTH", StringComparison.Ordinal))
            {
                return "it asks for a password.";
            }

            if (text.Contains("NOPERM", StringComparison.Ordinal))
            {
                return "its user may not do what is needed.";
            }

            if (exception is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure })
            {
                return "the credentials are wrong or missing.";
            }
        }

        return null;
    }

    private TimeSpan RemainingConnectTime()
    {
        var remaining = TimeSpan.FromMilliseconds(_configuration.ConnectTimeout) - Stopwatch.GetElapsedTime(_connectingSince);
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
    }

    private RedisConnectionException NotConnectedYet(string what) =>
        new(ConnectionFailureType.UnableToConnect, CommandFlags.None, $"There is no {what} to Redis at {Description} yet.", innerException: null, CommandStatus.WaitingToBeSent);

    private RedisTimeoutException Stalled() =>
        new(CommandFlags.None, $"Redis at {Description} does not answer; commands are sent to it again when it does.", CommandStatus.WaitingToBeSent);

    private void LogPulse(bool isBeating)
    {
        if (isBeating)
        {
            LogAnswers(Description);
        }
        else
        {
            LogStalled(Description, CommandTimeout);
        }
    }

    private async Task<ConfigurationOptions> SignInAsync(IRedisAuthentication authentication)
    {
        var configuration = _configuration.Clone();
        try
        {
            await authentication.ConfigureAsync(configuration);
            return configuration;
        }
        catch (Exception exception) when (exception is not RedisConfigurationException)
        {
            // Whatever the identity service threw: without credentials there is no connection, which callers know how to live without.
            throw new RedisConnectionException(
                ConnectionFailureType.AuthenticationFailure,
                CommandFlags.None,
                $"There are no credentials for Redis at {Description}: {exception.Message}",
                exception,
                CommandStatus.WaitingToBeSent);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The {ConnectionType} connection to Redis at {EndPoint} failed: {FailureType}. Reconnecting in the background.")]
    private partial void LogConnectionFailed(string? endPoint, ConnectionType connectionType, ConnectionFailureType failureType);

    [LoggerMessage(2, LogLevel.Information, "The {ConnectionType} connection to Redis at {EndPoint} is back.")]
    private partial void LogConnectionRestored(string? endPoint, ConnectionType connectionType);

    [LoggerMessage(3, LogLevel.Warning, "Redis at {Servers} has not answered for {Timeout}. Nothing is sent to it until it does.")]
    private partial void LogStalled(string servers, TimeSpan timeout);

    [LoggerMessage(4, LogLevel.Information, "Redis at {Servers} answers again.")]
    private partial void LogAnswers(string servers);
}
