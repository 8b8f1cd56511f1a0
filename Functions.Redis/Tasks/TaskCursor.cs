using System.Buffers.Text;
using System.Text;

namespace Functions.Redis.Tasks;

/// <summary>Where a page of a list ended: an id, and in lists by time its score in milliseconds.</summary>
internal static class TaskCursor
{
    public static string? Format(string? id, string? score) =>
        id is null ? null : Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{id}:{score}"));

    /// <exception cref="FormatException">The cursor is none that was made here.</exception>
    public static (string? Id, string? Score) Parse(string? cursor)
    {
        if (cursor is null)
        {
            return (null, null);
        }

        var words = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split(':');
        return words is [{ Length: 32 } id, { Length: <= 15 } score] && id.All(char.IsAsciiHexDigitLower) && score.All(char.IsAsciiDigit)
            ? (id, score.Length == 0 ? null : score)
            : throw new FormatException("The value is not a cursor that a list has returned.");
    }
}
