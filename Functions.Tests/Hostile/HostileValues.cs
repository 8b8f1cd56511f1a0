using System.Globalization;
using System.Text;

namespace Functions.Tests.Hostile;

/// <summary>Text, numbers and JSON that break what is careless with them.</summary>
internal static class HostileValues
{
    private static readonly string[] Strings =
    [
        "", " ", "null", "undefined", "NaN", "-1", "0", "1", "2147483648", "9223372036854775808", "1e400", "٣", "1;2",
        "' OR '1'='1", "'; DROP TABLE users; --", "1) UNION SELECT password_hash FROM users --", "\\'; SELECT pg_sleep(10); --", "%' OR 1=1 --", "$$; SELECT 1; $$",
        "return redis.call('FLUSHALL')", "]] redis.call('FLUSHALL') --[[", "' .. redis.call('FLUSHALL') .. '",
        "*1\r\n$8\r\nFLUSHALL\r\n", "\r\nFLUSHALL\r\n", "{tasks}", "}{", "a}b{c", "user:*", "*", "cache:everything",
        "../../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "....//....//etc/passwd", "C:\\Windows\\win.ini", "/etc/passwd\0.png", "file:///etc/passwd",
        "a\r\nSet-Cookie: session=stolen", "a\nX-Injected: 1", "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://localhost/a}", "=cmd|' /C calc'!A0", "%s%s%s%n",
        "\u0000", "a\u0000b", "\u0001\u0002\u001f", "\u007f\u0080", "\u202e\u2066", "\ufeff", "\ufffe", "🇩🇪👩‍👩‍👧‍👦", "ﷺ", "İ", "ß", "e\u0301\u0301\u0301\u0301",
        "a@b", "@", "a@example.com, b@example.com", "a@example.com\r\nBcc: c@example.com", "\"a b\"@example.com", "a@[127.0.0.1]",
        "---------------------------------", "-a -b", "\"-\"-\"", "((((((((((((((((", "a & | ! <-> b:*", "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!", "or or or or", "\"\"\"\"\"\"\"",
        "2026-02-30", "9999-12-31T23:59:59.9999999Z", "0001-01-01", "-999999-01-01", "2026-11-23T10:00:00+99:00",
    ];

    private const string Operators = "-\"()&|!<>:*'\\/.,@+~ ";

    // What the readers of these headers take apart.
    private static readonly Dictionary<string, string[]> OfHeader = new()
    {
        ["If-Match"] = ["*", "\"a\"", "W/\"a\"", "\"a,b\", *", "\"", "W/", "*, *", ",,,", "\"a\" \"b\"", "\"\\\"\"", "abc"],
        ["If-None-Match"] = ["*", "\"a\"", "W/*", "\"a", "\"a\",", "W/\"\"", "\"\""],
        ["If-Unmodified-Since"] = ["0", "Sat, 29 Oct 1994 19:43:31 GMT", "Mon, 99 Foo 0000 99:99:99 GMT"],
        ["Cookie"] =
            ["session", "session=", "session=; session=a", "session=a.b; session=c.d; session=e.f", "session=%00%ff", "=;=;=", "session=\"a\"; $Path=/", "a=b;;;;session=a,b", "__Host-session=a"],
        ["Last-Event-ID"] =
            ["0-0", "9223372036854775807-9223372036854775807", "9223372036854775808-0", "99999999999999999999999-1", "-1--1", "1-", "-", "1700000000000000-1", "4102444800000000-4102444800000000"],
        ["Origin"] = ["null", "*", "https://", "https://a.example, https://b.example", "file://", "https://xn--", "HTTPS://A.EXAMPLE:99999"],
        ["Access-Control-Request-Method"] = ["PUT", "HEAD", "*", "", "PU T", "a,b"],
        ["X-Forwarded-Proto"] = ["https,http", ",,", "https", "ftp", "https,", "\"https\""],
    };

