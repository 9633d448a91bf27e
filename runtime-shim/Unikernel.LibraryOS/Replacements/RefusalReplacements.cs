using Microsoft.Win32.SafeHandles;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// What no unikernel has and the framework would report as an error of a file or of a library: refused with the same words as an entry point that is
/// absent, so that an exception leads to the page that explains it.
/// </summary>
internal static class RefusalReplacements
{
    private const int AnonymousMap = 0x10; // MemoryMappedFlags.MAP_ANONYMOUS

    [Replaces("System.IO.MemoryMappedFiles", "Interop/Sys", "MMap", Fingerprint = "54261bea3ea57278",
        Why = "memory of its own is there, but no file can be mapped, which would be reported as 'No such device'")]
    public static nint Map(nint address, ulong length, int protection, int flags, SafeFileHandle file, long offset) => (flags & AnonymousMap) == 0
        ? throw Refused("System.IO.MemoryMappedFiles.MemoryMappedFile (SystemNative_MMap of a file)")
        : Core.MapMemory(address, length, protection, flags, -1, offset);

    [Replaces("System.Security.Cryptography", "System.Security.Cryptography.AesCcm", "get_IsSupported", Fingerprint = "99658c3b120b510a",
        Why = "it takes it for granted where there is an OpenSSL, and CCM is not bound")]
    public static bool IsCcmSupported() => false;

    [Replaces("System.Security.Cryptography", "System.Security.Cryptography.AesCcm", "ThrowIfNotSupported", Fingerprint = "30a9fe5f01a95a05",
        Why = "CCM is not bound, and the exception names the page that says so")]
    public static void RefuseCcm() => throw Refused("System.Security.Cryptography.AesCcm");

    internal static PlatformNotSupportedException Refused(string what) =>
        new(what + " is not available on a unikernel. See https://github.com/dotnet-unikernel/toolchain/blob/main/docs/rules/UKN1001.md");
}
