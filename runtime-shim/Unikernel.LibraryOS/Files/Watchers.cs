using Unikernel.FileSystem;

namespace Unikernel.LibraryOS;

/// <summary>All inotify instances: what the file tree reports goes to each. A program that makes none has no listener, and none of this in its image.</summary>
internal sealed class Watchers : IFileTreeListener
{
    private static readonly Lock s_lock = new();
    private static WatcherFile[] s_files = [];

    /// <summary>From now on an instance sees what happens.</summary>
    public static void Add(WatcherFile file)
    {
        lock (s_lock)
        {
            s_files = [.. s_files, file];
            ProgramFiles.Tree.Listener ??= new Watchers();
        }
    }

    /// <summary>The instance is closed.</summary>
    public static void Remove(WatcherFile file)
    {
        lock (s_lock)
        {
            s_files = Array.FindAll(s_files, each => each != file);
            if (s_files.Length == 0)
                ProgramFiles.Tree.Listener = null;
        }
    }

    public void Changed(Node watched, string? name, FileChange change, uint cookie)
    {
        foreach (WatcherFile file in Volatile.Read(ref s_files))
            file.Add(watched, name, change, cookie);
    }
}
