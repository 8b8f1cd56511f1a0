using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Functions.Accounts;

/// <summary>The built-in pages that links in mails open: small, of one file each, with nothing loaded from elsewhere.</summary>
public sealed class AccountPages
{
    private static readonly string Style = Read("page.css");
    private static readonly string Script = Read("page.js");

    // The page runs its own script and style and nothing else, and talks to nobody but this application.
    private static readonly string Policy =
        $"default-src 'none'; script-src '{Hash(Script)}'; style-src '{Hash(Style)}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Verifies an address.</summary>
    public IResult Verify { get; } = new PageResult(Page("verify.html"));

    /// <summary>Sets a new password.</summary>
    public IResult Reset { get; } = new PageResult(Page("reset.html"));

    private static string Page(string name) => Read(name)
        .Replace("{style}", Style, StringComparison.Ordinal)
        .Replace("{script}", Script, StringComparison.Ordinal);

    private static string Hash(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private static string Read(string name)
    {
        using var resource = typeof(AccountPages).Assembly.GetManifestResourceStream($"Accounts/Pages/{name}")
            ?? throw new InvalidOperationException($"'{name}' is not embedded.");
        using var reader = new StreamReader(resource, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n"); // As browsers hash it.
    }

    private sealed class PageResult(string html) : IResult
    {
        private readonly byte[] _body = Encoding.UTF8.GetBytes(html);

        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.ContentType = "text/html; charset=utf-8";
            response.ContentLength = _body.Length;
            response.Headers.ContentSecurityPolicy = Policy;
            return HttpMethods.IsHead(httpContext.Request.Method)
                ? Task.CompletedTask
                : response.Body.WriteAsync(_body, httpContext.RequestAborted).AsTask();
        }
    }
}
