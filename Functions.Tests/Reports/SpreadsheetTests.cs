using System.Globalization;
using System.Text;
using Functions.Reports;
using Functions.Tests.Application;
using Functions.Tests.Tasks;
using Npgsql;

namespace Functions.Tests.Reports;

/// <summary>Reports of what hostile users wrote, opened with LibreOffice in two languages, whichever separator its user chose.</summary>
public sealed class SpreadsheetTests(TaskApplication tasks)
{
    private const int English = 1033;
    private const int OfTheProgram = 0;
    private const string Heading = "id,sold_at,product_id,product_name,quantity,unit_price,total";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_cell_is_a_formula_and_amounts_are_numbers()
    {
        using var office = LibreOffice.Require();
        string[] names = [.. HostileText.Systematic(), .. HostileText.Random(300)];
        var report = await ReportOfAsync(names);
        var control = Encoding.UTF8.GetBytes("1,\"x;=1+1;y\",2\r\n2,\"x\t=2+2\ty\",3\r\n3,=3+3,4\r\n");

        foreach (var (locale, separators, numbers) in new[]
        {
            ("de-DE", ";", OfTheProgram), ("de-DE", "\t", OfTheProgram), ("de-DE", ",", OfTheProgram), ("de-DE", ",", English),
            ("en-US", ";", OfTheProgram), ("en-US", "\t", OfTheProgram), ("en-US", ",", OfTheProgram), ("en-US", "\t,; |:", OfTheProgram),
        })
        {
            var opened = await office.OpenAsync(locale, separators, numbers, [report, control], Cancellation);

            Assert.Contains(opened[1], cell => cell.Formula is not null); // It does run what is not made harmless.
            Assert.DoesNotContain(opened[0], cell => cell.Formula is not null);
            Assert.True(opened[0].Count > names.Length);
            if (separators == ",")
            {
                AssertTable(names, opened[0], readsAmounts: locale == "en-US" || numbers == English);
            }
        }
    }

    private static void AssertTable(string[] names, List<LibreOffice.Cell> cells, bool readsAmounts)
    {
        var rows = cells.GroupBy(cell => cell.Row).Select(row => row.ToDictionary(cell => cell.Column)).ToList();
        Assert.Equal(Heading, string.Join(',', rows[0].Values.Select(cell => cell.Shown)));
        Assert.Equal(names.Length, rows.Count - 1);
        for (var i = 0; i < names.Length; i++)
        {
            var row = rows[i + 1];
            Assert.Equal(Visible(SpreadsheetText.Neutralize(names[i])), row.TryGetValue(3, out var name) ? Visible(name.Shown) : "");
            Assert.Equal(-i, row[4].Number);
            if (readsAmounts)
            {
                Assert.Equal((1.12m, -i * 1.12m), (row[5].Number!.Value, row[6].Number!.Value));
            }
            else
            {
                // A program that writes 1,12 takes 1.12 for text, and for no date and no other number.
                Assert.Equal(("string", "1.12"), (row[5].Type, row[5].Shown));
                Assert.Equal((-i * 1.12m).ToString("0.00", CultureInfo.InvariantCulture), row[6].Shown);
            }
        }
    }

    // A cell keeps neither control characters nor all blanks; what a reader can read is compared.
    private static string Visible(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c) && !char.IsControl(c) && c is not '\uFEFF'));

    // The report of a year before anybody else's sales.
    private async Task<byte[]> ReportOfAsync(string[] names)
    {
        var app = await tasks.GetAsync();
        await using (var connection = new NpgsqlConnection(app.Postgres))
        {
            await connection.OpenAsync(Cancellation);
            await using var command = new NpgsqlCommand(
                """
                INSERT INTO sales (product_name, quantity, unit_price, sold_at)
                SELECT name, 1 - number, 1.12, '1999-01-01Z'::timestamptz + number * interval '1 second' FROM unnest($1) WITH ORDINALITY AS given (name, number)
                """,
                connection);
            command.Parameters.AddWithValue(names);
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        using var user = await app.CreateClient().AsNewUserAsync();
        var task = await user.EndOfAsync(await user.PostAsync("reports", new { type = "sales", date_range = new { from = "1999-01-01", to = "1999-12-31" } }));
        using var file = await user.GetAsync($"tasks/{task.GetProperty("id")}/files/report.csv");
        return await file.Content.ReadAsByteArrayAsync(Cancellation);
    }
}
