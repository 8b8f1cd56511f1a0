using Functions.Accounts;
using Functions.Http;
using Functions.Http.Policies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Users;

/// <summary>Accounts, as others and as their owners see them.</summary>
public sealed class UserFunctions(UserDirectory users)
{
    [Function("GetUser")]
    [OptionalSession]
    [RateLimit("users", limit: 100, windowSeconds: 60)]
    [CacheResult("user", ttlSeconds: 300, Owner = "id")]
    public async Task<Results<Ok<UserAnswer>, ProblemHttpResult>> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "users/{id:int}")] HttpRequest request, int id)
    {
        // Also of nobody: whoever asks after the user has been made does not share an answer from before. It is not stored, so there is no tag.
        request.AddCacheTag(UserDirectory.Tag(id));
        var user = await users.FindAsync(id, request.HttpContext.RequestAborted);
        return user is null
            ? Problems.NotFound("No such user")
            : TypedResults.Ok(new UserAnswer(user.Id, user.Name) { Email = request.SeesOwnersView() ? user.Email : null });
    }

    [Function("UpdateUser")]
    [RequireSession]
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

        var keptSession = caller.UserId == id ? caller.Session.Id : null;
        return await users.UpdateAsync(id, body, keptSession, request.HttpContext.RequestAborted) switch
        {
            UserUpdate.Updated => TypedResults.Ok(new StatusAnswer("updated")),
            UserUpdate.EmailTaken => Problems.Conflict("E-mail already registered"),
            UserUpdate.PasswordIsAddress => Problems.Invalid("password", "The password must not be the e-mail address."),
            _ => Problems.NotFound("No such user"),
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
            : Problems.NotFound("No such user");
    }

    private async ValueTask<bool> MayChangeAsync(Caller caller, int userId, CancellationToken cancellationToken) =>
        caller.UserId == userId || await users.IsAdminAsync(caller.UserId, cancellationToken);
}
