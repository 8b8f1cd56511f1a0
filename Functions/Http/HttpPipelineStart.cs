using Microsoft.Extensions.Hosting;

namespace Functions.Http;

/// <summary>Makes the pipeline when the host starts: a wrong setting then stops the start, not every request.</summary>
internal sealed class HttpPipelineStart : IHostedService
{
    public HttpPipelineStart(HttpPipeline pipeline) => ArgumentNullException.ThrowIfNull(pipeline);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
