using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Modes;
using Unikernel.Binding;

namespace Unikernel.Cryptography;

/// <summary>
/// The ciphers, by the handles that stand for OpenSSL's EVP_CIPHER. As with <see cref="DigestKind"/> only its entry point reaches a
/// cipher's code.
/// </summary>
internal sealed class CipherKind(int keySize, Func<CipherState> create)
{
    private static readonly List<CipherKind> s_kinds = [];

    private nint _handle;

    /// <summary>Bytes of a key.</summary>
    public int KeySize => keySize;

    /// <summary>A context without a key.</summary>
    public CipherState Create() => create();

    /// <summary>The handle that managed code holds; handles begin at 1.</summary>
    public nint Handle
    {
        get
        {
            lock (s_kinds)
            {
                if (_handle == 0)
                {
                    s_kinds.Add(this);
                    _handle = s_kinds.Count;
                }

                return _handle;
            }
        }
    }

    /// <summary>The kind of a handle, or null.</summary>
    public static CipherKind? Of(nint handle)
    {
        lock (s_kinds)
            return handle > 0 && handle <= s_kinds.Count ? s_kinds[(int)handle - 1] : null;
    }
}

/// <summary>The ciphers that .NET names: AES (FIPS 197) in the modes of NIST SP 800-38A and 38D, ChaCha20-Poly1305 (RFC 8439).</summary>
internal static class CipherKinds
{
    private const string OpenSsl = Libraries.OpenSsl;

    private static CipherKind? s_ecb128, s_ecb192, s_ecb256, s_cbc128, s_cbc192, s_cbc256, s_gcm128, s_gcm192, s_gcm256, s_chaCha;
    private static CipherKind? s_cfb8x128, s_cfb8x192, s_cfb8x256, s_cfb128x128, s_cfb128x192, s_cfb128x256;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpAes128Ecb")]
    public static nint Ecb128() => Ecb(ref s_ecb128, 16);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpAes192Ecb")]
    public static nint Ecb192() => Ecb(ref s_ecb192, 24);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpAes256Ecb")]
    public static nint Ecb256() => Ecb(ref s_ecb256, 32);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpAes128Cbc")]
    public static nint Cbc128() => Cbc(ref s_cbc128, 16);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpAes192Cbc")]
    public static nint Cbc192() => Cbc(ref s_cbc192, 24);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpAes256Cbc")]
    public static nint Cbc256() => Cbc(ref s_cbc256, 32);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpAes128Cfb8")]
    public static nint Cfb8x128() => Cfb(ref s_cfb8x128, 16, 8);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpAes192Cfb8")]
    public static nint Cfb8x192() => Cfb(ref s_cfb8x192, 24, 8);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpAes256Cfb8")]
    public static nint Cfb8x256() => Cfb(ref s_cfb8x256, 32, 8);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpAes128Cfb128")]
    public static nint Cfb128x128() => Cfb(ref s_cfb128x128, 16, 128);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpAes192Cfb128")]
    public static nint Cfb128x192() => Cfb(ref s_cfb128x192, 24, 128);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpAes256Cfb128")]
    public static nint Cfb128x256() => Cfb(ref s_cfb128x256, 32, 128);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpAes128Gcm")]
    public static nint Gcm128() => Gcm(ref s_gcm128, 16);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpAes192Gcm")]
    public static nint Gcm192() => Gcm(ref s_gcm192, 24);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpAes256Gcm")]
    public static nint Gcm256() => Gcm(ref s_gcm256, 32);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpChaCha20Poly1305")]
    public static nint ChaCha20Poly1305() => (s_chaCha ??= new CipherKind(32, () => new AuthenticatedCipherState(() => new ChaCha20Poly1305()))).Handle;

    private static nint Ecb(ref CipherKind? kind, int keySize) => (kind ??= new CipherKind(keySize, () => new BlockCipherState(new EcbBlockCipher(Aes())))).Handle;

    private static nint Cbc(ref CipherKind? kind, int keySize) => (kind ??= new CipherKind(keySize, () => new BlockCipherState(new CbcBlockCipher(Aes())))).Handle;

    private static nint Cfb(ref CipherKind? kind, int keySize, int bits) => (kind ??= new CipherKind(keySize, () => new BlockCipherState(new CfbBlockCipher(Aes(), bits)))).Handle;

    private static nint Gcm(ref CipherKind? kind, int keySize) => (kind ??= new CipherKind(keySize, () => new AuthenticatedCipherState(() => new GcmBlockCipher(Aes())))).Handle;

    // Hardware AES where the processor has it: BouncyCastle's other engine has look-up tables, whose timing tells of the key.
    private static IBlockCipher Aes() => AesUtilities.CreateEngine();
}
