using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Functions.Http;

/// <summary>Checks contracts by their data annotations.</summary>
public static class Validation
{
    private static readonly ConcurrentDictionary<Type, Field[]> FieldsByType = new();

    /// <summary>The problem of <paramref name="value"/>, with all invalid fields under the names by which callers know them, or null.</summary>
    public static ProblemHttpResult? Check(object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var results = new List<ValidationResult>();
        foreach (var field in FieldsByType.GetOrAdd(value.GetType(), FieldsOf))
        {
            var context = new ValidationContext(value) { MemberName = field.Property.Name, DisplayName = field.Name };
            Validator.TryValidateValue(field.Property.GetValue(value)!, context, results, field.Rules);
        }

        // As with data annotations elsewhere: what concerns several fields is looked at when each of them is right.
        if (results.Count == 0 && value is IValidatableObject whole)
        {
            results.AddRange(whole.Validate(new ValidationContext(value)));
        }

        return results.Count == 0 ? null : Problems.Invalid(results
            .SelectMany(result => result.MemberNames.DefaultIfEmpty("").Select(member => (member, result.ErrorMessage)))
            .GroupBy(error => NameOf(error.member))
            .ToDictionary(errors => errors.Key, errors => errors.Select(error => error.ErrorMessage ?? "The value is not valid.").ToArray()));
    }

    private static Field[] FieldsOf(Type type) =>
    [
        .. from property in type.GetProperties()
           let rules = property.GetCustomAttributes<ValidationAttribute>(inherit: true).ToArray()
           where rules.Length > 0
           select new Field(property, NameOf(property.Name), rules),
    ];

    private static string NameOf(string member) => JsonNamingPolicy.SnakeCaseLower.ConvertName(member);

    private sealed record Field(PropertyInfo Property, string Name, ValidationAttribute[] Rules);
}
