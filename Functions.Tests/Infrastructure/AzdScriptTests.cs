namespace Functions.Tests.Infrastructure;

/// <summary>What azd runs around provisioning, on a subscription that remembers deleted vaults.</summary>
public sealed class AzdScriptTests : IDisposable
{
    private CommandSandbox _sandbox = null!;

    public AzdScriptTests() => Prepare();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task The_first_time_there_is_a_group_and_a_key()
    {
        Assert.Equal(0, await _sandbox.RunAsync("azd.sh", "prepare"));

        Assert.Equal("true", _sandbox.Read("group"));
        Assert.True(Convert.FromBase64String(_sandbox.Read("env-SECRET_KEY")).Length >= 32);
        Assert.Equal("ada@example.org", _sandbox.Read("env-DEPLOYER_NAME"));
    }

    [Fact]
    public async Task Later_the_key_in_the_vault_stays()
    {
        Exists("vault", "secret");

        Assert.Equal(0, await _sandbox.RunAsync("azd.sh", "prepare"));

        Assert.Equal("", _sandbox.Read("env-SECRET_KEY"));
    }

    [Fact]
    public async Task A_key_that_somebody_chose_is_taken()
    {
        Exists("vault", "secret");
        _sandbox.Set("SECRET_KEY", "chosen");
        _sandbox.Write("env-SECRET_KEY", "chosen");

        Assert.Equal(0, await _sandbox.RunAsync("azd.sh", "prepare"));

        Assert.Equal("chosen", _sandbox.Read("env-SECRET_KEY"));
    }

    [Fact]
    public async Task A_vault_that_was_deleted_with_its_group_comes_back_with_its_key()
    {
        Exists("deleted", "secret");

        Assert.Equal(0, await _sandbox.RunAsync("azd.sh", "prepare"));

        _sandbox.AssertOrder("az group create", "az keyvault recover", "az rest");
        Assert.Equal("", _sandbox.Read("env-SECRET_KEY"));
    }

    [Theory]
    [InlineData("/resourceGroups/another/")]
    [InlineData("/resourceGroups/shop-dev-2/")]
    public async Task A_deleted_vault_of_another_group_stays_deleted(string group)
    {
        Exists("deleted");
        _sandbox.Write("deleted-group", group);

        Assert.Equal(0, await _sandbox.RunAsync("azd.sh", "prepare"));

        Assert.Equal(0, _sandbox.Count("keyvault recover"));
        Assert.NotEqual("", _sandbox.Read("env-SECRET_KEY"));
    }

    [Fact]
    public async Task A_group_is_found_however_it_is_spelled()
    {
        Exists("deleted", "secret");
        _sandbox.Write("deleted-group", "/resourcegroups/Shop-DEV/");

        Assert.Equal(0, await _sandbox.RunAsync("azd.sh", "prepare"));

        Assert.Equal(1, _sandbox.Count("keyvault recover"));
    }

    [Fact]
    public async Task After_azd_down_with_purge_there_is_a_new_key_whatever_azd_remembers()
    {
        _sandbox.Set("SECRET_KEY_STORED", "true");

        Assert.Equal(0, await _sandbox.RunAsync("azd.sh", "prepare"));

        Assert.NotEqual("", _sandbox.Read("env-SECRET_KEY"));
    }

    [Fact]
    public async Task Who_may_not_see_deleted_vaults_is_told_and_goes_on()
    {
        _sandbox.Fail("list-deleted", 1);

        Assert.Equal(0, await _sandbox.RunAsync("azd.sh", "prepare"));

        Assert.Contains("az keyvault recover", _sandbox.Output, StringComparison.Ordinal);
        Assert.NotEqual("", _sandbox.Read("env-SECRET_KEY"));
    }

    [Theory]
    [InlineData("list-deleted-login")]
    [InlineData("rest")]
    public async Task A_question_without_an_answer_is_no_reason_for_a_new_key(string at)
    {
        Exists("group", "vault", "secret");
        _sandbox.Fail(at, 1);

        Assert.NotEqual(0, await _sandbox.RunAsync("azd.sh", "prepare"));

        Assert.Equal(0, _sandbox.Count("azd env set SECRET_KEY"));
    }