    private static readonly string[] Numbers =
        ["0", "-0", "-1", "1", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "1e308", "1e400", "-1e400", "0.1", "1e-400", "00012", "0x10", "1.7976931348623157e309", "79228162514264337593543950336", "123456789012345678901234567890.123456789012345678901234567890"];

    private static readonly string[] Fields =
        ["email", "name", "password", "title", "body", "price", "category_id", "description", "content", "recipient_id", "type", "data", "user_id", "date_range", "from", "to", "subject", "__proto__", "id", "is_admin"];

    /// <summary>Any text; now and then very long.</summary>
    public static string Text(Random random) => random.Next(12) switch
    {
        0 => new string((char)random.Next(32, 127), random.Next(1, 20_000)),
        1 => string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => char.ConvertFromUtf32(random.Next(2) == 0 ? random.Next(1, 0xD800) : random.Next(0xE000, 0x110000)))),
        2 => random.NextInt64().ToString(CultureInfo.InvariantCulture),
        _ => Strings[random.Next(Strings.Length)],
    };

    /// <summary>The same for a header: without what no client can send.</summary>
    public static string Header(Random random)
    {
        var text = Text(random);
        return new string([.. text.Where(c => c is >= ' ' and < '\u007f').Take(random.Next(10) == 0 ? 6_000 : 300)]);
    }

    /// <summary>The same for the header <paramref name="name"/>: half of the time what its reader expects, or nearly.</summary>
    public static string Header(Random random, string name) =>
        OfHeader.TryGetValue(name, out var values) && random.Next(2) == 0 ? values[random.Next(values.Length)] : Header(random);

    /// <summary>The same for the query parameter <paramref name="name"/>: for a search often operators, many of them, in any order.</summary>
    public static string Parameter(Random random, string name) =>
        name != "q" || random.Next(3) == 0 ? Text(random)
        : random.Next(2) == 0 ? new string(Operators[random.Next(Operators.Length)], random.Next(1, 200))
        : string.Concat(Enumerable.Range(0, random.Next(1, 100)).Select(_ => random.Next(3) == 0 ? "oak" : $"{Operators[random.Next(Operators.Length)]}"));

    /// <summary>A body of JSON, or nearly, often with members of the names <paramref name="fields"/>.</summary>
    public static string Json(Random random, params string[] fields) => random.Next(14) switch
    {
        0 => Text(random),
        1 => new string('[', random.Next(1, 5_000)),
        2 => string.Concat(Enumerable.Repeat("{\"a\":", random.Next(1, 500))) + "1" + string.Concat(Enumerable.Repeat("}", random.Next(0, 500))),
        3 => Number(random),
        4 => Object(random, fields, 0) + Object(random, fields, 0),
        5 => Object(random, fields, 0)[..^1],
        _ => Object(random, fields, 0),
    };

    /// <summary>Any value as JSON, or nearly.</summary>
    public static string Value(Random random) => Value(random, [], 0);

    private static string Object(Random random, string[] fields, int depth)
    {
        string[] names = fields.Length > 0 && random.Next(4) > 0 ? fields : Fields;
        var text = new StringBuilder("{");
        for (var i = random.Next(1, 8); i > 0; i--)
        {
            text.Append(text.Length > 1 ? "," : "").Append(Quoted(random.Next(8) == 0 ? Text(random) : names[random.Next(names.Length)])).Append(':').Append(Value(random, fields, depth));
        }

        return text.Append('}').ToString();
    }

    private static string Value(Random random, string[] fields, int depth) => random.Next(depth > 3 ? 6 : 9) switch
    {
        0 => Number(random),
        1 => "null",
        2 => random.Next(2) == 0 ? "true" : "false",
        < 6 => Quoted(Text(random)),
        6 => "[" + string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, fields, depth + 1))) + "]",
        _ => Object(random, fields, depth + 1),
    };

    private static string Number(Random random) => Numbers[random.Next(Numbers.Length)];

    // Mostly well-formed; now and then a raw control character or half a surrogate pair.
    private static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"".Replace("\u0000", text.Length % 2 == 0 ? "\\u0000" : "\\ud800");
}
