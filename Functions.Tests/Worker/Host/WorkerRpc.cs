using Functions.Tests.Worker.Host.Protocol;
using Grpc.Core;

namespace Functions.Tests.Worker.Host;

/// <summary>Where the worker calls.</summary>
internal sealed class WorkerRpc(WorkerChannel channel) : FunctionRpc.FunctionRpcBase
{
    public override Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context) =>
        channel.RunAsync(requestStream, responseStream, context.CancellationToken);
}
