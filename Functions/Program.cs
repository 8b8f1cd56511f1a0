using Functions;
using Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.UseMiddleware<HttpPolicyMiddleware>();
builder.AddWorkerShutdown();
builder.AddWorkerTelemetry();
builder.AddFunctionApp();
builder.Build().Run();
