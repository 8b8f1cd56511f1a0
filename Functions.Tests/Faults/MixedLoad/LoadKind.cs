namespace Functions.Tests.Faults.MixedLoad;

/// <summary>What a request of the mixed load does.</summary>
public enum LoadKind
{
    /// <summary>Cacheable reads: products, lists of them, users, their posts.</summary>
    Browse,

    /// <summary>The full-text search, which PostgreSQL answers each time.</summary>
    Search,

    /// <summary>What only needs the caller's session.</summary>
    Session,

    /// <summary>Login and logout, each with a session of its own.</summary>
    Login,

    /// <summary>The caller's messages.</summary>
    ReadMessages,

    /// <summary>The state of a task that was accepted before.</summary>
    ReadTask,

    /// <summary><c>POST /messages</c>.</summary>
    SendMessage,

    /// <summary><c>PUT /products/{id}</c>, each client its own product.</summary>
    UpdateProduct,

    /// <summary><c>POST /reports</c>.</summary>
    RequestReport,

    /// <summary><c>POST /emails</c>.</summary>
    SendEmail,
}
