using System.Buffers.Binary;
using Unikernel.Binding;

namespace Unikernel.Cryptography;

/// <summary>HMAC_CTX and PBKDF2. 1 is success, 0 failure, as in OpenSSL.</summary>
internal static unsafe class HmacEntryPoints
{
    private const string OpenSsl = Libraries.OpenSsl;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_HmacCreate")]
    public static nint Create(byte* key, int length, nint kind) =>
        DigestKind.Of(kind) is { } known ? NativeHandle.Allocate(new HmacState(known, new ReadOnlySpan<byte>(key, length))) : 0;

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_HmacDestroy")]
    public static void Destroy(nint handle) => NativeHandle.Free(handle);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_HmacReset")]
    public static int Reset(nint handle)
    {
        NativeHandle.Get<HmacState>(handle).Reset();
        return 1;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_HmacUpdate")]
    public static int Update(nint handle, byte* data, int length)
    {
        NativeHandle.Get<HmacState>(handle).Append(new ReadOnlySpan<byte>(data, length));
        return 1;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_HmacCopy")]
    public static nint Copy(nint handle) => NativeHandle.Allocate(NativeHandle.Get<HmacState>(handle).Copy());

    /// <summary>The caller resets before it uses the context again.</summary>
    [ProvidesEntryPoint(OpenSsl, "CryptoNative_HmacFinal")]
    public static int Final(nint handle, byte* destination, int* length) => Current(handle, destination, length);

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_HmacCurrent")]
    public static int Current(nint handle, byte* destination, int* length)
    {
        var state = NativeHandle.Get<HmacState>(handle);
        if (*length < state.Size)
            return 0;
        state.GetCurrent(new Span<byte>(destination, state.Size));
        *length = state.Size;
        return 1;
    }

    [ProvidesEntryPoint(OpenSsl, "CryptoNative_HmacOneShot")]
    public static int OneShot(nint kind, byte* key, int keyLength, byte* source, int sourceLength, byte* destination, int* length)
    {
        if (DigestKind.Of(kind) is not { } known || *length < known.Size)
            return 0;
        var state = new HmacState(known, new ReadOnlySpan<byte>(key, keyLength));
        state.Append(new ReadOnlySpan<byte>(source, sourceLength));
        state.GetCurrent(new Span<byte>(destination, known.Size));
        *length = known.Size;
        return 1;
    }

    /// <summary>PBKDF2 (RFC 8018, section 5.2).</summary>
    [ProvidesEntryPoint(OpenSsl, "CryptoNative_Pbkdf2")]
    public static int DeriveKey(
        byte* password, int passwordLength, byte* salt, int saltLength, int iterations, nint kind, byte* destination, int length)
    {
        if (DigestKind.Of(kind) is not { } known || iterations < 1)
            return 0;
        var keyed = new HmacState(known, new ReadOnlySpan<byte>(password, passwordLength));
        Span<byte> u = stackalloc byte[known.Size], t = stackalloc byte[known.Size], index = stackalloc byte[sizeof(int)];
        var output = new Span<byte>(destination, length);
        for (int block = 1; !output.IsEmpty; block++)
        {
            BinaryPrimitives.WriteInt32BigEndian(index, block);
            keyed.Reset();
            keyed.Append(new ReadOnlySpan<byte>(salt, saltLength));
            keyed.Append(index);
            keyed.GetCurrent(u);
            u.CopyTo(t);
            for (int i = 1; i < iterations; i++)
            {
                keyed.Reset();
                keyed.Append(u);
                keyed.GetCurrent(u);
                for (int j = 0; j < t.Length; j++)
                    t[j] ^= u[j];
            }

            int count = Math.Min(t.Length, output.Length);
            t[..count].CopyTo(output);
            output = output[count..];
        }

        return 1;
    }
}
