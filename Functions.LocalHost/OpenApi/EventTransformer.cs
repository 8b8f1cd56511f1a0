using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Functions.Http.Policies;
using Functions.Messages;
using Functions.OpenApi;
using Functions.Redis.Events;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Functions.LocalHost.OpenApi;

/// <summary>Describes the events of streams: the schema of a <c>text/event-stream</c> is that of the JSON behind <c>data:</c>, for each type of event.</summary>
internal sealed class EventTransformer(FunctionCatalog catalog, XmlComments comments) : IOpenApiDocumentTransformer
{
    private const string EventStream = "text/event-stream";
    private const string EventTypeConstant = "EventType";
    private const string AnyEvent = "Event";
    private const string Time = "2026-11-23T10:00:00.25Z";

    public async Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        List<IOpenApiSchema> all = [];
        foreach (var (type, data) in Types())
        {
            document.AddComponent(data.Name, await context.GetOrCreateSchemaAsync(data, cancellationToken: cancellationToken));
            Add(
                $"{CultureInfo.InvariantCulture.TextInfo.ToTitleCase(type.Replace('_', ' ')).Replace(" ", "", StringComparison.Ordinal)}{AnyEvent}",
                $"`{type}`: {comments.Summary(data)}",
                new OpenApiSchema { Type = JsonSchemaType.String, Const = type },
                new OpenApiSchemaReference(data.Name, document),
                new JsonObject { ["type"] = type, ["data"] = ContractTransformer.ExampleOf(data), ["timestamp"] = Time });
        }

        Add(
            $"Reset{AnyEvent}",
            "`reset`: events in between are no longer there. Read what you show anew.",
            new OpenApiSchema { Type = JsonSchemaType.String, Const = "reset" },
            new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Required = new HashSet<string> { "channel" },
                Properties = new Dictionary<string, IOpenApiSchema> { ["channel"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["broadcast", "user"] } },
            },
            new JsonObject { ["type"] = "reset", ["data"] = new JsonObject { ["channel"] = "user" }, ["timestamp"] = Time });
        Add(
            $"Other{AnyEvent}",
            "Whatever administrators publish beside these.",
            new OpenApiSchema { Type = JsonSchemaType.String, Pattern = @"^[a-z][a-z0-9_.-]{0,63}$" },
            new OpenApiSchema { Description = "Any JSON." },
            new JsonObject { ["type"] = "maintenance", ["data"] = new JsonObject { ["at"] = "2026-11-23T22:00:00Z" }, ["timestamp"] = Time });
        document.AddComponent<IOpenApiSchema>(AnyEvent, new OpenApiSchema { Description = "What stands behind `data:` of an event.", AnyOf = all });

        foreach (var stream in catalog.All.Where(function => function.Policy<EventStreamAttribute>() is not null))
        {
            var content = document.Paths[$"/{stream.Route}"].Operations![HttpMethod.Get].Responses!["200"].Content![EventStream];
            ((OpenApiMediaType)content).Schema = new OpenApiSchemaReference(AnyEvent, document);
            ((OpenApiMediaType)content).Example = new JsonObject
            {
                ["type"] = NewMessage.EventType,
                ["data"] = ContractTransformer.ExampleOf(typeof(NewMessage)),
                ["timestamp"] = Time,
            };
        }

        void Add(string name, string description, OpenApiSchema type, IOpenApiSchema data, JsonNode example)
        {
            document.AddComponent<IOpenApiSchema>(name, new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = description,
                Required = new HashSet<string> { "type", "data", "timestamp" },
                Properties = new Dictionary<string, IOpenApiSchema>
                {
                    ["type"] = type,
                    ["data"] = data,
                    ["timestamp"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
                },
                Examples = [example],
            });
            all.Add(new OpenApiSchemaReference(name, document));
        }
    }

    /// <summary>The types of all events that somebody handles, each with its data.</summary>
    public static IEnumerable<(string Type, Type Data)> Types() =>
        from handler in typeof(FunctionApp).Assembly.GetTypes()
        from contract in handler.GetInterfaces()
        where contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IEventHandler<>)
        let data = contract.GenericTypeArguments[0]
        from type in data.GetCustomAttribute<EventTypesAttribute>()?.Types ?? [(string)data.GetField(EventTypeConstant)!.GetRawConstantValue()!]
        group data by type into handled
        orderby handled.Key
        select (handled.Key, handled.First());
}
