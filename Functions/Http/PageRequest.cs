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
    /// <summary>How many bytes the items of a page are as JSON at most, unless it is a single one: a little less than 1 MiB.</summary>
    public const long MaximumBytes = 1_040_000;

    private const int DefaultLimit = 20;
    private const int MaximumLimit = 100;

    /// <summary>How many items <see cref="OfAsync"/> needs to tell the page, whether one follows, and whether the cursor is known.</summary>
    public int Read => Limit + (After is null ? 1 : 2);

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
                problem = NoCursor();
                return false;
            }

            after = BinaryPrimitives.ReadInt64BigEndian(bytes);
            if (CursorAfter(after.Value) != cursor)
            {
                // Another spelling, of which there are many.
                problem = NoCursor();
                return false;
            }
        }

        page = new PageRequest(limit ?? DefaultLimit, after);
        return true;
    }

    /// <summary>
    /// Makes the page of items that are read one after the other, and reads no further than the page goes: to <see cref="Limit"/>, or to where
    /// the next item would make it larger than <see cref="MaximumBytes"/>. A larger item comes alone.
    /// </summary>
    /// <param name="items">
    /// The items in their order, from the one that <see cref="After"/> names on, which is not on the page but tells whether the cursor is known;
    /// no more than <see cref="Read"/> are needed.
    /// </param>
    /// <param name="idOf">The id of an item, by which the list is ordered.</param>
    public async Task<Page<T>> OfAsync<T>(IAsyncEnumerable<T> items, Func<T, long> idOf)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(idOf);
        using var length = new JsonLength();
        var page = new List<T>();
        var (bytes, isKnown) = (0L, After is null);
        await foreach (var item in items)
        {
            if (idOf(item) == After)
            {
                isKnown = true;
                continue;
            }

            var more = page.Count < Limit ? length.Of(item) + 1 : 0;
            if (page.Count == Limit || (page.Count > 0 && bytes + more > MaximumBytes))
            {
                return new(page, CursorAfter(idOf(page[^1]))) { Bytes = bytes, IsOfKnownCursor = isKnown };
            }

            page.Add(item);
            bytes += more;
        }

        return new(page, null) { Bytes = bytes, IsOfKnownCursor = isKnown };
    }

    /// <summary>Makes the page of items so small that no page of them is large, fetched behind <see cref="After"/> with one more than <see cref="Limit"/>.</summary>
    public Page<T> Of<T>(IReadOnlyList<T> fetched, Func<T, long> idOf)
    {
        ArgumentNullException.ThrowIfNull(fetched);
        ArgumentNullException.ThrowIfNull(idOf);
        return fetched.Count <= Limit ? new(fetched, null) : new([.. fetched.Take(Limit)], CursorAfter(idOf(fetched[Limit - 1])));
    }

    private static ProblemHttpResult NoCursor() => Problems.Invalid("cursor", "The value is not a cursor that a list has returned.");

    private static string CursorAfter(long id)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, id);
        return Base64Url.EncodeToString(bytes);
    }
}
