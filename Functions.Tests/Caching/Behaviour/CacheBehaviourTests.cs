using System.Runtime.CompilerServices;
using Functions.Tests.Servers;
using Xunit.Sdk;

namespace Functions.Tests.Caching.Behaviour;

/// <summary>
/// What users expect of a <c>HybridCache</c>, on every implementation. A test's name is the expectation. Where
/// <see cref="KnownDeviations"/> says that an implementation does not meet it, the test asserts just that.
/// </summary>
public abstract class CacheBehaviourTests(RedisServers servers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected async Task CheckAsync(
        CacheKind kind,
        int instances,
        Func<ComparedCaches, Task> expectation,
        TimeSpan? defaultExpiration = null,
        IRedisServer? server = null,
        [CallerMemberName] string behaviour = "")
    {
        await using var caches = new ComparedCaches(kind, server ?? await servers.GetAsync(RedisKind.Single), instances, defaultExpiration);
        var check = async () => await expectation(caches).WaitAsync(Limit, Cancellation);
        if (KnownDeviations.Find(kind, behaviour) is { } deviation)
        {
            // Only a failed assertion is a deviation; any other exception fails the test.
            var failure = await Record.ExceptionAsync(check);
            Assert.True(
                failure is XunitException,
                $"{kind} was known to deviate ({deviation}), but {(failure is null ? "does not any more." : $"threw {failure}")}");
        }
        else
        {
            await check();
        }
    }
}
