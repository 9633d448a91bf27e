using System.Net.Http;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// TLS has no library on a unikernel yet. HttpClient decides by the address at run time whether it needs it, so every program with an HttpClient would
/// carry SslStream, certificates and their cryptography, only to fail in them. It fails before, and says why. A program that names SslStream itself
/// still has all of it.
/// </summary>
internal static class TlsReplacements
{
    private const string NoTls = "https needs TLS, which a unikernel does not have yet: ask for an http address, or let a proxy before the machine do TLS";

    [Replaces("System.Net.Http", "System.Net.Http.ConnectHelper", "EstablishSslConnectionAsync", Fingerprint = "63bd1dda57eff365",
        Why = "it is for https addresses only, and TLS is not bound to a library yet")]
    public static ValueTask<SslStream> Connect(SslClientAuthenticationOptions options, HttpRequestMessage request, bool async, Stream stream, CancellationToken cancellation)
    {
        stream.Dispose();
        return ValueTask.FromException<SslStream>(
            new HttpRequestException(HttpRequestError.SecureConnectionError, NoTls, new PlatformNotSupportedException(NoTls)));
    }

    [Replaces("System.Net.Http", "System.Net.Security.CertificateHelper", "GetEligibleClientCertificate", Fingerprint = "de62900521a16a55",
        Why = "it looks for a client's certificate in the certificate stores of a user, and there are neither stores nor TLS")]
    public static X509Certificate2? ClientCertificate() => null;

    [Replaces("System.Net.Http", "System.Net.Security.CertificateHelper", "GetEligibleClientCertificate", Fingerprint = "f34a7cd1f7d74b9f",
        Why = "it chooses a client's certificate for TLS, which is not bound to a library yet")]
    public static X509Certificate2? ClientCertificate(X509CertificateCollection? candidates) => null;
}
