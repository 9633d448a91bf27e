using System.Runtime.CompilerServices;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// Watching files, as every host does with its appsettings.json: nobody but the program can change them here, and most programs do not. So it begins, with
/// its thread and its look into all folders, before the first change of any file.
/// </summary>
internal static class WatcherReplacements
{
    private static readonly Lock s_lock = new();
    private static List<FileSystemWatcher> s_waiting = [];

    [Replaces("System.IO.FileSystem.Watcher", "System.IO.FileSystemWatcher", "StartRaisingEventsIfNotDisposed", Fingerprint = "11777c39250f96b2",
        Why = "it starts a thread that waits for changes, which only the program itself can make")]
    public static void Start(FileSystemWatcher watcher)
    {
        ObjectDisposedException.ThrowIf(IsDisposed(watcher), watcher);
        // Reading is a change for those who watch it; and what can not be watched is said now.
        if ((watcher.NotifyFilter & NotifyFilters.LastAccess) != 0 || !Directory.Exists(watcher.Path))
        {
            StartNow(watcher);
            return;
        }

        IsEnabled(watcher) = true;
        lock (s_lock)
        {
            s_waiting.RemoveAll(other => other == watcher || !IsWanted(other));
            s_waiting.Add(watcher);
            ProgramFiles.Tree.BeforeChange = StartAll;
        }
    }

    private static void StartAll()
    {
        List<FileSystemWatcher> waiting;
        lock (s_lock)
        {
            waiting = s_waiting;
            s_waiting = [];
        }

        foreach (FileSystemWatcher watcher in waiting)
        {
            if (IsWanted(watcher))
                StartNow(watcher);
        }
    }

    // Neither stopped nor disposed since.
    private static bool IsWanted(FileSystemWatcher watcher) => IsEnabled(watcher) && !IsDisposed(watcher);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "StartRaisingEvents")]
    private static extern void StartNow(FileSystemWatcher watcher);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_enabled")]
    private static extern ref bool IsEnabled(FileSystemWatcher watcher);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_disposed")]
    private static extern ref bool IsDisposed(FileSystemWatcher watcher);
}
