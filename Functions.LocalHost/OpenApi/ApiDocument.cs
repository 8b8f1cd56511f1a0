using System.Text;
using System.Text.Json;
using Functions.Http;
using Functions.LocalHost.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Functions.LocalHost.OpenApi;

/// <summary>The OpenAPI document of the functions: made of their signatures, policies, contracts and comments, and kept beside the sources, so that both hosts serve it.</summary>
internal static class ApiDocument
{
    private const string Name = "openapi";

    /// <summary>Where it is kept, from the root of the checkout.</summary>
    public static string RelativePath { get; } = Path.Combine("Functions", "OpenApi", "openapi.json");

    /// <summary>Makes the document of the application as it was built, without starting anything.</summary>
    public static async Task<string> GenerateAsync(CancellationToken cancellationToken = default)
    {
        var catalog = new FunctionCatalog(typeof(FunctionApp).Assembly);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore(); // An application needs one, started or not.
        builder.Services.AddRouting();
        builder.Services.AddLogging();
        builder.Services.AddSingleton(catalog);
        builder.Services.AddSingleton(new InvocationPipeline([]));
        builder.Services.Configure<JsonOptions>(options => ApiJson.Configure(options.SerializerOptions));
        builder.Services.AddOpenApi(Name, options => Configure(options, catalog));
        await using var app = builder.Build();
        HttpFunctions.Map(app);
        app.UseRouting();
        app.UseEndpoints(_ => { }); // Shows the endpoints to those who describe them.

        var document = await app.Services.GetRequiredKeyedService<IOpenApiDocumentProvider>(Name).GetOpenApiDocumentAsync(cancellationToken);
        using var text = new StringWriter { NewLine = "\n" };
        document.SerializeAsV31(new OpenApiJsonWriter(text));
        return text.ToString().ReplaceLineEndings("\n") + "\n";
    }

    /// <summary>Writes it to its place; returns the path.</summary>
    public static async Task<string> WriteAsync(CancellationToken cancellationToken = default)
    {
        var path = Path.Combine(LocalConfiguration.FindRoot(), RelativePath);
        await File.WriteAllTextAsync(path, await GenerateAsync(cancellationToken), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), cancellationToken);
        return path;
    }

    private static void Configure(OpenApiOptions options, FunctionCatalog catalog)
    {
        var comments = XmlComments.Read();
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = description => FunctionMetadata.Of(description) is { } function && function.Name != NotFoundFunctions.Name;
        options.CreateSchemaReferenceId = type =>
            (Nullable.GetUnderlyingType(type.Type) ?? type.Type) is var plain && (plain == typeof(JsonElement) || plain == typeof(Stream))
                ? null // Anything, and bytes.
                : OpenApiOptions.CreateDefaultSchemaReferenceId(type);
        options.AddSchemaTransformer(new ContractTransformer(catalog, comments));
        options.AddOperationTransformer(new CommentTransformer(comments));
        options.AddOperationTransformer(new RequestTransformer(catalog));
        options.AddOperationTransformer(new AnswerTransformer(catalog, comments));
        options.AddOperationTransformer(new PolicyTransformer());
        options.AddDocumentTransformer(new DocumentTransformer(catalog, comments));
        options.AddDocumentTransformer(new EventTransformer(catalog, comments));
    }
}
