using Microsoft.Extensions.DependencyInjection;

namespace Functions.AdminConsole;

/// <summary>Registers the operations console.</summary>
internal static class ConsoleServiceCollectionExtensions
{
    public static IServiceCollection AddAdminConsole(this IServiceCollection services)
    {
        services.AddFleetMonitor();
        services.AddHostedService<FleetReporter>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<TaskBulk>();
        services.AddSingleton<EventDesk>();
        services.AddSingleton<LimitDesk>();
        services.AddSingleton<PeopleDesk>();
        return services;
    }
}
