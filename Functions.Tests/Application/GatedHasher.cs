using Functions.Data;
using Microsoft.AspNetCore.Identity;

namespace Functions.Tests.Application;

/// <summary>Counts how often passwords are verified, and holds verifications at a gate where a test closes it.</summary>
internal sealed class GatedHasher : IPasswordHasher<User>, IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _verifications;

    /// <summary>Verified passwords wait here before the answer.</summary>
    public ManualResetEventSlim Gate { get; } = new(initialState: true);

    public int Verifications => _verifications;

    /// <summary>Ends when the first verification is done and waits at the gate.</summary>
    public Task Arrived => _arrived.Task.WaitAsync(Deadline);

    public string HashPassword(User user, string password) => TestPasswords.Hasher.HashPassword(user, password);

    public PasswordVerificationResult VerifyHashedPassword(User user, string hashedPassword, string providedPassword)
    {
        Interlocked.Increment(ref _verifications);
        var result = TestPasswords.Hasher.VerifyHashedPassword(user, hashedPassword, providedPassword);
        _arrived.TrySetResult();
        Gate.Wait(Deadline);
        return result;
    }

    public void Dispose() => Gate.Dispose();
}
