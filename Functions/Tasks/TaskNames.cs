namespace Functions.Tasks;

/// <summary>The tasks of the application and the keys that its triggers listen to.</summary>
public static class TaskNames
{
    public const string SendEmail = "send_email";
    public const string SendAccountMail = "send_account_mail";
    public const string GenerateReport = "generate_report";
    public const string ProcessImage = "process_image";
    public const string DeleteLeftovers = "delete_leftovers";

    /// <summary>The queue, which triggers know by a constant.</summary>
    public const string Queue = "tasks";

    /// <summary>Its wake-up list and channel.</summary>
    public const string WakeUp = $"{{{Queue}}}:wakeup";
}
