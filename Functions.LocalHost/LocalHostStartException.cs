using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Functions.LocalHost;

/// <summary>The host cannot start for a reason that the user can remove; the message is one line that names it.</summary>
public sealed class LocalHostStartException(string message, Exception innerException) : Exception(message, innerException)
{
    /// <summary>The exception to show for <paramref name="cause"/>, or null where the cause is a fault of the program.</summary>
    internal static LocalHostStartException? From(Exception cause, int port) =>
        Describe(cause, port) is { } text ? new LocalHostStartException(text.ReplaceLineEndings(" "), cause) : null;

    private static string? Describe(Exception cause, int port) => cause switch
    {
        NpgsqlException => $"ConnectionStrings__Postgres: the database cannot be used: {cause.Message}",
        OptionsValidationException invalid => string.Join(" ", invalid.Failures),
        IOException { InnerException: AddressInUseException } => $"Port {port} is in use. Choose another one with --port.",
        IOException { InnerException: SocketException or AggregateException } or SocketException =>
            $"Port {port} cannot be used: {cause.Message} Choose another one with --port.",
        // A settings file that is not JSON: the outer message names the file, the innermost the line.
        InvalidDataException => $"{cause.Message} {cause.GetBaseException().Message}",
        InvalidOperationException => cause.Message,
        AggregateException several when several.InnerExceptions.Select(inner => Describe(inner, port)).ToList() is var lines
            && lines.TrueForAll(line => line is not null) => string.Join(" ", lines),
        _ => null,
    };
}
