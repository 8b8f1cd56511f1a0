using Functions.Data;
using Microsoft.EntityFrameworkCore;

namespace Functions.Reports;

/// <summary>The rows of reports, in a fixed order.</summary>
/// <remarks>
/// Who may see what: sales are everybody's; users are listed with their e-mail for administrators only; messages are one's own, or all for administrators.
/// </remarks>
internal static class ReportSource
{
    /// <summary>The heading of a report.</summary>
    public static string[] Heading(ReportPayload report) => report.Type switch
    {
        ReportType.Sales => ["id", "sold_at", "product_id", "product_name", "quantity", "unit_price", "total"],
        ReportType.Users => report.IsAdmin ? ["id", "created_at", "name", "email"] : ["id", "created_at", "name"],
        _ => ["id", "created_at", "sender_id", "recipient_id", "content"],
    };

    /// <summary>How many rows it has now.</summary>
    public static Task<long> CountAsync(AppDbContext context, ReportPayload report, CancellationToken cancellationToken) => report.Type switch
    {
        ReportType.Sales => Sales(context, report).LongCountAsync(cancellationToken),
        ReportType.Users => Users(context, report).LongCountAsync(cancellationToken),
        _ => Messages(context, report).LongCountAsync(cancellationToken),
    };

    /// <summary>The rows, one by one as the database sends them.</summary>
    public static IAsyncEnumerable<object?[]> Rows(AppDbContext context, ReportPayload report) => report.Type switch
    {
        ReportType.Sales => Sales(context, report).OrderBy(sale => sale.SoldAt).ThenBy(sale => sale.Id).AsAsyncEnumerable()
            .Select(sale => new object?[]
            {
                sale.Id, sale.SoldAt, sale.ProductId, sale.ProductName, sale.Quantity, sale.UnitPrice, sale.Quantity * sale.UnitPrice,
            }),
        ReportType.Users => Users(context, report).OrderBy(user => user.Id).AsAsyncEnumerable()
            .Select(user => report.IsAdmin
                ? new object?[] { user.Id, user.CreatedAt, user.Name, user.Email }
                : [user.Id, user.CreatedAt, user.Name]),
        _ => Messages(context, report).OrderBy(message => message.CreatedAt).ThenBy(message => message.Id).AsAsyncEnumerable()
            .Select(message => new object?[] { message.Id, message.CreatedAt, message.SenderId, message.RecipientId, message.Content }),
    };

    private static IQueryable<Sale> Sales(AppDbContext context, ReportPayload report) =>
        context.Sales.AsNoTracking().Where(sale => sale.SoldAt >= report.From && sale.SoldAt < report.To);

    private static IQueryable<User> Users(AppDbContext context, ReportPayload report) =>
        context.Users.AsNoTracking().Where(user => user.CreatedAt >= report.From && user.CreatedAt < report.To);

    private static IQueryable<Message> Messages(AppDbContext context, ReportPayload report) =>
        context.Messages.AsNoTracking().Where(message => message.CreatedAt >= report.From && message.CreatedAt < report.To
            && (report.IsAdmin || message.SenderId == report.UserId || message.RecipientId == report.UserId));
}
