using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Functions.Http;

/// <summary>A request body that has been read and validated, or the problem that it has.</summary>
public readonly struct JsonBody<T> where T : class
{
    private readonly T? _value;
    private readonly ProblemHttpResult? _problem;

    internal JsonBody(T value) => _value = value;

    internal JsonBody(ProblemHttpResult problem) => _problem = problem;

    /// <summary>True with the value, or false with the problem to answer.</summary>
    public bool TryGet([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        value = _value;
        problem = _problem;
        return value is not null;
    }
}
