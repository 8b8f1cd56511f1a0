using Functions.Data;
using Functions.Messages;
using Functions.Notifications;
using Functions.Products;
using Functions.Redis.Events;
using Functions.Users;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Functions.Events;

/// <summary>Registers events: who handles which, the outbox, the streams.</summary>
internal static class EventServiceCollectionExtensions
{
    public static IServiceCollection AddEvents(this IServiceCollection services)
    {
        services.AddRedisEvents().BindSettings("Events").PostConfigure(options => options.IsOutage = ServerOutage.Includes);
        services.AddEventHandler<NewMessageHandler, NewMessage>(NewMessage.EventType, isForUsers: true);
        services.AddEventHandler<UserOnlineHandler, UserPresence>(UserPresence.Online);
        services.AddEventHandler<UserOfflineHandler, UserPresence>(UserPresence.Offline);
        services.AddEventHandler<ProductUpdatedHandler, ProductUpdated>(ProductUpdated.EventType);
        services.AddEventHandler<UserDeletedHandler, UserDeleted>(UserDeleted.EventType);

        services.AddOptions<OutboxOptions>().BindSettings("Outbox");
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<OutboxOptions>>().Value);
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<Outbox>();
        services.AddSingleton<OutboxRelay>();
        services.AddSingleton<IEventConfirmation, OutboxConfirmation>();
        services.AddHostedService<OutboxRelayService>();

        services.AddSingleton<PresenceEvents>();
        services.AddSingleton<OnlineUsers>();
        services.AddSingleton<EventStreams>();
        services.AddHostedService(provider => provider.GetRequiredService<EventStreams>());

        services.AddSingleton<MessageBox>();
        services.AddSingleton<NotificationList>();
        services.AddSingleton<IPushSender>(provider => provider.GetRequiredService<NotificationList>());
        return services;
    }
}
