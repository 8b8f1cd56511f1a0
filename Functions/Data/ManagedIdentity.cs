using Azure.Core;
using Azure.Identity;

namespace Functions.Data;

/// <summary>The application's managed identity in Azure. Its credential keeps tokens and renews them ahead of time.</summary>
internal static class ManagedIdentity
{
    /// <summary>The value of <c>…__credential</c> settings that chooses it.</summary>
    public const string Name = "managedidentity";

    /// <summary>The user-assigned identity of <paramref name="clientId"/>, or the system-assigned one.</summary>
    public static TokenCredential Credential(string? clientId) => new ManagedIdentityCredential(
        string.IsNullOrWhiteSpace(clientId) ? ManagedIdentityId.SystemAssigned : ManagedIdentityId.FromUserAssignedClientId(clientId));
}
