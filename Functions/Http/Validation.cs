using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Functions.Http;

/// <summary>Checks contracts by their data annotations.</summary>
public static class Validation
{
    /// <summary>The problem of <paramref name="value"/>, with all invalid fields under their JSON names, or null.</summary>
    public static ProblemHttpResult? Check(object value)
    {
        var results = new List<ValidationResult>();
        if (Validator.TryValidateObject(value, new ValidationContext(value), results, validateAllProperties: true))
        {
            return null;
        }

        return Problems.Invalid(results
            .SelectMany(result => result.MemberNames.DefaultIfEmpty("").Select(member => (member, result.ErrorMessage)))
            .GroupBy(error => JsonNamingPolicy.SnakeCaseLower.ConvertName(error.member))
            .ToDictionary(errors => errors.Key, errors => errors.Select(error => error.ErrorMessage ?? "The value is not valid.").ToArray()));
    }
}
