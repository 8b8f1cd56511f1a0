using System.Globalization;
using Functions.Http;
using Functions.Http.Policies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Tests.Http;

/// <summary>What must hold for every HTTP function, whoever adds one.</summary>
public sealed class RouteTests
{
    internal static readonly FunctionCatalog Catalog = new(typeof(FunctionApp).Assembly);

    private static readonly FunctionDescriptor[] Endpoints =
        [.. Catalog.All.Where(function => function.Http is not null && function.Name != NotFoundFunctions.Name)];

    [Fact]
    public void No_request_matches_two_functions()
    {
        var overlaps =
            from first in Endpoints
            from second in Endpoints
            where string.CompareOrdinal(first.Name, second.Name) < 0 && Overlap(first, second)
            select $"{first.Name} ({first.Route}) and {second.Name} ({second.Route})";

        Assert.Empty(overlaps);
    }

    [Theory]
    [InlineData("a/{id}", "a/b", true)]
    [InlineData("a/{id:int}", "a/b", false)]
    [InlineData("a/{id:int}", "a/7", true)]
    [InlineData("a/{id:int}", "a/{name}", true)]
    [InlineData("a/{id}/b", "a/{id}", false)]
    [InlineData("A/b", "a/B", true)]
    public void The_comparison_of_routes_finds_overlaps(string first, string second, bool expected) =>
        Assert.Equal(expected, Overlap(RoutePatternFactory.Parse(first), RoutePatternFactory.Parse(second)));

    [Fact]
    public void The_catch_all_function_comes_last_and_takes_every_method()
    {
        var last = Catalog.All.Where(function => function.Http is not null).OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase).Last();

        Assert.Equal(NotFoundFunctions.Name, last.Name);
        Assert.Equal("api/{*path}", last.Route);
        Assert.Empty(last.HttpMethods);
        Assert.DoesNotContain(Endpoints, function => function.Route.Contains('*') || function.HttpMethods.Count == 0);
    }

    [Fact]
    public void No_function_asks_for_a_key_of_the_host() =>
        Assert.All(Endpoints, function => Assert.Equal(AuthorizationLevel.Anonymous, function.Http!.AuthLevel));

    [Fact]
    public void Whoever_changes_something_has_a_session()
    {
        var open = Endpoints
            .Where(function => function.HttpMethods.Any(method => method is not ("GET" or "HEAD")) && function.Policy<RequireSessionAttribute>() is null)
            .Select(function => function.Name);

        Assert.Equal(["ForgotPassword", "Login", "Register", "ResetPassword", "VerifyEmail"], open.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Whatever_administrators_change_is_audited()
    {
        var unaudited = Endpoints
            .Where(function => function.Policy<RequireAdminAttribute>() is not null && function.HttpMethods.Any(method => method is not ("GET" or "HEAD")))
            .Where(function => function.Policy<AuditedAttribute>() is null)
            .Select(function => function.Name);

        Assert.Empty(unaudited);
        Assert.DoesNotContain(Endpoints, function => function.Policy<AuditedAttribute>() is not null && function.Policy<RequireSessionAttribute>() is null);
    }

    [Fact]
    public void Whatever_answers_GET_answers_HEAD() =>
        // The Functions host gives a function only the methods that its trigger names.
        Assert.All(Endpoints, function => Assert.True(
            function.HttpMethods.Contains("GET") == function.HttpMethods.Contains("HEAD"), $"The trigger of {function.Name} must name \"get\" and \"head\"."));

    [Fact]
    public void Whatever_creates_something_can_be_repeated_safely()
    {
        var creating = Endpoints.Where(function => function.HttpMethods.Contains("POST") && Results(function.Method.ReturnType).Any(IsCreation)).ToList();

        Assert.NotEmpty(creating);
        Assert.DoesNotContain(creating, function => function.Policy<IdempotentAttribute>() is null);
    }

    [Fact]
    public void Limits_by_user_are_for_functions_with_a_session() =>
        Assert.DoesNotContain(Endpoints, function =>
            function.Policies<RateLimitAttribute>().Any(limit => limit.Key is RateLimitKey.User or RateLimitKey.Session) && function.Policy<RequireSessionAttribute>() is null);

    [Fact]
    public void Only_reads_are_cached_and_only_if_they_need_no_session() =>
        Assert.All(
            Endpoints.Where(function => function.Policy<CacheResultAttribute>() is not null),
            function =>
            {
                Assert.Equal(["GET", "HEAD"], function.HttpMethods);
                Assert.Null(function.Policy<RequireSessionAttribute>());
                Assert.Null(function.Policy<IdempotentAttribute>());
            });

    private static bool Overlap(FunctionDescriptor first, FunctionDescriptor second) =>
        first.HttpMethods.Intersect(second.HttpMethods).Any()
        && Overlap(RoutePatternFactory.Parse(first.Route), RoutePatternFactory.Parse(second.Route));

    private static bool Overlap(RoutePattern first, RoutePattern second) =>
        first.PathSegments.Count == second.PathSegments.Count
        && first.PathSegments.Zip(second.PathSegments).All(pair => Overlap(first, pair.First.Parts.Single(), second, pair.Second.Parts.Single()));

    private static bool Overlap(RoutePattern first, RoutePatternPart left, RoutePattern second, RoutePatternPart right) => (left, right) switch
    {
        (RoutePatternLiteralPart one, RoutePatternLiteralPart other) => string.Equals(one.Content, other.Content, StringComparison.OrdinalIgnoreCase),
        (RoutePatternLiteralPart literal, RoutePatternParameterPart parameter) => Takes(second, parameter, literal.Content),
        (RoutePatternParameterPart parameter, RoutePatternLiteralPart literal) => Takes(first, parameter, literal.Content),
        _ => true, // Some text fits both, as far as this test knows constraints.
    };

    private static bool Takes(RoutePattern pattern, RoutePatternParameterPart parameter, string text) =>
        !(pattern.ParameterPolicies.TryGetValue(parameter.Name, out var policies) && policies.Any(policy => policy.Content == "int"))
        || int.TryParse(text, CultureInfo.InvariantCulture, out _);

    private static IEnumerable<Type> Results(Type type) =>
        type.IsGenericType ? type.GetGenericArguments().SelectMany(Results).Prepend(type.GetGenericTypeDefinition()) : [type];

    private static bool IsCreation(Type result) =>
        result == typeof(Created) || result == typeof(Created<>) || result == typeof(Accepted) || result == typeof(Accepted<>);
}
