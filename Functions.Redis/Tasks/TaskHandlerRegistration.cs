using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Redis.Tasks;

/// <summary>Which handler does the tasks of a name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Handler">The class of the handler.</param>
/// <param name="InvokeAsync">Reads the payload and runs the handler.</param>
/// <param name="Describe">Reads the payload and says what of it may be shown.</param>
internal sealed record TaskHandlerRegistration(
    string Name,
    Type Handler,
    Func<IServiceProvider, TaskRecord, TaskContext, CancellationToken, Task<object?>> InvokeAsync,
    Func<TaskRecord, object?> Describe)
{
    public static TaskHandlerRegistration Of<THandler, TPayload>(string name) where THandler : class, ITaskHandler<TPayload> => new(
        name,
        typeof(THandler),
        (services, record, context, cancellationToken) =>
        {
            TPayload payload;
            try
            {
                payload = Read<TPayload>(record);
            }
            catch (JsonException exception)
            {
                throw new PermanentTaskException($"The payload is not what '{name}' takes.", exception);
            }

            return services.GetRequiredService<THandler>().HandleAsync(payload, context, cancellationToken);
        },
        record =>
        {
            try
            {
                return THandler.Describe(Read<TPayload>(record));
            }
            catch (JsonException)
            {
                return null; // Nobody knows what of it is private.
            }
        });

    private static TPayload Read<TPayload>(TaskRecord record) =>
        JsonSerializer.Deserialize<TPayload>(record.Payload.Span, TaskJson.Options) ?? throw new JsonException();
}
