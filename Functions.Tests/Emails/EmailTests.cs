using System.Net;
using Functions.Emails;
using Functions.Redis.Tasks;
using Functions.Tests.Application;
using Functions.Tests.Tasks;
using MailKit.Security;
using MimeKit;

namespace Functions.Tests.Emails;

public sealed class EmailTests(TaskApplication tasks)
{
    [Fact]
    public async Task In_development_a_mail_becomes_a_file()
    {
        using var admin = await (await tasks.GetAsync()).CreateClient().AsAdminAsync();

        var task = await admin.EndOfAsync(await admin.PostAsync("emails", new { to = "ada@example.com", subject = "Grüße", body = "Hello\n.\nWorld" }));

        Assert.Equal(("succeeded", "high"), (task.GetProperty("state").GetString(), task.GetProperty("priority").GetString()));
        using var message = await MimeMessage.LoadAsync(
            Path.Combine(tasks.MailDirectory, $"{task.GetProperty("id")}.eml"), TestContext.Current.CancellationToken);
        Assert.Equal(("ada@example.com", "shop@example.com", "Grüße"), (message.To.ToString(), message.From.ToString(), message.Subject));
        Assert.Equal("Hello\n.\nWorld", message.TextBody!.ReplaceLineEndings("\n").TrimEnd());
    }

    [Fact]
    public async Task Its_text_is_in_NFC_as_any_other()
    {
        using var admin = await (await tasks.GetAsync()).CreateClient().AsAdminAsync();

        var task = await admin.EndOfAsync(await admin.PostAsync("emails", new { to = "ada@example.com", subject = "Gru\u0308\u00DFe", body = "Cafe\u0301" }));

        using var message = await MimeMessage.LoadAsync(
            Path.Combine(tasks.MailDirectory, $"{task.GetProperty("id")}.eml"), TestContext.Current.CancellationToken);
        Assert.Equal(("Gr\u00FC\u00DFe", "Caf\u00E9"), (message.Subject, message.TextBody!.TrimEnd()));
    }

    [Theory]
    [InlineData("ada@example.com\r\nBcc: eve@example.com", "x", "to")]
    [InlineData("ada@example.com, eve@example.com", "x", "to")]
    [InlineData("ada@example.com", "x\r\nBcc: eve@example.com", "subject")]
    public async Task Nobody_adds_headers_or_recipients(string to, string subject, string field)
    {
        using var admin = await (await tasks.GetAsync()).CreateClient().AsAdminAsync();

        var problem = await (await admin.PostAsync("emails", new { to, subject, body = "x" })).ProblemAsync(HttpStatusCode.BadRequest);

        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task Only_administrators_send_mail()
    {
        using var user = await (await tasks.GetAsync()).CreateClient().AsNewUserAsync();

        await (await user.PostAsync("emails", new { to = "ada@example.com", subject = "x", body = "x" })).ProblemAsync(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("250 Ok", null), InlineData("451 Later", typeof(RetryTaskException)), InlineData("550 Never", typeof(PermanentTaskException))]
    public async Task What_the_mail_server_says_decides_whether_another_attempt_makes_sense(string reply, Type? expected)
    {
        await using var server = new SmtpServer(reply);
        var handler = new EmailHandler(new MailDelivery(new SmtpMailer(Options(server.Port)), Options(server.Port), TimeProvider.System));

        var failure = await Record.ExceptionAsync(() => handler.HandleAsync(
            new EmailRequest { To = "ada@example.com", Subject = "Hello", Body = "World" }, new TaskContext("0123", "send_email"), TestContext.Current.CancellationToken));

        Assert.Equal(expected, failure?.GetType());
        Assert.Contains("RCPT TO:<ada@example.com>", server.Received, StringComparison.Ordinal);
        Assert.Equal(expected is null, server.Received.Contains("Message-Id: <0123@example.com>", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("中"), InlineData("\u0001"), InlineData("\u202E"), InlineData("\"")]
    public async Task The_longest_mail_is_accepted_whatever_its_characters(string character)
    {
        using var admin = await (await tasks.GetAsync()).CreateClient().AsAdminAsync();
        var body = string.Concat(Enumerable.Repeat(character, 100_000));

        var accepted = await admin.PostAsync("emails", new { to = "ada@example.com", subject = "x", body });

        Assert.Equal("succeeded", (await admin.EndOfAsync(accepted)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_request_that_is_too_large_for_a_task_is_told_so()
    {
        await using var servers = new Servers.RedisServers();
        await using var applications = new TestApplications();
        await using var app = await applications.StartNewAsync(
            (await servers.GetAsync(Servers.RedisKind.Garnet)).ConnectionString, new Dictionary<string, string?> { ["Tasks__MaximumPayloadBytes"] = "1000" });
        using var admin = await app.CreateClient().AsAdminAsync();

        var response = await admin.PostAsync("emails", new { to = "ada@example.com", subject = "x", body = new string('x', 1000) });

        await response.ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "The request is too large for a task");
    }

    [Theory]
    [InlineData("421 Good night"), InlineData(null)]
    public async Task How_the_mail_server_says_goodbye_does_not_matter(string? goodbye)
    {
        await using var server = new SmtpServer("250 Ok", goodbye);
        using var message = new MimeMessage([MailboxAddress.Parse("shop@example.com")], [MailboxAddress.Parse("ada@example.com")], "x", new TextPart("plain") { Text = "x" });

        await new SmtpMailer(Options(server.Port)).DeliverAsync(message, "0123", TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        Assert.Contains("QUIT", server.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_server_that_cannot_do_what_is_needed_is_not_asked_again()
    {
        await using var server = new SmtpServer("250 Ok");
        var options = Options(server.Port);
        (options.SmtpUser, options.SmtpPassword) = ("shop", "secret"); // It offers no authentication.

        await Assert.ThrowsAsync<PermanentTaskException>(
            () => new SmtpMailer(options).DeliverAsync(new MimeMessage(), "0123", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_mail_server_that_cannot_be_reached_is_tried_again()
    {
        var port = Servers.FreePort.Next();
        var mailer = new SmtpMailer(Options(port));

        await Assert.ThrowsAsync<RetryTaskException>(() => mailer.DeliverAsync(new MimeMessage(), "0123", TestContext.Current.CancellationToken));
    }

    private static EmailOptions Options(int port) =>
        new() { SmtpHost = "127.0.0.1", SmtpPort = port, SmtpSecurity = SecureSocketOptions.None, From = "shop@example.com" };
}