    [Theory]
    [InlineData("secret-key.sh", "az keyvault recover", "true")]
    [InlineData("secret-key.sh", "[ -n \"$stored\" ] ||", "")]
    public async Task A_script_that_forgets_the_vault_is_found(string script, string text, string instead)
    {
        Prepare((script, text, instead));
        Exists("deleted", "secret");

        Assert.Equal(0, await _sandbox.RunAsync("azd.sh", "prepare"));

        Assert.NotEqual("", _sandbox.Read("env-SECRET_KEY"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tree_with_other_changes_is_a_release_of_its_own(bool changed)
    {
        _sandbox.Set("DEPLOYER_NAME", "deployers");
        if (changed)
        {
            await File.WriteAllTextAsync(Path.Combine(_sandbox.Root, "New.cs"), "// Not committed.", TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, await _sandbox.RunAsync("azd.sh", "release"));

        var release = _sandbox.Read("env-RELEASE");
        Assert.StartsWith(_sandbox.Commit[..12], release, StringComparison.Ordinal);
        Assert.Equal(changed, release != _sandbox.Commit[..12]);
        Assert.Equal($"https://pk.example/releases/{release}.zip", _sandbox.Read("setting"));
    }

    private void Exists(params string[] things)
    {
        foreach (var thing in things)
        {
            _sandbox.Write(thing, "true");
        }
    }

    private void Prepare((string, string, string)? mutation = null)
    {
        _sandbox?.Dispose();
        _sandbox = new(mutation);
        ReleaseScriptTests.StandIns(_sandbox);
        PackageScriptTests.StandIn(_sandbox);
        _sandbox.StandIn("azd", """[ "$1 $2" != "env set" ] || echo "$4" > "$STATE/env-$3" """);
        // The vault is listed where it is, or where it was; recovering needs its group, as in Azure.
        _sandbox.StandIn("az", """
            case "$*" in
              "group exists"*) cat "$STATE/group" 2>/dev/null || echo false ;;
              "group create"*) echo true > "$STATE/group" ;;
              "keyvault list-deleted"*)
                ! fails list-deleted 'ERROR: (AuthorizationFailed) The client does not have authorization over scope' || exit 1
                ! fails list-deleted-login 'ERROR: AADSTS700024: Client assertion is not within its valid time range.' || exit 1
                [ -e "$STATE/deleted" ] || exit 0
                group=$(cat "$STATE/deleted-group" 2>/dev/null || echo /resourceGroups/shop-dev/)
                printf 'kv-dev\twesteurope\t/subscriptions/s%sproviders/Microsoft.KeyVault/vaults/kv-dev\n' "$group" ;;
              "keyvault recover"*)
                [ -e "$STATE/group" ] || { echo "ERROR: (ResourceGroupNotFound)" >&2; exit 3; }
                mv "$STATE/deleted" "$STATE/vault" ;;
              "keyvault list "*) [ ! -e "$STATE/vault" ] || echo /subscriptions/s/resourceGroups/shop-dev/providers/Microsoft.KeyVault/vaults/kv-dev ;;
              rest*) ! fails rest 'ERROR: Internal Server Error' && { [ ! -e "$STATE/secret" ] || echo SECRET-KEY; } ;;
              "ad signed-in-user"*) echo ada@example.org ;;
              *get-access-token*) echo a-token ;;
              *"appsettings set"*) grep -o 'WEBSITE_RUN_FROM_PACKAGE=.*' <<<"$*" | cut -d= -f2 > "$STATE/setting" ;;
            esac
            """);
        _sandbox.Set("AZURE_RESOURCE_GROUP", "shop-dev");
        _sandbox.Set("AZURE_ENV_NAME", "dev");
        _sandbox.Set("AZURE_LOCATION", "westeurope");
        _sandbox.Set("DEPLOYER_NAME", "");
        foreach (var (name, value) in ReleaseScriptTests.Outputs)
        {
            _sandbox.Set(name, value);
        }
    }
}
