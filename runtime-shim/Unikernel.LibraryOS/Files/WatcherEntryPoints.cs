using Unikernel.Binding;
using Unikernel.FileSystem;

namespace Unikernel.LibraryOS;

/// <summary>inotify, as FileSystemWatcher uses it.</summary>
internal static unsafe class WatcherEntryPoints
{
    // The portable flags are Linux's (pal_io.h, NotifyEvents).
    private const uint OnlyDirectory = 0x0100_0000; // IN_ONLYDIR
    private const uint NoFollow = 0x0200_0000;      // IN_DONT_FOLLOW

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_INotifyInit")]
    public static nint Create()
    {
        var file = new WatcherFile();
        Watchers.Add(file);
        return Errno.Return(DescriptorTable.Add(file));
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_INotifyAddWatch")]
    public static int Add(nint descriptor, byte* path, uint mask)
    {
        if (DescriptorTable.Find(descriptor) is not WatcherFile watcher)
            return Errno.Return(-Errno.EBADF);
        int error = ProgramFiles.Tree.Find(PathText.Read(path), followLast: (mask & NoFollow) == 0, out Node? node);
        if (error >= 0 && (mask & OnlyDirectory) != 0 && node is not DirectoryNode)
            error = -Errno.ENOTDIR;
        return Errno.Return(error < 0 ? error : watcher.AddWatch(node!, mask));
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_INotifyRemoveWatch")]
    public static int Remove(nint descriptor, int watch) =>
        Errno.Return(DescriptorTable.Find(descriptor) is WatcherFile watcher ? watcher.RemoveWatch(watch) : -Errno.EBADF);
}
