using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Functions.Http;

/// <summary>Which page of a list a request asks for.</summary>
/// <param name="Limit">Items on the page, 1 to 100.</param>
/// <param name="After">The id of the last item of the page before; null on the first page.</param>
public sealed record PageRequest(int Limit, long? After)
{
    private const int DefaultLimit = 20;
    private const int MaximumLimit = 100;

    /// <summary>Reads <c>limit</c> and <c>cursor</c>; false with the problem to answer.</summary>
    public static bool TryRead(HttpRequest request, [NotNullWhen(true)] out PageRequest? page, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        ArgumentNullException.ThrowIfNull(request);
        page = null;
        if (!request.Query.TryGetInteger("limit", 1, MaximumLimit, out var limit, out problem))
        {
            return false;
        }

        long? after = null;
        if (request.Query.TryGetValue("cursor", out var cursor))
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            if (!Base64Url.IsValid(cursor.ToString(), out var length) || length != bytes.Length || !Base64Url.TryDecodeFromChars(cursor.ToString(), bytes, out _))
            {
                problem = Problems.Invalid("cursor", "The value is not a cursor that a list has returned.");
                return false;
            }

            after = BinaryPrimitives.ReadInt64BigEndian(bytes);
        }

        page = new PageRequest(limit ?? DefaultLimit, after);
        return true;
    }

    /// <summary>
    /// Makes the page of items that were fetched with one more than <see cref="Limit"/>: whether there is one more tells if a page follows.
    /// </summary>
    public Page<T> Of<T>(IReadOnlyList<T> fetched, Func<T, long> idOf)
    {
        ArgumentNullException.ThrowIfNull(fetched);
        ArgumentNullException.ThrowIfNull(idOf);
        return fetched.Count <= Limit ? new(fetched, null) : new([.. fetched.Take(Limit)], CursorAfter(idOf(fetched[Limit - 1])));
    }

    private static string CursorAfter(long id)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, id);
        return Base64Url.EncodeToString(bytes);
    }
}
