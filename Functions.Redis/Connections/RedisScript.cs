using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Functions.Redis.Connections;

/// <summary>A Lua script from an embedded file. It is run by its SHA-1 (EVALSHA); its text is sent only to a server that does not know it.</summary>
internal sealed class RedisScript
{
    private readonly string _text;
    private readonly byte[] _hash;

    private RedisScript(string text)
    {
        _text = text;
#pragma warning disable CA5350 // The protocol names scripts by SHA-1.
        _hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
    }

    /// <summary>
    /// Reads the script at <paramref name="paths"/>, such as <c>Sessions/read.lua</c>. Of several files the last is the script, the others
    /// are functions that it uses.
    /// </summary>
    public static RedisScript Load(params string[] paths) => new(string.Concat(paths.Select(Read)));

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
            return await database.ScriptEvaluateAsync(_hash, keys, values);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // The server has not seen the script yet, or has restarted: nothing has run. EVAL runs it and keeps it for the next time.
            return await database.ScriptEvaluateAsync(_text, keys, values, CommandFlags.NoScriptCache);
        }
    }
}
