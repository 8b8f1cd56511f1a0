using Functions.LocalHost;
using Functions.LocalHost.Embedded;
using Functions.LocalHost.OpenApi;

if (args is [SupervisorProcess.Argument, var directory])
{
    return await SupervisorProcess.RunAsync(directory);
}

if (!LocalHostOptions.TryParse(args, out var options, out var error))
{
    await System.Console.Error.WriteLineAsync(error);
    return 1;
}

if (options.Help)
{
    await System.Console.Out.WriteAsync(LocalHostOptions.Usage);
    return 0;
}

if (options.WriteOpenApi)
{
    await System.Console.Out.WriteLineAsync($"{await ApiDocument.WriteAsync()} is written.");
    return 0;
}

try
{
    await using var application = await LocalHostApplication.StartAsync(options);
    await System.Console.Out.WriteAsync(StartBanner.Of(application, options));
    await application.WaitForShutdownAsync();
    return 0;
}
catch (LocalHostStartException exception)
{
    await System.Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
