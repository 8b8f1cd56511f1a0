using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.Options;

namespace Functions.Http;

/// <summary>The routes of all functions, to tell which methods a path knows.</summary>
public sealed class RouteTable
{
    private readonly Route[] _routes;

    /// <summary>Reads the routes once.</summary>
    public RouteTable(FunctionCatalog catalog, IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var constraints = new DefaultInlineConstraintResolver(Options.Create(new RouteOptions()), services);
        _routes = [.. catalog.All.Where(function => function.HttpMethods.Count > 0).Select(function => new Route(function, constraints))];
    }

    /// <summary>The methods by which functions answer at the request's path; empty if there is nothing.</summary>
    public IReadOnlyList<string> MethodsAt(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return [.. _routes.Where(route => route.Matches(http)).SelectMany(route => route.Function.HttpMethods).Distinct().Order(StringComparer.Ordinal)];
    }

    private sealed class Route(FunctionDescriptor function, IInlineConstraintResolver resolver)
    {
        private readonly TemplateMatcher _matcher = new(TemplateParser.Parse(function.Route), []);
        private readonly (string Parameter, IRouteConstraint Constraint)[] _constraints = [.. TemplateParser.Parse(function.Route).Parameters
            .SelectMany(parameter => parameter.InlineConstraints.Select(inline =>
                (parameter.Name!, resolver.ResolveConstraint(inline.Constraint)
                    ?? throw new InvalidOperationException($"The route of '{function.Name}' has an unknown constraint '{inline.Constraint}'."))))];

        public FunctionDescriptor Function => function;

        public bool Matches(HttpContext http)
        {
            var values = new RouteValueDictionary();
            return _matcher.TryMatch(http.Request.Path, values)
                && Array.TrueForAll(_constraints, constraint =>
                    constraint.Constraint.Match(http, null, constraint.Parameter, values, RouteDirection.IncomingRequest));
        }
    }
}
