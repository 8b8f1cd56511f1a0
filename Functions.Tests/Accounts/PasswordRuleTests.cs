using System.Net;
using Functions.Accounts;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Accounts;

public sealed class PasswordRuleTests(TestApplications applications)
{
    private const string Common = "The password is one of the 10,000 most common.";

    [Theory]
    [InlineData("password123", true)]
    [InlineData("PASSWORD123", true)]
    [InlineData("1q2w3e4r5t", true)]
    [InlineData("qwertyuiop", true)]
    [InlineData("123456", true)]
    [InlineData("", false)]
    [InlineData("password123 ", false)]
    [InlineData("correct horse battery", false)]
    public void A_common_password_is_known_in_whatever_case(string password, bool common) => Assert.Equal(common, PasswordRule.IsCommon(password));

    [Theory]
    [InlineData("qwertyuiop", Common)]
    [InlineData("Password123", Common)]
    [InlineData("123456789", "The password must have 10 to 128 characters.")]
    public async Task A_bad_password_is_refused_wherever_one_is_chosen(string password, string message)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();

        var registered = await user.PostAsync("register", new { email = $"{Unique.Name()}@example.com", name = "Ada", password });
        var changed = await user.PutAsync($"users/{user.UserId}", new { password });

        foreach (var response in new[] { registered, changed })
        {
            var problem = await response.ProblemAsync(HttpStatusCode.BadRequest);
            Assert.Equal(message, Assert.Single(problem.GetProperty("errors").GetProperty("password").EnumerateArray()).GetString());
        }
    }
}
