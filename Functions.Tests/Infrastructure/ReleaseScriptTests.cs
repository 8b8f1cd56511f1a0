namespace Functions.Tests.Infrastructure;

/// <summary><c>infra/release.sh</c>, on an Azure that takes its time, forgets logins, and keeps the case of no name.</summary>
public sealed class ReleaseScriptTests : IDisposable
{
    private CommandSandbox _sandbox = null!;

    public ReleaseScriptTests() => Prepare();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task The_schema_comes_first_then_the_package_then_the_switch_then_health_and_then_the_triggers()
    {
        Assert.Equal(0, await ReleaseAsync());

        _sandbox.AssertOrder(
            "psql", "az storage blob upload", "az storage blob copy", "WEBSITE_RUN_FROM_PACKAGE=https://pk.example/releases/r1.zip", "curl",
            "syncfunctiontriggers");
        Assert.Equal("https://pk.example/releases/r1.zip", _sandbox.Read("setting"));
    }

    [Fact]
    public async Task What_takes_time_to_be_known_everywhere_is_tried_again()
    {
        Slow();

        Assert.Equal(0, await ReleaseAsync());
        Assert.Equal(4, _sandbox.Count("syncfunctiontriggers"));
    }

    [Theory]
    [InlineData("retry 40 blob upload", "blob upload")]
    [InlineData("retry 20 psql", "psql")]
    [InlineData("retry 20 az resource", "az resource")]
    [InlineData("tries = 60", "tries = 3")]
    public async Task A_script_that_does_not_wait_is_found(string text, string instead)
    {
        Prepare(text, instead);
        Slow();

        Assert.NotEqual(0, await ReleaseAsync());
    }

    [Fact]
    public async Task The_triggers_are_read_of_the_release_that_stays_and_not_before()
    {
        _sandbox.Write("health", "ok ok bad bad ok bad ok ok ok");

        Assert.Equal(0, await ReleaseAsync());
        Assert.Equal(9, _sandbox.Count("curl"));
    }

    [Fact]
    public async Task A_script_that_believes_the_first_answer_is_found()
    {
        Prepare("good < 3", "good < 1");
        _sandbox.Write("health", "ok ok bad bad ok bad ok ok ok");

        Assert.Equal(0, await ReleaseAsync());
        Assert.NotEqual(9, _sandbox.Count("curl"));
    }

