using Functions.Accounts;
using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Users;

/// <summary>Accounts, as others and as their owners see them.</summary>
public sealed class UserFunctions(UserDirectory users, AccountRegistry accounts, PasswordCheck passwords, SessionRenewal renewal)
{
    private const string NoSuchUser = "No such user";
    private const string NotConfirmed = "The current password is missing or wrong";

    /// <summary>Shows a user, with the address for the user and administrators.</summary>
    /// <param name="id">The user.</param>
    /// <response code="200">The user.</response>
    /// <response code="404">There is no such user.</response>
    [Function("GetUser")]
    [OptionalSession]
    [RateLimit("users", limit: 100, windowSeconds: 60)]
    [CacheResult("user", ttlSeconds: 300, Owner = "id")]
    public async Task<Results<Ok<UserAnswer>, ProblemHttpResult>> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "users/{id:int}")] HttpRequest request, int id)
    {
        // Also of nobody: whoever asks after the user has been made does not share an answer from before. It is not stored, so there is no tag.
        request.AddCacheTag(UserDirectory.Tag(id));
        var user = await users.FindAsync(id, request.HttpContext.RequestAborted);
        return user is null
            ? Problems.NotFound(NoSuchUser)
            : TypedResults.Ok(request.SeesOwnersView() ? UserAnswer.ForOwner(user.Id, user.Name, user.Email) : new UserAnswer(user.Id, user.Name));
    }

    /// <summary>Changes a user: what the body names.</summary>
    /// <remarks>
    /// For the user and administrators. Users who change their own address or password give the present password. Another address takes effect when it is
    /// verified. A new password closes the user's other sessions, and gives this one a new token.
    /// </remarks>
    /// <param name="id">The user.</param>
    /// <response code="200">The change is made, or the mail to verify the new address sent.</response>
    /// <response code="403">The caller is neither the user nor an administrator, or the present password is missing or wrong.</response>
    /// <response code="404">There is no such user.</response>
    /// <response code="409">Another account has the address.</response>
    [Function("UpdateUser")]
    [ResponseHeader(StatusCodes.Status200OK, "Set-Cookie", "The new token, after a change of the own password in a browser.")]
    [RequestBody<UpdateUserRequest>]
    [RequireSession]
    [Audited]
    [RateLimit("account", limit: 20, windowSeconds: 60, Key = RateLimitKey.User)]
    public async Task<Results<ETagged<Ok<UserUpdatedAnswer>>, ProblemHttpResult>> UpdateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "users/{id:int}")] HttpRequest request, int id)
    {
        var caller = request.Caller();
        if (!await MayChangeAsync(caller, id, request.HttpContext.RequestAborted))
        {
            return Problems.Forbidden("Only the user and administrators may do this");
        }

        if (!(await request.ReadJsonAsync<UpdateUserRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var author = new UpdateAuthor(caller.UserId == id, caller.UserId == id ? caller.Session.Id : null);
        if (author.IsOwner && body is { CurrentPassword: { } current } and not { Email: null, Password: null })
        {
            if (await accounts.FindAsync(id, request.HttpContext.RequestAborted) is not { } account)
            {
                return Problems.NotFound(NoSuchUser);
            }

            var (user, wait) = await passwords.ByUserAsync(request.HttpContext, account, current);
            if (user is null)
            {
                return wait ?? Problems.Forbidden(NotConfirmed);
            }

            author = author with { ConfirmedHash = user.PasswordHash };
        }

        var change = await users.UpdateAsync(id, body, author, Preconditions.Of(request), request.HttpContext.RequestAborted);
        return change.Outcome switch
        {
            UserUpdate.Updated => TypedResults.Ok(await AnswerAsync("updated")).WithETagOf(change.Answer),
            UserUpdate.VerificationSent => TypedResults.Ok(await AnswerAsync("verification_sent")).WithETagOf(change.Answer),
            UserUpdate.PreconditionFailed => Problems.PreconditionFailed(),
            UserUpdate.NotConfirmed => Problems.Forbidden(NotConfirmed),
            UserUpdate.EmailTaken => Problems.Conflict("E-mail already registered"),
            UserUpdate.PasswordIsAddress => Problems.Invalid("password", "The password must not be the e-mail address."),
            _ => Problems.NotFound(NoSuchUser),
        };

        async Task<UserUpdatedAnswer> AnswerAsync(string status) => new(status)
        {
            SessionId = body.Password is not null && author.IsOwner ? await renewal.RenewAsync(request) : null,
        };
    }

    /// <summary>Deletes a user with everything that is theirs.</summary>
    /// <remarks>For the user and administrators. Tasks, files and events follow within seconds.</remarks>
    /// <param name="id">The user.</param>
    /// <response code="200">The user is deleted.</response>
    /// <response code="403">The caller is neither the user nor an administrator.</response>
    /// <response code="404">There is no such user.</response>
    [Function("DeleteUser")]
    [RequireSession]
    [Audited]
    public async Task<Results<Ok<UserDeletedAnswer>, ProblemHttpResult>> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "users/{id:int}")] HttpRequest request, int id)
    {
        if (!await MayChangeAsync(request.Caller(), id, request.HttpContext.RequestAborted))
        {
            return Problems.Forbidden("Only the user and administrators may do this");
        }

        var deletion = await users.DeleteAsync(id, Preconditions.Of(request), request.HttpContext.RequestAborted);
        return deletion.Answer is { } deleted ? TypedResults.Ok(deleted)
            : deletion.IsRefused ? Problems.PreconditionFailed()
            : Problems.NotFound(NoSuchUser);
    }

    private async ValueTask<bool> MayChangeAsync(Caller caller, int userId, CancellationToken cancellationToken) =>
        caller.UserId == userId || await users.IsAdminAsync(caller.UserId, cancellationToken);
}
