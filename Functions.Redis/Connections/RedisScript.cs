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

    private readonly string _text;
    private readonly byte[] _hash;

    private RedisScript(string text)
    {
        _text = text;
#pragma warning disable CA5350 // The protocol names scripts by SHA-1.
        _hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
    }

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
            return await database.ScriptEvaluateAsync(_hash, keys, values);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // The server has not seen the script yet, or has restarted: nothing has run. EVAL runs it and keeps it for the next time.
            return await database.ScriptEvaluateAsync(_text, keys, values, CommandFlags.NoScriptCache);
        }
    }
}
