using Functions.Data;
using Functions.Emails;
using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Redis.Tasks;
using Functions.Tasks;
using Functions.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Accounts;

/// <summary>What goes by mail: verifying an address, and setting a new password when the old one is forgotten.</summary>
public sealed class AccountMailFunctions(
    EmailVerification verification, PasswordReset reset, TaskQueue queue, IMailer mailer, UserDirectory users, AccountPages pages, FunctionRateLimits limits)
{
    private const string InvalidToken = "The link is unknown, used or too old.";
    private const string ForgotByAddress = "password-forgot-address";

    /// <summary>The page that links in mails open to verify an address.</summary>
    /// <response code="200">The page.</response>
    [Function("VerifyEmailPage")]
    [EntityTagged]
    [ProducesResponseType<string>(StatusCodes.Status200OK, "text/html")]
    public IResult VerifyPage([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "email/verify")] HttpRequest request) => pages.Verify;

    /// <summary>Verifies an address with the token of a mail.</summary>
    /// <response code="200">The address is verified.</response>
    /// <response code="400">The token is unknown, used or too old.</response>
    /// <response code="409">The address has got another account meanwhile.</response>
    [Function("VerifyEmail")]
    [RequestBody<TokenRequest>]
    [RateLimit("email-verify", limit: 10, windowSeconds: 60)]
    public async Task<Results<Ok<StatusAnswer>, ProblemHttpResult>> VerifyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "email/verify")] HttpRequest request)
    {
        if (!(await request.ReadJsonAsync<TokenRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        return await verification.VerifyAsync(body.Token!, request.HttpContext.RequestAborted) switch
        {
            VerificationOutcome.Verified => TypedResults.Ok(new StatusAnswer("verified")),
            VerificationOutcome.EmailTaken => Problems.Conflict("E-mail already registered"),
            _ => Problems.Invalid("token", InvalidToken),
        };
    }

    /// <summary>Sends the mail to verify the address again.</summary>
    /// <response code="200">There is nothing to verify.</response>
    /// <response code="202">The mail will be sent.</response>
    /// <response code="404">The account has been deleted.</response>
    [Function("SendVerification")]
    [RequireSession]
    [RateLimit("email-verification", limit: 3, windowSeconds: 3600, Key = RateLimitKey.User)]
    [Idempotent]
    public async Task<Results<Accepted<StatusAnswer>, Ok<StatusAnswer>, ProblemHttpResult>> SendVerificationAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "email/verification")] HttpRequest request)
    {
        var userId = request.Caller().UserId;
        switch (await users.NeedsVerificationAsync(userId, request.HttpContext.RequestAborted))
        {
            case null:
                return Problems.NotFound("No such user");
            case false:
                return TypedResults.Ok(new StatusAnswer("verified"));
        }

        if (!mailer.CanDeliver)
        {
            return Problems.Unavailable();
        }

        await EnqueueAsync(new AccountMail(AccountMail.Verification, userId), request);
        return TypedResults.Accepted((string?)null, new StatusAnswer("verification_sent"));
    }

    // The same for everybody, in the same time: whether there is such an account is looked up by the task.
    /// <summary>Sends a mail with a link to set a new password, if there is such an account.</summary>
    /// <remarks>The answer is the same, in the same time, whether there is one or not.</remarks>
    /// <response code="202">The mail follows, if there is such an account.</response>
    [Function("ForgotPassword")]
    [RequestBody<ForgotPasswordRequest>]
    [RateLimit("password-forgot", limit: 5, windowSeconds: 3600)]
    [RateLimit(ForgotByAddress, limit: 5, windowSeconds: 3600, Key = RateLimitKey.Function)]
    [Idempotent]
    public async Task<Results<Accepted<StatusAnswer>, ProblemHttpResult>> ForgotAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "password/forgot")] HttpRequest request)
    {
        if (!(await request.ReadJsonAsync<ForgotPasswordRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        if (await limits.AcquireAsync(request.HttpContext, ForgotByAddress, $"email:{EmailAddress.Normalize(body.Email!)}") is { } limited)
        {
            return limited;
        }

        await EnqueueAsync(new AccountMail(AccountMail.PasswordReset, Email: body.Email), request);
        return TypedResults.Accepted((string?)null, new StatusAnswer("accepted"));
    }

    /// <summary>The page that links in mails open to set a new password.</summary>
    /// <response code="200">The page.</response>
    [Function("ResetPasswordPage")]
    [EntityTagged]
    [ProducesResponseType<string>(StatusCodes.Status200OK, "text/html")]
    public IResult ResetPage([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "password/reset")] HttpRequest request) => pages.Reset;

    /// <summary>Sets a new password with the token of a mail, and closes all sessions.</summary>
    /// <remarks>A token is good for one hour, once. A password that is refused does not use it up.</remarks>
    /// <response code="200">The password is set.</response>
    /// <response code="400">The token is unknown, used or too old, or the password is not good enough.</response>
    [Function("ResetPassword")]
    [RequestBody<ResetPasswordRequest>]
    [RateLimit("password-reset", limit: 10, windowSeconds: 60)]
    public async Task<Results<Ok<PasswordResetAnswer>, ProblemHttpResult>> ResetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "password/reset")] HttpRequest request)
    {
        if (!(await request.ReadJsonAsync<ResetPasswordRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        return await reset.ResetAsync(body.Token!, body.Password!, request.HttpContext.RequestAborted) switch
        {
            { SessionsClosed: { } closed } => TypedResults.Ok(new PasswordResetAnswer("reset", closed)),
            { IsAddress: true } => Problems.Invalid("password", "The password must not be the e-mail address."),
            _ => Problems.Invalid("token", InvalidToken),
        };
    }

    private Task<EnqueuedTask> EnqueueAsync(AccountMail mail, HttpRequest request) => queue.EnqueueAsync(
        TaskNames.SendAccountMail,
        mail,
        new EnqueueOptions { Priority = TaskPriority.High, IdempotencyKey = request.IdempotencyName() },
        request.HttpContext.RequestAborted);
}
