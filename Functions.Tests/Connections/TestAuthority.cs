using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Functions.Tests.Connections;

/// <summary>An authority that nobody knows, and the certificates that it issues, as files.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("functions-tests-tls-");
    private readonly X509Certificate2 _certificate;

    public TestAuthority()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Test authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-2), DateTimeOffset.UtcNow.AddYears(2));
        File.WriteAllText(CertificateFile, _certificate.ExportCertificatePem());
    }

    public string CertificateFile => Path.Combine(_directory.FullName, "authority.pem");

    /// <summary>Issues a certificate for a server and returns the lines of <c>redis.conf</c> that use it.</summary>
    public string[] Issue(int port, string address = "127.0.0.1", bool expired = false, bool forServers = true)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Redis", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(forServers ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2")], critical: false));
        var end = DateTimeOffset.UtcNow.AddDays(expired ? -1 : 30);
        using var certificate = request.Create(_certificate, end.AddDays(-60), end, RandomNumberGenerator.GetBytes(8));
        var file = Path.Combine(_directory.FullName, $"server-{port}");
        File.WriteAllText($"{file}.pem", certificate.ExportCertificatePem());
        File.WriteAllText($"{file}.key", key.ExportPkcs8PrivateKeyPem());
        return [$"tls-port {port}", $"tls-cert-file {file}.pem", $"tls-key-file {file}.key", $"tls-ca-cert-file {CertificateFile}", "tls-auth-clients no"];
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _directory.Delete(recursive: true);
    }
}
