using Azure.Core;
using Npgsql;

namespace Functions.Data;

/// <summary>Tokens of Microsoft Entra ID in place of passwords.</summary>
internal static class TokenPasswords
{
    /// <summary>The scope of Azure Database for PostgreSQL.</summary>
    public const string Scope = "https://ossrdbms-aad.database.windows.net/.default";

    private static readonly TokenRequestContext Request = new([Scope]);

    /// <summary>
    /// Asks for a token whenever a connection is opened, so that none is ever stale, also after the process was frozen. PostgreSQL looks at
    /// it only then: open connections outlive it. The credential answers from its memory until a token is about to expire.
    /// </summary>
    public static NpgsqlDataSourceBuilder UseTokens(this NpgsqlDataSourceBuilder source, TokenCredential credential) => source.UsePasswordProvider(
        _ =>
        {
            try
            {
                return credential.GetToken(Request, CancellationToken.None).Token;
            }
            catch (Exception exception)
            {
                throw Unreachable(exception);
            }
        },
        async (_, cancellationToken) =>
        {
            try
            {
                return (await credential.GetTokenAsync(Request, cancellationToken)).Token;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw Unreachable(exception);
            }
        });

    // As a network that is down, which Npgsql counts as transient: the caller is told to come again.
    private static IOException Unreachable(Exception cause) => new($"There is no token for PostgreSQL: {cause.Message}", cause);
}
