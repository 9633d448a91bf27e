using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Unikernel.Binding;

namespace Unikernel.Cryptography;

/// <summary>
/// The hash functions, by the handles that stand for OpenSSL's EVP_MD. Each function is made in a method of its own that only its
/// entry point reaches through <see cref="Handle"/>, so that a program has the functions that it names.
/// </summary>
internal abstract class DigestKind
{
    private static readonly List<DigestKind> s_kinds = [];

    private nint _handle;

    /// <summary>Bytes of a digest; for extendable functions OpenSSL's default.</summary>
    public abstract int Size { get; }

    /// <summary>Bytes of a block, which HMAC pads keys to.</summary>
    public abstract int BlockSize { get; }

    /// <summary>A fresh state.</summary>
    public abstract IDigest Create();

    /// <summary>A copy of a state.</summary>
    public abstract IDigest Copy(IDigest digest);

    /// <summary>The handle that managed code holds; handles begin at 1.</summary>
    public nint Handle
    {
        get
        {
            if (_handle != 0)
                return _handle;
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
    public static DigestKind? Of(nint handle)
    {
        lock (s_kinds)
            return handle > 0 && handle <= s_kinds.Count ? s_kinds[(int)handle - 1] : null;
    }
}

/// <summary>A hash function of BouncyCastle.</summary>
internal sealed class DigestKind<T>(int size, int blockSize, Func<T> create, Func<T, T> copy) : DigestKind where T : IDigest
{
    public override int Size => size;

    public override int BlockSize => blockSize;

    public override IDigest Create() => create();

    public override IDigest Copy(IDigest digest) => copy((T)digest);
}

/// <summary>The functions that .NET names.</summary>
internal static class DigestKinds
{
    private const string OpenSsl = Libraries.OpenSsl;

    private static DigestKind? s_md5, s_sha1, s_sha256, s_sha384, s_sha512, s_sha3x256, s_sha3x384, s_sha3x512, s_shake128, s_shake256;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpMd5")]
    public static nint Md5() => (s_md5 ??= new DigestKind<MD5Digest>(16, 64, () => new MD5Digest(), d => new MD5Digest(d))).Handle;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpSha1")]
    public static nint Sha1() => (s_sha1 ??= new DigestKind<Sha1Digest>(20, 64, () => new Sha1Digest(), d => new Sha1Digest(d))).Handle;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpSha256")]
    public static nint Sha256() => (s_sha256 ??= new DigestKind<Sha256Digest>(32, 64, () => new Sha256Digest(), d => new Sha256Digest(d))).Handle;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpSha384")]
    public static nint Sha384() => (s_sha384 ??= new DigestKind<Sha384Digest>(48, 128, () => new Sha384Digest(), d => new Sha384Digest(d))).Handle;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpSha512")]
    public static nint Sha512() => (s_sha512 ??= new DigestKind<Sha512Digest>(64, 128, () => new Sha512Digest(), d => new Sha512Digest(d))).Handle;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpSha3_256")]
    public static nint Sha3x256() => (s_sha3x256 ??= new DigestKind<Sha3Digest>(32, 136, () => new Sha3Digest(256), d => new Sha3Digest(d))).Handle;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpSha3_384")]
    public static nint Sha3x384() => (s_sha3x384 ??= new DigestKind<Sha3Digest>(48, 104, () => new Sha3Digest(384), d => new Sha3Digest(d))).Handle;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpSha3_512")]
    public static nint Sha3x512() => (s_sha3x512 ??= new DigestKind<Sha3Digest>(64, 72, () => new Sha3Digest(512), d => new Sha3Digest(d))).Handle;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpShake128")]
    public static nint Shake128() => (s_shake128 ??= new DigestKind<ShakeDigest>(16, 168, () => new ShakeDigest(128), d => new ShakeDigest(d))).Handle;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpShake256")]
    public static nint Shake256() => (s_shake256 ??= new DigestKind<ShakeDigest>(32, 136, () => new ShakeDigest(256), d => new ShakeDigest(d))).Handle;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpMdSize")]
    public static int GetSize(nint handle) => DigestKind.Of(handle)?.Size ?? -1;
}

/// <summary>The native library whose entry points this assembly provides.</summary>
internal static class Libraries
{
    public const string OpenSsl = "libSystem.Security.Cryptography.Native.OpenSsl";
}
