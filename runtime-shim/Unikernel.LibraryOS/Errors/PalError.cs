using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// Conversion between Linux's error numbers and the portable ones of the base class library (Interop.Error in
/// src/libraries/Common/src/Interop/Unix/Interop.Errors.cs), which are 0x10000 plus the index in an alphabetical list.
/// </summary>
internal static class PalError
{
    public const int Success = 0;
    private const int Base = 0x10000;
    private const int NonStandard = 0x1FFFF;

    // Errors that managed code makes up itself; they cross the conversion unharmed as negative numbers
    // (src/native/libs/Common/pal_error_common.h).
    public const int HostNotFound = 0x20001;
    public const int SocketError = 0x20002;

    // Index: Linux's number. Value: the portable number minus Base; 0: the portable list does not have it.
    private static ReadOnlySpan<byte> FromLinux =>
    [
        0x00, 0x42, 0x2D, 0x4A, 0x1B, 0x1D, 0x3F, 0x01, 0x2E, 0x08, 0x0C, 0x06, 0x31, 0x02, 0x15, 0x00,
        0x0A, 0x14, 0x4F, 0x2C, 0x39, 0x1F, 0x1C, 0x29, 0x21, 0x3E, 0x4E, 0x16, 0x34, 0x49, 0x48, 0x22,
        0x43, 0x12, 0x47, 0x10, 0x25, 0x2F, 0x37, 0x3A, 0x20, 0x00, 0x32, 0x18, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x71, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x30, 0x00, 0x00, 0x00, 0x44, 0x24, 0x00, 0x09, 0x40, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x19, 0x00, 0x00, 0x00, 0x3C, 0x11, 0x23, 0x46, 0x33, 0x45, 0x5E, 0x3D,
        0x60, 0x05, 0x03, 0x04, 0x26, 0x28, 0x27, 0x0D, 0x0F, 0x2A, 0x1E, 0x38, 0x6C, 0x00, 0x4D, 0x0E,
        0x70, 0x17, 0x07, 0x1A, 0x4B, 0x00, 0x00, 0x00, 0x00, 0x00, 0x13, 0x00, 0x00, 0x0B, 0x00, 0x00,
        0x00, 0x00, 0x41, 0x3B, 0x00, 0x00,
    ];

    /// <summary>The portable error of a result that follows the convention of <see cref="Errno"/>.</summary>
    public static int FromResult(long result) => result >= 0 ? Success : FromErrno((int)-result);

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_ConvertErrorPlatformToPal")]
    public static int FromErrno(int errno)
    {
        if (errno == 0)
            return Success;
        if (errno is -HostNotFound or -SocketError)
            return -errno;
        int index = (uint)errno < (uint)FromLinux.Length ? FromLinux[errno] : 0;
        return index == 0 ? NonStandard : Base + index;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_ConvertErrorPalToPlatform")]
    public static int ToErrno(int error)
    {
        if (error == Success)
            return 0;
        if (error is HostNotFound or SocketError)
            return -error;
        int index = error - Base;
        int errno = (uint)(index - 1) < byte.MaxValue ? FromLinux.IndexOf((byte)index) : -1;
        return errno; // -1: managed code asserts that it never asks for one that the platform lacks
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetErrNo")]
    public static int GetErrno() => Core.ErrorNumber;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetErrNo")]
    public static void SetErrno(int value) => Core.ErrorNumber = value;
}
