namespace Functions.Tests.Caching;

/// <summary>A factory that counts its calls, and how many ran at once at most.</summary>
internal sealed class Gauge
{
    private int _running;
    private int _calls;
    private int _maximum;

    public int Calls => _calls;

    public int Maximum => _maximum;

    public async ValueTask<int> RunAsync()
    {
        var call = Interlocked.Increment(ref _calls);
        InterlockedMaximum(ref _maximum, Interlocked.Increment(ref _running));
        await Task.Delay(10);
        Interlocked.Decrement(ref _running);
        return call;
    }

    public static void InterlockedMaximum(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
