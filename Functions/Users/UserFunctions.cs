using Functions.Accounts;
using Functions.Http;
using Functions.Http.Policies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Users;

/// <summary>Accounts, as others and as their owners see them.</summary>
public sealed class UserFunctions(UserDirectory users, AccountRegistry accounts, PasswordCheck passwords)
{
    private const string NoSuchUser = "No such user";
    private const string NotConfirmed = "The current password is missing or wrong";

    [Function("GetUser")]
    [OptionalSession]
    [RateLimit("users", limit: 100, windowSeconds: 60)]
    [CacheResult("user", ttlSeconds: 300, "user:{id}", Owner = "id")]
    public async Task<Results<Ok<UserAnswer>, ProblemHttpResult>> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "users/{id:int}")] HttpRequest request, int id)
    {
        var user = await users.FindAsync(id, request.HttpContext.RequestAborted);
        return user is null
            ? Problems.NotFound(NoSuchUser)
            : TypedResults.Ok(new UserAnswer(user.Id, user.Name) { Email = request.SeesOwnersView() ? user.Email : null });
    }

    [Function("UpdateUser")]
    [RequireSession]
    [RateLimit("account", limit: 20, windowSeconds: 60, Key = RateLimitKey.User)]
    public async Task<Results<Ok<StatusAnswer>, ProblemHttpResult>> UpdateAsync(
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

        return await users.UpdateAsync(id, body, author, request.HttpContext.RequestAborted) switch
        {
            UserUpdate.Updated => TypedResults.Ok(new StatusAnswer("updated")),
            UserUpdate.VerificationSent => TypedResults.Ok(new StatusAnswer("verification_sent")),
            UserUpdate.NotConfirmed => Problems.Forbidden(NotConfirmed),
            UserUpdate.EmailTaken => Problems.Conflict("E-mail already registered"),
            UserUpdate.PasswordIsAddress => Problems.Invalid("password", "The password must not be the e-mail address."),
            _ => Problems.NotFound(NoSuchUser),
        };
    }

    [Function("DeleteUser")]
    [RequireSession]
    public async Task<Results<Ok<UserDeletedAnswer>, ProblemHttpResult>> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "users/{id:int}")] HttpRequest request, int id)
    {
        if (!await MayChangeAsync(request.Caller(), id, request.HttpContext.RequestAborted))
        {
            return Problems.Forbidden("Only the user and administrators may do this");
        }

        return await users.DeleteAsync(id, request.HttpContext.RequestAborted) is { } deleted
            ? TypedResults.Ok(deleted)
            : Problems.NotFound(NoSuchUser);
    }

    private async ValueTask<bool> MayChangeAsync(Caller caller, int userId, CancellationToken cancellationToken) =>
        caller.UserId == userId || await users.IsAdminAsync(caller.UserId, cancellationToken);
}
