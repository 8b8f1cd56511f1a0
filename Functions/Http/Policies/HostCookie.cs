namespace Functions.Http.Policies;

/// <summary>Whether the cookie of a session is called <c>__Host-session</c> over https.</summary>
public enum HostCookie
{
    /// <summary>It is called <c>session</c>. A cookie of the other name, from before, is still read.</summary>
    Off,

    /// <summary>It is set under the name <c>__Host-session</c>, and wins over one named <c>session</c>, which is still read.</summary>
    Preferred,

    /// <summary>Over https only <c>__Host-session</c> is set and read.</summary>
    Required,
}
