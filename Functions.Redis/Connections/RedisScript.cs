using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Functions.Redis.Connections;

/// <summary>A Lua script from an embedded file. It is run by its SHA-1 (EVALSHA); its text is sent only to a server that does not know it.</summary>
/// <remarks>
/// A line <c>--#include steps/claim.lua</c> stands for the text of that file, found beside the script: steps that several scripts share. Included files
/// include nothing themselves.
/// </remarks>
internal sealed class RedisScript
{
    private const string Include = "--#include ";

    private readonly byte[] _hash;

    private RedisScript(string text)
    {
        Text = text;
#pragma warning disable CA5350 // The protocol names scripts by SHA-1.
        _hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
    }

    /// <summary>What a server is told that does not know the script.</summary>
    public string Text { get; }

    /// <summary>Reads the script at <paramref name="path"/>, such as <c>Sessions/read.lua</c>, with what it includes.</summary>
    public static RedisScript Load(string path)
    {
        var folder = path[..(path.LastIndexOf('/') + 1)];
        var lines = Read(path).Split('\n').Select(line => line.StartsWith(Include, StringComparison.Ordinal) ? Read(folder + line[Include.Length..].Trim()) : line);
        return new RedisScript(string.Join('\n', lines));
    }

    private static string Read(string path)
    {
        using var stream = typeof(RedisScript).Assembly.GetManifestResourceStream(path)
            ?? throw new InvalidOperationException($"The script '{path}' is not embedded.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Runs the script. The command is on its way when this returns, so independent calls may be sent together and awaited later.</summary>
    public async Task<RedisResult> EvaluateAsync(IDatabaseAsync database, RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            return await database.ScriptEvaluateAsync(_hash, keys, values, CommandFlags.DemandMaster);
        }
        catch (RedisServerException exception) when (IsUnknown(exception))
        {
            return await EvaluateTextAsync(database, keys, values);
        }
    }

    /// <summary>
    /// Runs the script and reads its reply, for what every request does: one asynchronous method from the caller to the client library.
    /// The command is on its way when this returns, once the connection has been made.
    /// </summary>
    /// <param name="connection">The connection to Redis.</param>
    /// <param name="keys">KEYS.</param>
    /// <param name="values">ARGV.</param>
    /// <param name="state">Given to <paramref name="read"/>.</param>
    /// <param name="read">Reads the reply.</param>
    /// <param name="cancellationToken">Checked before anything is sent.</param>
    public async Task<T> EvaluateAsync<TState, T>(
        RedisConnection connection, RedisKey[] keys, RedisValue[] values, TState state, Func<RedisResult, TState, T> read, CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        RedisResult reply;
        try
        {
            reply = await database.ScriptEvaluateAsync(_hash, keys, values, CommandFlags.DemandMaster);
        }
        catch (RedisServerException exception) when (IsUnknown(exception))
        {
            reply = await EvaluateTextAsync(database, keys, values);
        }

        return read(reply, state);
    }

    /// <summary>
    /// Runs the script by its text, which is longer, in the order in which commands are sent: a server that does not know the script runs it at
    /// once, too.
    /// </summary>
    public Task<RedisResult> EvaluateInOrderAsync(IDatabaseAsync database, RedisKey[] keys, RedisValue[] values) =>
        EvaluateTextAsync(database, keys, values);

    // The server has not seen the script yet, or has restarted: nothing has run. EVAL runs it and keeps it for the next time.
    private Task<RedisResult> EvaluateTextAsync(IDatabaseAsync database, RedisKey[] keys, RedisValue[] values) =>
        database.ScriptEvaluateAsync(Text, keys, values, CommandFlags.NoScriptCache | CommandFlags.DemandMaster);

    private static bool IsUnknown(RedisServerException exception) => exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal);
}
