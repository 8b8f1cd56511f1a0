namespace Functions.Products;

/// <summary>Whether a change was made, or why not.</summary>
public enum ChangeOutcome
{
    Made,
    NotFound,
    CategoryMissing,

    /// <summary>The product is not as the request's <see cref="Http.Preconditions"/> want it.</summary>
    PreconditionFailed,
}
