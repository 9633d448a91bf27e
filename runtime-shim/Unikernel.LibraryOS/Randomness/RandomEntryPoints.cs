using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>Random numbers. The core's pool is seeded from the CPU; the network adds what the virtio entropy device gives when it comes up.</summary>
internal static unsafe class RandomEntryPoints
{
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetCryptographicallySecureRandomBytes")]
    public static int GetCryptographicallySecureRandomBytes(byte* buffer, int length)
    {
        Core.FillEntropy(new Span<byte>(buffer, length));
        return 0;
    }

    /// <summary>Seeds of Random and of string hash codes. Good numbers cost the same here.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetNonCryptographicallySecureRandomBytes")]
    public static void GetNonCryptographicallySecureRandomBytes(byte* buffer, int length) =>
        Core.FillEntropy(new Span<byte>(buffer, length));
}