    [Fact]
    public async Task A_release_that_does_not_come_up_is_a_failure_and_its_triggers_are_not_read()
    {
        _sandbox.Write("health", string.Join(' ', Enumerable.Repeat("bad", 500)));

        Assert.NotEqual(0, await ReleaseAsync());
        Assert.InRange(_sandbox.Count("curl"), 10, 100);
        Assert.Equal(0, _sandbox.Count("syncfunctiontriggers"));
        Assert.Contains("503", _sandbox.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("token")]
    [InlineData("login")]
    public async Task A_login_that_has_expired_ends_it_at_once_and_changes_nothing(string at)
    {
        _sandbox.Fail(at, 100);

        Assert.NotEqual(0, await ReleaseAsync());
        Assert.Contains("AADSTS700024", _sandbox.Output, StringComparison.Ordinal);
        Assert.Equal(at == "token" ? 0 : 1, _sandbox.Count("storage blob"));
        Assert.Equal("", _sandbox.Read("setting"));
    }

    [Fact]
    public async Task A_script_that_waits_for_an_expired_login_is_found()
    {
        Prepare("AADSTS|az login", "never");
        _sandbox.Fail("login", 100);

        Assert.NotEqual(0, await ReleaseAsync());
        Assert.NotEqual(1, _sandbox.Count("storage blob"));
    }

    [Fact]
    public async Task A_failed_migration_leaves_the_running_release_alone()
    {
        _sandbox.Fail("migration", 1);

        Assert.NotEqual(0, await ReleaseAsync());
        Assert.Equal(0, _sandbox.Count("storage blob"));
        Assert.Equal("", _sandbox.Read("setting"));
    }

    [Fact]
    public async Task A_rollback_switches_the_package_and_leaves_the_schema()
    {
        Assert.Equal(0, await _sandbox.RunAsync("release.sh", "group", "r0"));

        _sandbox.AssertOrder("az storage blob copy", "WEBSITE_RUN_FROM_PACKAGE=https://pk.example/releases/r0.zip", "curl", "syncfunctiontriggers");
        Assert.Equal(0, _sandbox.Count("psql"));
    }

    [Fact]
    public async Task A_package_of_the_same_name_restarts_the_app_as_the_setting_does_not()
    {
        Assert.Equal(0, await ReleaseAsync());
        Assert.Equal(0, _sandbox.Count("functionapp restart"));

        Assert.Equal(0, await ReleaseAsync());
        Assert.Equal(1, _sandbox.Count("functionapp restart"));
        Assert.Equal(1, _sandbox.Count("appsettings set"));
    }

    [Fact]
    public async Task A_script_that_sets_the_same_name_again_is_found()
    {
        Prepare("[ \"$before\" = \"$package\" ]", "false");

        Assert.Equal(0, await ReleaseAsync());
        Assert.Equal(0, await ReleaseAsync());
        Assert.Equal(0, _sandbox.Count("functionapp restart"));
    }

    [Fact]
    public async Task An_output_that_the_deployment_does_not_have_ends_it_before_anything_is_changed()
    {
        _sandbox.Write("outputs", "functioN_APP_NAME\napp\n");

        Assert.NotEqual(0, await ReleaseAsync());
        Assert.Contains("no output PACKAGES_ACCOUNT_NAME", _sandbox.Output, StringComparison.Ordinal);
        Assert.Single(_sandbox.Calls);
    }

    [Fact]
    public async Task Under_azd_the_outputs_are_variables()
    {
        _sandbox.Write("outputs", "");
        _sandbox.Set("DEPLOYMENT", "");
        foreach (var (name, value) in Outputs)
        {
            _sandbox.Set(name, value);
        }

        Assert.Equal(0, await ReleaseAsync());
        Assert.Equal(0, _sandbox.Count("deployment group show"));
    }

    internal static readonly Dictionary<string, string> Outputs = new()
    {
        ["FUNCTION_APP_NAME"] = "app",
        ["API_ADDRESS"] = "https://api.example",
        ["PACKAGES_ACCOUNT_NAME"] = "pk",
        ["PACKAGES_ADDRESS"] = "https://pk.example/releases",
        ["POSTGRES_HOST"] = "postgres.example",
        ["POSTGRES_DATABASE"] = "shop",
        ["IDENTITY_NAME"] = "identity",
        ["IDENTITY_OBJECT_ID"] = "aaaaaaaa-0000-0000-0000-000000000001",
    };

    /// <summary>az as <c>infra/release.sh</c> uses it, psql and curl.</summary>
    internal static void StandIns(CommandSandbox sandbox)
    {
        // Resource Manager writes the first word of a name that is in capitals in its own way.
        sandbox.Write("outputs", $"{string.Join('\t', Outputs.Keys.Select(name => char.ToLowerInvariant(name[0]) + name[1..]))}\n{string.Join('\t', Outputs.Values)}\n");
        sandbox.StandIn("az", """
            expired='ERROR: AADSTS700024: Client assertion is not within its valid time range.'
            case "$*" in
              "deployment group show"*) cat "$STATE/outputs" ;;
              *get-access-token*) ! fails token "$expired" && echo a-token ;;
              "storage blob"*) ! fails login "$expired" && ! fails roles 'ERROR: AuthorizationPermissionMismatch' ;;
              *"appsettings list"*) cat "$STATE/setting" 2>/dev/null || true ;;
              *"appsettings set"*) grep -o 'WEBSITE_RUN_FROM_PACKAGE=.*' <<<"$*" | cut -d= -f2 > "$STATE/setting" ;;
              *syncfunctiontriggers*) ! fails host 'ERROR: Encountered an error (ServiceUnavailable) from host runtime.' ;;
            esac
            """);
        sandbox.StandIn("psql", """
            [ "$PGPASSWORD" = a-token ] && [ "$PGUSER" = deployers ] && [ "$PGHOST" = postgres.example ] || exit 2
            case "$*" in
              *migrations.sql*) ! fails migration 'ERROR: division by zero' ;;
              *) ! fails server 'could not translate host name' ;;
            esac
            """);
        sandbox.StandIn("curl", """
            read -r next rest < "$STATE/health" || next=ok
            [ -n "$rest" ] && echo "$rest" > "$STATE/health" || rm -f "$STATE/health"
            [ "$next" != bad ] || { echo 'curl: (22) The requested URL returned error: 503' >&2; exit 22; }
            """);
    }

    private void Prepare(string? text = null, string? instead = null)
    {
        _sandbox?.Dispose();
        _sandbox = new(text is null ? null : ("release.sh", text, instead!));
        Directory.CreateDirectory(Path.Combine(_sandbox.Root, "package"));
        File.WriteAllText(Path.Combine(_sandbox.Root, "package", "r1.zip"), "");
        File.WriteAllText(Path.Combine(_sandbox.Root, "package", "migrations.sql"), "");
        StandIns(_sandbox);
    }

    private void Slow()
    {
        _sandbox.Fail("server", 3);
        _sandbox.Fail("roles", 3);
        _sandbox.Fail("host", 3);
        _sandbox.Write("health", "bad bad bad bad ok ok ok");
    }

    private Task<int> ReleaseAsync() => _sandbox.RunAsync("release.sh", "group", "r1", "package");
}
