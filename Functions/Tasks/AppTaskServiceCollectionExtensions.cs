using Functions.Emails;
using Functions.Images;
using Functions.Redis.Tasks;
using Functions.Reports;
using Functions.Users;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Functions.Tasks;

/// <summary>Registers the queue of the application and its handlers.</summary>
internal static class AppTaskServiceCollectionExtensions
{
    public static IServiceCollection AddAppTasks(this IServiceCollection services, IHostEnvironment environment)
    {
        services.AddTriggeredTaskWorker().BindSettings("Tasks").Validate(
            options => options.Queue == TaskNames.Queue, $"Tasks__Queue: the value must be '{TaskNames.Queue}', to which the triggers of the application listen.");
        services.AddSingleton<TaskFiles>();
        services.AddSingleton<TaskDesk>();
        services.AddSingleton<ImageInbox>();

        services.AddOptions<EmailOptions>().BindSettings("Email");
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<EmailOptions>>().Value);
        services.AddSingleton<IMailer>(provider => provider.GetRequiredService<EmailOptions>() switch
        {
            { SmtpHost: { Length: > 0 } } options => new SmtpMailer(options),
            var options when environment.IsDevelopment() => new FileMailer(options),
            _ => new NoMailer(),
        });
        services.AddSingleton<MailDelivery>();

        services.AddTaskHandler<EmailHandler, EmailRequest>(TaskNames.SendEmail);
        services.AddTaskHandler<ReportHandler, ReportPayload>(TaskNames.GenerateReport);
        services.AddTaskHandler<ImageHandler, ImagePayload>(TaskNames.ProcessImage);
        services.AddTaskHandler<LeftoversHandler, LeftoversPayload>(TaskNames.DeleteLeftovers);
        return services;
    }
}
