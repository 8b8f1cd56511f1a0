using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Tells a function with <see cref="CacheResultAttribute.Owner"/> for whom it answers.</summary>
public static class OwnersView
{
    /// <summary>Whether the answer is for the user whom it is about or for an administrator; everybody else sees less.</summary>
    public static bool SeesOwnersView(this HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.HttpContext.Features.Get<Marker>() is not null;
    }

    internal static void Grant(HttpContext http) => http.Features.Set(Marker.Instance);

    private sealed class Marker
    {
        public static readonly Marker Instance = new();
    }
}
