using CsvHelper;
using Functions.Data;
using Functions.Redis.Tasks;
using Functions.Tasks;
using Microsoft.EntityFrameworkCore;

namespace Functions.Reports;

/// <summary>Writes a report from the database to Blob storage row by row: memory does not depend on the number of rows.</summary>
public sealed class ReportHandler(IDbContextFactory<AppDbContext> contexts, TaskFiles files) : ITaskHandler<ReportPayload>
{
    private const string FileName = "report.csv";
    private const int RowsPerReport = 1000;
    private static readonly TimeSpan QueryTimeout = TimeSpan.FromMinutes(5);

    // A byte order mark, as some spreadsheet programs take the file for something else without.
    private static readonly CsvWriterOptions Csv = CsvWriterOptions.Default with { WriteByteOrderMark = true };

    /// <inheritdoc/>
    public static object? Describe(ReportPayload payload) => payload;

    /// <inheritdoc/>
    public async Task<object?> HandleAsync(ReportPayload payload, TaskContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(payload);
        ArgumentNullException.ThrowIfNull(context);
        await using var database = await contexts.CreateDbContextAsync(cancellationToken);
        database.Database.SetCommandTimeout(QueryTimeout);
        var total = await ReportSource.CountAsync(database, payload, cancellationToken);

        await using var file = await files.CreateOutputAsync(context, FileName, "text/csv", cancellationToken);
        await using var csv = CsvWriter.Create(file, Csv, leaveOpen: true);
        await csv.WriteRecordAsync(ReportSource.Heading(payload), cancellationToken);
        var rows = 0L;
        await foreach (var row in ReportSource.Rows(database, payload).WithCancellation(cancellationToken))
        {
            foreach (var value in row)
            {
                Write(csv, value);
            }

            await csv.EndRecordAsync(cancellationToken);
            if (++rows % RowsPerReport == 0)
            {
                context.ReportProgress((int)Math.Min(99, rows * 100 / Math.Max(total, 1)));
            }
        }

        return new ReportResult([FileName], rows);
    }

    // Text is always quoted, as programs split at several separators at once if they are let; numbers are not, so that they are read as such.
    private static void Write(CsvWriter csv, object? value)
    {
        switch (value)
        {
            case string text:
                csv.WriteField(SpreadsheetText.Neutralize(text), CsvQuoting.Always);
                break;
            case DateTimeOffset time:
                csv.WriteField(time.UtcDateTime, "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'");
                break;
            default:
                csv.WriteField(value);
                break;
        }
    }
}
