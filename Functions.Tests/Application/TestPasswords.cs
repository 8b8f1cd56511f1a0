using Functions.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Functions.Tests.Application;

/// <summary>Hashes passwords as the application does, with few iterations: tests make hundreds of users.</summary>
internal static class TestPasswords
{
    public static PasswordHasher<User> Hasher { get; } = new(Options.Create(new PasswordHasherOptions { IterationCount = 1000 }));
}
