using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Functions.Redis.Settings;

/// <summary>Checks options by their data annotations and names each wrong one as it is set: <c>section__Name</c>.</summary>
internal sealed class SettingsValidator<T>(string section) : IValidateOptions<T> where T : class
{
    public ValidateOptionsResult Validate(string? name, T options)
    {
        var results = new List<ValidationResult>();
        return Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(results.Select(result => $"{section}__{string.Join(", ", result.MemberNames)}: {result.ErrorMessage}"));
    }
}
