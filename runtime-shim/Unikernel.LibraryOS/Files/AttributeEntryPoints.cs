using System.Runtime.InteropServices;
using Unikernel.Binding;
using Unikernel.FileSystem;

namespace Unikernel.LibraryOS;

/// <summary>Permissions, times and locks of files.</summary>
internal static unsafe class AttributeEntryPoints
{
    private const int PermissionMask = 0xFFF;
    private const int LockShared = 1;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    public const int LockRelease = 8;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_ChMod")]
    public static int ChangeMode(byte* path, int mode)
    {
        int error = ProgramFiles.Tree.Find(PathText.Read(path), followLast: true, out Node? node);
        return Errno.Return(error < 0 ? error : SetPermissions(node!, mode));
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FChMod")]
    public static int ChangeMode(nint descriptor, int mode) => Errno.Return(DescriptorTable.Find(descriptor) switch
    {
        null => -Errno.EBADF,
        TreeFile file => SetPermissions(file.Node, mode),
        _ => 0,
    });

    private static int SetPermissions(Node node, int mode)
    {
        if (node.Volume.IsReadOnly)
            return -Errno.EROFS;
        ProgramFiles.Tree.Change();
        node.Permissions = mode & PermissionMask;
        node.Changed = DateTime.UtcNow;
        ProgramFiles.Tree.Report(node, FileChange.Attributes);
        return 0;
    }

    /// <summary>struct TimeSpec of pal_time.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;

        public readonly DateTime Time => DateTime.UnixEpoch.AddTicks(Seconds * TimeSpan.TicksPerSecond + Nanoseconds / 100);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_UTimensat")]
    public static int SetTimes(byte* path, TimeSpec* times)
    {
        int error = ProgramFiles.Tree.Find(PathText.Read(path), followLast: false, out Node? node);
        return Errno.Return(error < 0 ? error : SetTimes(node!, times));
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FUTimens")]
    public static int SetTimes(nint descriptor, TimeSpec* times) => Errno.Return(DescriptorTable.Find(descriptor) switch
    {
        null => -Errno.EBADF,
        TreeFile file => SetTimes(file.Node, times),
        _ => 0,
    });

    private static int SetTimes(Node node, TimeSpec* times)
    {
        if (node.Volume.IsReadOnly)
            return -Errno.EROFS;
        ProgramFiles.Tree.Change();
        node.Accessed = times[0].Time;
        node.Modified = times[1].Time;
        node.Changed = DateTime.UtcNow;
        ProgramFiles.Tree.Report(node, FileChange.Attributes);
        return 0;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FLock")]
    public static int Lock(nint descriptor, int operation)
    {
        if (DescriptorTable.Find(descriptor) is not { } open)
            return Errno.Return(-Errno.EBADF);
        if (open is not TreeFile file)
            return 0;
        bool exclusive = (operation & LockExclusive) != 0;
        if ((operation & LockRelease) != 0)
            file.Node.Lock.Release(file);
        else if ((operation & (LockShared | LockExclusive)) == 0)
            return Errno.Return(-Errno.EINVAL);
        else if ((operation & LockNonBlocking) == 0)
            file.Node.Lock.Acquire(file, exclusive);
        else if (!file.Node.Lock.TryAcquire(file, exclusive))
            return Errno.Return(-Errno.EAGAIN);
        return 0;
    }

    /// <summary>fcntl locks keep processes apart; within one they never conflict.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_LockFileRegion")]
    public static int LockRegion(nint descriptor, long offset, long length, short type) =>
        Errno.Return(DescriptorTable.Find(descriptor) is null ? -Errno.EBADF : 0);

    // Flags of BSD file systems: Linux has none of them either (pal_io.c).
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_LChflagsCanSetHiddenFlag")]
    public static int CanSetHiddenFlag() => 0;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_CanGetHiddenFlag")]
    public static int CanGetHiddenFlag() => 0;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_LChflags")]
    public static int SetFlags(byte* path, uint flags) => Errno.Return(-Errno.EOPNOTSUPP);

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FChflags")]
    public static int SetFlags(nint descriptor, uint flags) => Errno.Return(-Errno.EOPNOTSUPP);
}
