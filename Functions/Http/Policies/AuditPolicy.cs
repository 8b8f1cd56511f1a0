using System.Text;
using Functions.Data;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Functions.Http.Policies;

/// <summary>Applies <see cref="AuditedAttribute"/>: nothing is done that the log does not know of, and afterwards it knows how that ended.</summary>
public sealed partial class AuditPolicy(IDbContextFactory<AppDbContext> contexts, IAdminDirectory admins, TimeProvider time, ILogger<AuditPolicy> logger) : IHttpPolicy
{
    private const int LongestSubject = 300;
    private const int LongestDetail = 500;

    /// <inheritdoc/>
    public async Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        ArgumentNullException.ThrowIfNull(next);
        var http = invocation.Http;
        if (invocation.Function.Policy<AuditedAttribute>() is null || !await IsByAdminAsync(invocation))
        {
            return await next();
        }

        var entry = new AuditEntry
        {
            At = time.GetUtcNow(),
            UserId = http.Request.Caller().UserId,
            Action = invocation.Function.Name,
            Subject = Cut(http.Request.Path.ToUriComponent() + http.Request.QueryString.ToUriComponent(), LongestSubject),
        };
        await using (var context = await contexts.CreateDbContextAsync(http.RequestAborted))
        {
            context.AuditEntries.Add(entry);
            await context.SaveChangesAsync(http.RequestAborted);
        }

        var status = StatusCodes.Status500InternalServerError;
        try
        {
            var result = await next();
            status = StatusOf(result);
            return result;
        }
        finally
        {
            await CloseAsync(entry.Id, status, http.Features.Get<AuditDetail>()?.Text);
        }
    }

    private async ValueTask<bool> IsByAdminAsync(HttpInvocation invocation) =>
        invocation.Function.Policy<RequireAdminAttribute>() is not null
        || await admins.IsAdminAsync(invocation.Http.Request.Caller().UserId, invocation.Http.RequestAborted);

    // It has been done, whatever becomes of this.
    private async Task CloseAsync(long id, int status, string? detail)
    {
        try
        {
            await using var context = await contexts.CreateDbContextAsync();
            var kept = detail is null ? null : Cut(detail, LongestDetail);
            await context.AuditEntries.Where(entry => entry.Id == id)
                .ExecuteUpdateAsync(set => set.SetProperty(entry => entry.Status, status).SetProperty(entry => entry.Detail, kept));
        }
        catch (Exception exception) when (ServerOutage.Includes(exception))
        {
            LogNotClosed(id, status, exception.Message);
        }
    }

    private static int StatusOf(object? result) => result switch
    {
        INestedHttpResult nested => StatusOf(nested.Result),
        IStatusCodeHttpResult { StatusCode: { } status } => status,
        StoredAnswer stored => stored.Status,
        _ => StatusCodes.Status200OK,
    };

    // Never in the middle of a character.
    private static string Cut(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        var cut = new StringBuilder(text, 0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length, length + 1);
        return cut.Append('…').ToString();
    }

    [LoggerMessage(1, LogLevel.Error, "Entry {Id} of the audit log ended with {Status}, which could not be written: {Reason}")]
    private partial void LogNotClosed(long id, int status, string reason);
}

/// <summary>Lets functions say more for the audit log.</summary>
public static class AuditExtensions
{
    /// <summary>Adds what the path does not say, such as how many it were. No names, no e-mail addresses, nothing secret.</summary>
    public static void SayInAudit(this HttpRequest request, string detail)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.HttpContext.Features.Set(new AuditDetail(detail));
    }
}

internal sealed record AuditDetail(string Text);
