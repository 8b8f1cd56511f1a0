namespace Functions.Tasks;

/// <summary>The tasks of the application and the keys that its triggers listen to.</summary>
public static class TaskNames
{
    public const string SendEmail = "send_email";
    public const string GenerateReport = "generate_report";
    public const string ProcessImage = "process_image";

    /// <summary>The wake-up list and channel of the queue <c>tasks</c>.</summary>
    public const string WakeUp = "{tasks}:wakeup";
}
