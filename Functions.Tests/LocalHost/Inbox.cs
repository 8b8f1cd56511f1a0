using System.Threading.Channels;

namespace Functions.Tests.LocalHost;

/// <summary>What functions under test report, and a gate at which they wait where a test closes it.</summary>
internal sealed class Inbox
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly Channel<object> _items = Channel.CreateUnbounded<object>();

    public TaskCompletionSource Gate { get; private set; } = Open();

    public void CloseGate() => Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Report(object item) => _items.Writer.TryWrite(item);

    public bool IsEmpty => !_items.Reader.TryPeek(out _);

    public async Task<T> NextAsync<T>()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        return Assert.IsType<T>(await _items.Reader.ReadAsync(deadline.Token));
    }

    private static TaskCompletionSource Open()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }
}
