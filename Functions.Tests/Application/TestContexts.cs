using Functions.Data;
using Microsoft.EntityFrameworkCore;

namespace Functions.Tests.Application;

/// <summary>Contexts on one database, made as the application makes them, for tests without an application.</summary>
internal sealed class TestContexts(string connectionString) : IDbContextFactory<AppDbContext>
{
    private readonly DbContextOptions<AppDbContext> _options =
        (DbContextOptions<AppDbContext>)new DbContextOptionsBuilder<AppDbContext>().UseAppDatabase(connectionString).Options;

    public AppDbContext CreateDbContext() => new(_options);
}
