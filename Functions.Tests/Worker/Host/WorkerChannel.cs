using System.Collections.Concurrent;
using System.Threading.Channels;
using Functions.Tests.Worker.Host.Protocol;
using Grpc.Core;

namespace Functions.Tests.Worker.Host;

/// <summary>The conversation with one worker: what it is asked, and what it says.</summary>
internal sealed class WorkerChannel
{
    private readonly Channel<StreamingMessage> _outgoing = Channel.CreateUnbounded<StreamingMessage>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _answers = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _invocations = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the worker has logged through the host.</summary>
    public ConcurrentQueue<RpcLog> Logs { get; } = new();

    /// <summary>Is complete when the worker has called.</summary>
    public Task Started => _started.Task;

    /// <summary>Asks the worker; returns its answer.</summary>
    public async Task<StreamingMessage> AskAsync(StreamingMessage question)
    {
        question.RequestId = Guid.NewGuid().ToString();
        var answer = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _answers[question.RequestId] = answer;
        Tell(question);
        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Has the worker run a function; returns how that ended.</summary>
    public async Task<InvocationResponse> InvokeAsync(InvocationRequest request)
    {
        var answer = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _invocations[request.InvocationId] = answer;
        Tell(new StreamingMessage { RequestId = Guid.NewGuid().ToString(), InvocationRequest = request });
        return (await answer.Task).InvocationResponse;
    }

    /// <summary>Tells the worker something that it does not answer.</summary>
    public void Tell(StreamingMessage message) => _outgoing.Writer.TryWrite(message);

    /// <summary>Runs while the worker's call lasts.</summary>
    public async Task RunAsync(IAsyncStreamReader<StreamingMessage> incoming, IAsyncStreamWriter<StreamingMessage> outgoing, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writing = WriteAsync(outgoing, ended.Token);
        try
        {
            await foreach (var message in incoming.ReadAllAsync(cancellationToken))
            {
                Hear(message);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or Grpc.Core.RpcException)
        {
            // The worker's process has ended.
        }
        finally
        {
            await ended.CancelAsync();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var invocation in _invocations.Values)
            {
                invocation.TrySetException(new IOException("The worker has gone."));
            }
        }
    }

    private void Hear(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case StreamingMessage.ContentOneofCase.StartStream:
                _started.TrySetResult();
                break;
            case StreamingMessage.ContentOneofCase.RpcLog:
                Logs.Enqueue(message.RpcLog);
                break;
            case StreamingMessage.ContentOneofCase.InvocationResponse:
                if (_invocations.TryRemove(message.InvocationResponse.InvocationId, out var invocation))
                {
                    invocation.TrySetResult(message);
                }

                break;
            default:
                if (_answers.TryRemove(message.RequestId, out var answer))
                {
                    answer.TrySetResult(message);
                }

                break;
        }
    }

    private async Task WriteAsync(IAsyncStreamWriter<StreamingMessage> outgoing, CancellationToken cancellationToken)
    {
        await foreach (var message in _outgoing.Reader.ReadAllAsync(cancellationToken))
        {
            await outgoing.WriteAsync(message, cancellationToken);
        }
    }
}
