using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// What System.Security.Cryptography asks of "OpenSSL" before it asks for anything else, and random numbers. The algorithms are in
/// Unikernel.Cryptography, so that a program that only draws random numbers has none of them.
/// </summary>
internal static unsafe class LibraryEntryPoints
{
    private const string OpenSsl = "libSystem.Security.Cryptography.Native.OpenSsl";
    private const int Success = 1;
    private const int LongestDigest = 64; // EVP_MAX_MD_SIZE

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EnsureOpenSslInitialized")]
    public static int EnsureInitialized() => 0;

    /// <summary>AES-GCM and ChaCha20-Poly1305 ask it before they say that they are supported; keys, which are not, are refused by their own functions.</summary>
    [ProvidesEntryPoint(OpenSsl, "CryptoNative_OpenSslAvailable")]
    public static int IsAvailable() => Success;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_RegisterLegacyAlgorithms")]
    public static void RegisterLegacyAlgorithms() { }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_GetMaxMdSize")]
    public static int GetLongestDigest() => LongestDigest;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_GetRandomBytes")]
    public static int GetRandomBytes(byte* buffer, int count)
    {
        Core.FillEntropy(new Span<byte>(buffer, count));
        return Success;
    }

    // There is no queue of errors: a call that fails says so, and managed code then throws a CryptographicException without details.
    [ProvidesEntryPoint(OpenSsl, "CryptoNative_ErrClearError")]
    public static ulong ClearError() => 0;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_ErrPeekError")]
    public static ulong PeekError() => 0;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_ErrPeekLastError")]
    public static ulong PeekLastError() => 0;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_ErrGetExceptionError")]
    public static ulong GetError(int* isAllocationFailure)
    {
        *isAllocationFailure = 0;
        return 0;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_ErrErrorStringN")]
    public static void GetErrorText(ulong error, byte* buffer, int length)
    {
        if (length > 0)
            *buffer = 0;
    }

    // Names of object identifiers: managed code has a table of the common ones and asks OpenSSL for the rest. 0: not known.
    [ProvidesEntryPoint(OpenSsl, "CryptoNative_LookupFriendlyNameByOid")]
    public static int FindName(byte* oid, nint* name)
    {
        *name = 0;
        return 0;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_GetObjectDefinitionByName")]
    public static nint FindOid(byte* name) => 0;

    // Key derivation and message authentication by name are features of OpenSSL 3; without them managed code has its own way
    // (HKDF) or says that it is not supported (KMAC).
    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpKdfFetch")]
    public static nint FetchKeyDerivation(byte* algorithm, int* haveFeature)
    {
        *haveFeature = 0;
        return 0;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpKdfFree")]
    public static void FreeKeyDerivation(nint handle) { }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpMacFetch")]
    public static nint FetchMac(byte* algorithm, int* haveFeature)
    {
        *haveFeature = 0;
        return 0;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpMacFree")]
    public static void FreeMac(nint handle) { }
}
