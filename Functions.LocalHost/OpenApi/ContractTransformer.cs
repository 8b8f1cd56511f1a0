using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Functions.Accounts;
using Functions.Http;
using Functions.OpenApi;
using Functions.Products;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Functions.LocalHost.OpenApi;

/// <summary>Describes contracts by their comments, examples and validation attributes.</summary>
internal sealed class ContractTransformer : IOpenApiSchemaTransformer
{
    private readonly XmlComments _comments;
    private readonly HashSet<Type> _requests = [];

    public ContractTransformer(FunctionCatalog catalog, XmlComments comments)
    {
        _comments = comments;
        foreach (var type in catalog.All.Select(function => function.Policy<RequestBodyAttribute>()?.Type).OfType<Type>())
        {
            AddRequest(type);
        }
    }

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        SetPrimitiveType(schema, type);
        // An answer that is a bare list; lists within contracts are in their examples.
        if (context.JsonPropertyInfo is null && context.JsonTypeInfo.ElementType is { } item && ExampleOf(item) is { } one)
        {
            schema.Examples = [new JsonArray(one)];
        }

        if (!IsOurs(type))
        {
            return Task.CompletedTask;
        }

        schema.Description ??= _comments.Summary(type);
        if (ExampleOf(type) is { } example)
        {
            schema.Examples = [example];
        }

        foreach (var property in context.JsonTypeInfo.Properties)
        {
            if (schema.Properties?.TryGetValue(property.Name, out var described) == true && property.AttributeProvider is PropertyInfo member)
            {
                Describe(property, member, described, schema);
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>The example of a contract; of a page one with an example of its items.</summary>
    public static JsonNode? ExampleOf(Type type) =>
        type.GetCustomAttribute<ExampleAttribute>() is { } example ? JsonNode.Parse(example.Json)
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Page<>)
            ? new JsonObject { ["items"] = new JsonArray(ExampleOf(type.GenericTypeArguments[0])), ["next_cursor"] = "AAAAAAAAAAc" }
            : null;

    private void Describe(JsonPropertyInfo property, PropertyInfo member, IOpenApiSchema described, OpenApiSchema parent)
    {
        var rules = member.GetCustomAttributes<ValidationAttribute>(inherit: true).ToList();
        var isOmitted = member.GetCustomAttribute<JsonIgnoreAttribute>()?.Condition == JsonIgnoreCondition.WhenWritingNull;
        var isRequired = _requests.Contains(member.ReflectedType!) ? rules.OfType<RequiredAttribute>().Any() : !isOmitted;
        if (isRequired)
        {
            (parent.Required ??= new HashSet<string>()).Add(property.Name);
        }

        if (described is not OpenApiSchema schema)
        {
            return;
        }

        schema.Description ??= _comments.Summary(member);
        SetPrimitiveType(schema, member.PropertyType);
        SetNullable(schema, property.IsGetNullable && !isOmitted && !rules.OfType<RequiredAttribute>().Any());

        foreach (var rule in rules)
        {
            Apply(rule, schema);
        }
    }

    private static void Apply(ValidationAttribute rule, OpenApiSchema schema)
    {
        switch (rule)
        {
            case TextLengthAttribute length:
                SetLength(schema, length.Minimum, length.Maximum);
                break;
            case PersonNameAttribute:
                SetLength(schema, 1, PersonNameAttribute.MaximumLength);
                break;
            case PasswordRuleAttribute:
                SetLength(schema, PasswordRule.MinimumLength, PasswordRule.MaximumLength);
                schema.Format = "password";
                break;
            case EmailFormatAttribute:
                schema.Format = "email";
                break;
            case PriceAttribute:
                schema.Minimum = "0";
                schema.Maximum = PriceAttribute.Maximum.ToString(CultureInfo.InvariantCulture);
                schema.MultipleOf = 0.01m;
                break;
            case RegularExpressionAttribute expression:
                schema.Pattern = expression.Pattern.Replace(@"\z", "$", StringComparison.Ordinal); // As ECMA-262 writes it.
                break;
            case RangeAttribute range:
                schema.Minimum = Convert.ToString(range.Minimum, CultureInfo.InvariantCulture);
                schema.Maximum = range.Maximum is int.MaxValue ? null : Convert.ToString(range.Maximum, CultureInfo.InvariantCulture);
                break;
        }
    }

    // The framework takes the converters of the application for ones that could write anything.
    private static void SetPrimitiveType(OpenApiSchema schema, Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (schema.Type is null && (plain == typeof(string) || plain == typeof(DateTimeOffset) || plain.IsEnum))
        {
            schema.Type = JsonSchemaType.String | (plain == type ? 0 : JsonSchemaType.Null);
        }
    }

    private static void SetNullable(OpenApiSchema schema, bool isNullable)
    {
        if (schema.Type is { } type)
        {
            schema.Type = isNullable ? type | JsonSchemaType.Null : type & ~JsonSchemaType.Null;
        }

        if (!isNullable && schema.Enum is { } values)
        {
            schema.Enum = [.. values.Where(value => value is not null && value.GetValueKind() != JsonValueKind.Null)];
        }
    }

    // Schemas count code points, and a character may have several: what the application takes must fit, so the bound is wide and the sentence exact.
    private static void SetLength(OpenApiSchema schema, int minimum, int maximum)
    {
        schema.MinLength = minimum > 0 ? 1 : null;
        schema.MaxLength = maximum * UnicodeText.UnitsPerCharacter;
        var length = $"{(minimum > 0 ? $"{minimum} to" : "Up to")} {maximum} characters as people count them.";
        schema.Description = schema.Description is { } said ? $"{said} {length}" : length;
    }

    private static bool IsOurs(Type type) => type.Namespace?.StartsWith("Functions", StringComparison.Ordinal) == true;

    private void AddRequest(Type type)
    {
        if (IsOurs(type) && _requests.Add(type))
        {
            foreach (var property in type.GetProperties())
            {
                AddRequest(property.PropertyType);
            }
        }
    }
}
