using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Functions.Redis.Connections;

/// <summary>Judges certificates of servers by authorities beside those of the system.</summary>
internal static class TrustedAuthorities
{
    /// <summary>Whether a certificate is valid, for the right host, and issued by an authority of the system or one of <paramref name="authorities"/>.</summary>
    public static bool Accept(X509Certificate2Collection authorities, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        // An unknown authority is the only thing that the others can make good: a wrong name or a missing certificate stays wrong.
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is null)
        {
            return false;
        }

        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(authorities);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // As the client does for the authorities of the system.
        own.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1")); // For servers.
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            own.ChainPolicy.ExtraStore.Add(element.Certificate); // What the server sent along.
        }

        return own.Build(X509CertificateLoader.LoadCertificate(certificate.GetRawCertData()));
    }
}
