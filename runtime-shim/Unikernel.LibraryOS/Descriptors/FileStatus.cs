using System.Runtime.InteropServices;

namespace Unikernel.LibraryOS;

/// <summary>
/// The portable result of stat (struct FileStatus in src/native/libs/System.Native/pal_io.h). Times are seconds and nanoseconds
/// since 1970.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct FileStatus
{
#pragma warning disable CS1591 // the names of struct stat
    public int Flags; // 1: BirthTime is valid
    public int Mode;
    public uint Uid;
    public uint Gid;
    public long Size;
    public long ATime;
    public long ATimeNsec;
    public long MTime;
    public long MTimeNsec;
    public long CTime;
    public long CTimeNsec;
    public long BirthTime;
    public long BirthTimeNsec;
    public long Dev;
    public long RDev;
    public long Ino;
    public uint UserFlags;
#pragma warning restore CS1591
}

/// <summary>The type bits of <see cref="FileStatus.Mode"/> (POSIX.1-2017, sys/stat.h; values of Linux).</summary>
public static class FileMode
{
#pragma warning disable CS1591
    public const int TypeMask = 0xF000;
    public const int Fifo = 0x1000;
    public const int CharacterDevice = 0x2000;
    public const int Directory = 0x4000;
    public const int Regular = 0x8000;
    public const int SymbolicLink = 0xA000;
    public const int Socket = 0xC000;
#pragma warning restore CS1591
}
