using Unikernel.Binding;
using Unikernel.FileSystem;

namespace Unikernel.LibraryOS;

/// <summary>inotify, as far as FileSystemWatcher needs it to start, stay silent and stop.</summary>
internal static unsafe class WatcherEntryPoints
{
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_INotifyInit")]
    public static nint Create() => Errno.Return(DescriptorTable.Add(new WatcherFile()));

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_INotifyAddWatch")]
    public static int Add(nint descriptor, byte* path, uint mask)
    {
        if (DescriptorTable.Find(descriptor) is not WatcherFile watcher)
            return Errno.Return(-Errno.EBADF);
        string text = PathText.Read(path);
        int error = ProgramFiles.Tree.Find(text, followLast: true, out _);
        return Errno.Return(error < 0 ? error : watcher.AddWatch(text));
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_INotifyRemoveWatch")]
    public static int Remove(nint descriptor, int watch) =>
        Errno.Return(DescriptorTable.Find(descriptor) is WatcherFile watcher ? watcher.RemoveWatch(watch) : -Errno.EBADF);
}
