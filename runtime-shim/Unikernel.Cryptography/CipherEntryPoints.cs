using Unikernel.Binding;

namespace Unikernel.Cryptography;

/// <summary>EVP_CIPHER_CTX. 1 is success, 0 failure, as in OpenSSL.</summary>
internal static unsafe class CipherEntryPoints
{
    private const string OpenSsl = Libraries.OpenSsl;
    private const int NoChange = -1; // EvpCipherDirection

    private sealed class Context(CipherKind kind)
    {
        public CipherKind Kind { get; } = kind;

        public CipherState State { get; } = kind.Create();
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpCipherCreatePartial")]
    public static nint CreatePartial(nint kind) => CipherKind.Of(kind) is { } known ? NativeHandle.Allocate(new Context(known)) : 0;

    /// <param name="kind">The cipher.</param>
    /// <param name="key">The key.</param>
    /// <param name="keyLength">Its bits; only what the cipher names, since ciphers of variable length (RC2) are not here.</param>
    /// <param name="vector">The initialisation vector, or null.</param>
    /// <param name="encrypt">1 or 0.</param>
    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpCipherCreate2")]
    public static nint Create(nint kind, byte* key, int keyLength, byte* vector, int encrypt)
    {
        if (CipherKind.Of(kind) is not { } known || (keyLength > 0 && keyLength != known.KeySize * 8))
            return 0;
        var context = new Context(known);
        Initialize(context, key, vector, encrypt);
        return NativeHandle.Allocate(context);
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpCipherSetKeyAndIV")]
    public static int SetKeyAndVector(nint handle, byte* key, byte* vector, int encrypt)
    {
        Initialize(NativeHandle.Get<Context>(handle), key, vector, encrypt);
        return 1;
    }

    private static void Initialize(Context context, byte* key, byte* vector, int encrypt) => context.State.Initialize(
        new ReadOnlySpan<byte>(key, key == null ? 0 : context.Kind.KeySize),
        new ReadOnlySpan<byte>(vector, vector == null ? 0 : context.State.VectorSize),
        encrypt == NoChange ? null : encrypt != 0);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpCipherDestroy")]
    public static void Destroy(nint handle) => NativeHandle.Free(handle);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpCipherReset")]
    public static int Reset(nint handle, byte* vector, int vectorLength)
    {
        CipherState state = NativeHandle.Get<Context>(handle).State;
        if (vectorLength > 0)
            state.Initialize([], new ReadOnlySpan<byte>(vector, vectorLength), null);
        else
            state.Reset();
        return 1;
    }

    /// <summary>Managed code pads by itself and switches OpenSSL's padding off.</summary>
    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpCipherCtxSetPadding")]
    public static int SetPadding(nint handle, int padding) => padding == 0 ? 1 : 0;

    /// <summary>Without an output it is associated data.</summary>
    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpCipherUpdate")]
    public static int Update(nint handle, byte* output, int* written, byte* input, int length)
    {
        CipherState state = NativeHandle.Get<Context>(handle).State;
        *written = 0;
        var data = new ReadOnlySpan<byte>(input, length);
        if (output == null && state is AuthenticatedCipherState authenticated)
        {
            authenticated.Associate(data);
            return 1;
        }

        int count = state.Update(data, new Span<byte>(output, length));
        *written = Math.Max(count, 0);
        return count < 0 ? 0 : 1;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpCipherFinalEx")]
    public static int Finish(nint handle, byte* output, int* written)
    {
        *written = 0;
        return NativeHandle.Get<Context>(handle).State.Finish() ? 1 : 0;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpCipherSetGcmNonceLength")]
    public static int SetNonceLength(nint handle, int length)
    {
        if (NativeHandle.Get<Context>(handle).State is not AuthenticatedCipherState state || length <= 0)
            return 0;
        state.NonceSize = length;
        return 1;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpCipherGetGcmTag")]
    public static int GetTag(nint handle, byte* tag, int length) =>
        NativeHandle.Get<Context>(handle).State is AuthenticatedCipherState state && state.TryGetTag(new Span<byte>(tag, length)) ? 1 : 0;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpCipherSetGcmTag")]
    public static int SetTag(nint handle, byte* tag, int length)
    {
        if (NativeHandle.Get<Context>(handle).State is not AuthenticatedCipherState state || length is < 1 or > 16)
            return 0;
        state.SetTag(new ReadOnlySpan<byte>(tag, length));
        return 1;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpCipherGetAeadTag")]
    public static int GetAeadTag(nint handle, byte* tag, int length) => GetTag(handle, tag, length);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpCipherSetAeadTag")]
    public static int SetAeadTag(nint handle, byte* tag, int length) => SetTag(handle, tag, length);
}
