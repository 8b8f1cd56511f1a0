using Microsoft.EntityFrameworkCore;

namespace Functions.Data;

/// <summary>The database: tables and columns in <c>snake_case</c>.</summary>
public sealed class AppDbContext(DbContextOptions<AppDbContext> options) : DbContext(options)
{
    // As typed and by its stem, in the name before the description. Schema-qualified: a restored dump computes it again without a search path.
    private const string ProductSearchVector =
        "setweight(to_tsvector('pg_catalog.simple', public.search_readings(name)), 'A') "
        + "|| setweight(to_tsvector('pg_catalog.english', public.search_readings(name)), 'B') "
        + "|| setweight(to_tsvector('public.english_words', public.search_readings(description)), 'C') "
        + "|| setweight(to_tsvector('pg_catalog.english', public.search_readings(description)), 'D')";

    public DbSet<User> Users => Set<User>();

    public DbSet<AccountToken> AccountTokens => Set<AccountToken>();

    public DbSet<Post> Posts => Set<Post>();

    public DbSet<Category> Categories => Set<Category>();

    public DbSet<Product> Products => Set<Product>();

    public DbSet<Sale> Sales => Set<Sale>();

    public DbSet<Message> Messages => Set<Message>();

    public DbSet<OutboxEvent> Outbox => Set<OutboxEvent>();

    public DbSet<Notification> Notifications => Set<Notification>();

    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);

        modelBuilder.HasPostgresExtension("unaccent");
        modelBuilder.HasPostgresExtension("pg_trgm");

        modelBuilder.Entity<User>(user =>
        {
            user.Property(u => u.Email).HasMaxLength(254);
            user.Property(u => u.NormalizedEmail).HasMaxLength(254);
            user.Property(u => u.PendingEmail).HasMaxLength(254);
            user.HasIndex(u => u.NormalizedEmail).IsUnique();
            // The few whose mailbox may have been stored in another form: see DatabaseSetup.UnifyMailboxesAsync.
            user.HasIndex(u => u.Id, "ix_users_not_ascii").HasFilter("normalized_email ~ '[^ -~]'");
        });

        modelBuilder.Entity<AccountToken>(token =>
        {
            token.ToTable("account_tokens");
            token.HasKey(t => t.Digest);
            token.Property(t => t.Mailbox).HasMaxLength(254);
            token.HasOne<User>().WithMany().HasForeignKey(t => t.UserId).OnDelete(DeleteBehavior.Cascade);
            token.HasIndex(t => t.UserId);
            token.HasIndex(t => t.ExpiresAt);
        });

        // Texts are limited by what people count as characters ([TextLength]), each of which may be many code points: no column limits them.
        modelBuilder.Entity<Post>(post =>
        {
            post.HasOne<User>().WithMany().HasForeignKey(p => p.UserId).OnDelete(DeleteBehavior.Cascade);
            post.HasIndex(p => new { p.UserId, p.Id });
        });

        modelBuilder.Entity<Category>(category => category.Property(c => c.Name).HasMaxLength(100));

        modelBuilder.Entity<Product>(product =>
        {
            product.Property(p => p.Price).HasPrecision(12, 2);
            product.HasOne<Category>().WithMany().HasForeignKey(p => p.CategoryId).OnDelete(DeleteBehavior.Restrict);
            product.HasIndex(p => new { p.CategoryId, p.Id });
            product.Property(p => p.SearchVector).HasComputedColumnSql(ProductSearchVector, stored: true);
            product.HasIndex(p => p.SearchVector).HasMethod("gin");
            product.Property(p => p.SearchName).HasComputedColumnSql("public.search_readings(name)", stored: true);
            product.HasIndex(p => p.SearchName).HasMethod("gin").HasOperators("public.gin_trgm_ops");
        });

        modelBuilder.Entity<Sale>(sale =>
        {
            sale.Property(s => s.UnitPrice).HasPrecision(12, 2);
            sale.HasOne<Product>().WithMany().HasForeignKey(s => s.ProductId).OnDelete(DeleteBehavior.SetNull);
            sale.HasIndex(s => s.SoldAt);
        });

        modelBuilder.Entity<Message>(message =>
        {
            message.HasOne<User>().WithMany().HasForeignKey(m => m.SenderId).OnDelete(DeleteBehavior.Cascade);
            message.HasOne<User>().WithMany().HasForeignKey(m => m.RecipientId).OnDelete(DeleteBehavior.Cascade);
            message.HasIndex(m => new { m.RecipientId, m.Id });
            message.HasIndex(m => m.CreatedAt);
        });

        modelBuilder.Entity<OutboxEvent>(outbox =>
        {
            outbox.Property(o => o.EventId).HasMaxLength(32);
            outbox.Property(o => o.Channel).HasMaxLength(200);
            outbox.Property(o => o.Type).HasMaxLength(64);
            outbox.Property(o => o.Data).HasColumnType("json");
            outbox.Property(o => o.Traceparent).HasMaxLength(64);
            outbox.HasIndex(o => o.EventId).IsUnique();
            outbox.HasIndex(o => new { o.Channel, o.Id });
            outbox.HasIndex(o => o.RelayedAt);
        });

        modelBuilder.Entity<CommittedRequest>(request =>
        {
            request.ToTable("committed_requests");
            request.HasKey(r => r.Digest);
        });

        modelBuilder.Entity<Notification>(notification =>
        {
            notification.Property(n => n.EventId).HasMaxLength(32);
            notification.Property(n => n.Type).HasMaxLength(64);
            notification.Property(n => n.Data).HasColumnType("json");
            notification.HasOne<User>().WithMany().HasForeignKey(n => n.UserId).OnDelete(DeleteBehavior.Cascade);
            notification.HasIndex(n => n.EventId).IsUnique();
            notification.HasIndex(n => new { n.UserId, n.Id });
        });

        modelBuilder.Entity<AuditEntry>(entry =>
        {
            entry.ToTable("audit_entries");
            entry.Property(e => e.Action).HasMaxLength(64);
            entry.HasOne<User>().WithMany().HasForeignKey(e => e.UserId).OnDelete(DeleteBehavior.SetNull);
            entry.HasIndex(e => e.UserId);
            entry.HasIndex(e => e.At);
        });
    }
}
