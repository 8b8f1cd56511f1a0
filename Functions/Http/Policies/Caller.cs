using System.Globalization;
using Functions.Redis.Sessions;

namespace Functions.Http.Policies;

/// <summary>Who sent a request, once <see cref="SessionPolicy"/> has found out.</summary>
/// <param name="Session">The session that the request showed.</param>
/// <param name="UserId">Whose session it is.</param>
public sealed record Caller(Session Session, int UserId)
{
    internal static Caller Of(Session session) => new(session, int.Parse(session.UserId, CultureInfo.InvariantCulture));
}
