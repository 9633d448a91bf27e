using System.Runtime.InteropServices;
using Org.BouncyCastle.Crypto;
using Unikernel.Binding;

namespace Unikernel.Cryptography;

/// <summary>EVP_MD_CTX: a hash in progress. 1 is success, 0 failure, as in OpenSSL.</summary>
internal static unsafe class DigestEntryPoints
{
    private const string OpenSsl = Libraries.OpenSsl;

    private sealed class Context(DigestKind kind, IDigest digest)
    {
        public DigestKind Kind { get; } = kind;

        public IDigest Digest { get; } = digest;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpMdCtxCreate")]
    public static nint Create(nint kind) =>
        DigestKind.Of(kind) is { } known ? NativeHandle.Allocate(new Context(known, known.Create())) : 0;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpMdCtxCopyEx")]
    public static nint Copy(nint handle)
    {
        var context = NativeHandle.Get<Context>(handle);
        return NativeHandle.Allocate(new Context(context.Kind, context.Kind.Copy(context.Digest)));
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpMdCtxDestroy")]
    public static void Destroy(nint handle) => NativeHandle.Free(handle);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpDigestReset")]
    public static int Reset(nint handle, nint kind)
    {
        NativeHandle.Get<Context>(handle).Digest.Reset();
        return 1;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpDigestUpdate")]
    public static int Update(nint handle, byte* data, int length)
    {
        NativeHandle.Get<Context>(handle).Digest.BlockUpdate(new ReadOnlySpan<byte>(data, length));
        return 1;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpDigestFinalEx")]
    public static int Final(nint handle, byte* digest, uint* length)
    {
        var context = NativeHandle.Get<Context>(handle);
        return Finish(context.Kind, context.Digest, digest, length);
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpDigestCurrent")]
    public static int Current(nint handle, byte* digest, uint* length)
    {
        var context = NativeHandle.Get<Context>(handle);
        return Finish(context.Kind, context.Kind.Copy(context.Digest), digest, length);
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpDigestOneShot")]
    public static int OneShot(nint kind, byte* source, int sourceLength, byte* digest, uint* length)
    {
        if (DigestKind.Of(kind) is not { } known)
            return 0;
        IDigest state = known.Create();
        state.BlockUpdate(new ReadOnlySpan<byte>(source, sourceLength));
        return Finish(known, state, digest, length);
    }

    private static int Finish(DigestKind kind, IDigest state, byte* digest, uint* length)
    {
        if (*length < (uint)kind.Size)
            return 0;
        *length = (uint)state.DoFinal(new Span<byte>(digest, kind.Size));
        return 1;
    }

    // ---- extendable output (SHAKE) ----

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpDigestXOFOneShot")]
    public static int ExtendableOneShot(nint kind, byte* source, int sourceLength, byte* output, uint length)
    {
        if (DigestKind.Of(kind)?.Create() is not IXof state)
            return 0;
        state.BlockUpdate(new ReadOnlySpan<byte>(source, sourceLength));
        state.OutputFinal(new Span<byte>(output, (int)length));
        return 1;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpDigestFinalXOF")]
    public static int ExtendableFinal(nint handle, byte* output, uint length)
    {
        if (NativeHandle.Get<Context>(handle).Digest is not IXof state)
            return 0;
        state.OutputFinal(new Span<byte>(output, (int)length));
        return 1;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpDigestCurrentXOF")]
    public static int ExtendableCurrent(nint handle, byte* output, uint length)
    {
        var context = NativeHandle.Get<Context>(handle);
        if (context.Kind.Copy(context.Digest) is not IXof state)
            return 0;
        state.OutputFinal(new Span<byte>(output, (int)length));
        return 1;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_EvpDigestSqueeze")]
    public static int ExtendableSqueeze(nint handle, byte* output, uint length, int* haveFeature)
    {
        *haveFeature = 1;
        if (NativeHandle.Get<Context>(handle).Digest is not IXof state)
            return 0;
        state.Output(new Span<byte>(output, (int)length));
        return 1;
    }
}

/// <summary>Objects behind the pointers that managed code holds in SafeHandles.</summary>
internal static class NativeHandle
{
    public static nint Allocate(object target) => GCHandle.ToIntPtr(GCHandle.Alloc(target));

    public static T Get<T>(nint handle) where T : class => (T)GCHandle.FromIntPtr(handle).Target!;

    public static void Free(nint handle)
    {
        if (handle != 0)
            GCHandle.FromIntPtr(handle).Free();
    }
}
