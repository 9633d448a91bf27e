using System.Runtime.InteropServices;
using Xunit;

namespace Unikernel.LibraryOS.Tests;

/// <summary>The inotify instance that never fires: what FileSystemWatcher does with it.</summary>
public sealed class WatcherTests
{
    [Fact]
    public void Same_path_same_watch()
    {
        var watcher = new WatcherFile();
        int first = watcher.AddWatch("/tmp"), second = watcher.AddWatch("/app");
        Assert.Equal(first, watcher.AddWatch("/tmp"));
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void End_of_a_watch_reaches_a_blocked_reader()
    {
        var watcher = new WatcherFile();
        int watch = watcher.AddWatch("/tmp");
        byte[] buffer = new byte[64];
        Task<long> read = Task.Run(() => watcher.Read(buffer));
        Assert.Equal(0, watcher.RemoveWatch(watch));
        Assert.Equal(16, read.Result);
        Assert.Equal(watch, MemoryMarshal.Read<int>(buffer));
        Assert.Equal(0x8000u, MemoryMarshal.Read<uint>(buffer.AsSpan(4)));
        Assert.Equal(-Errno.EINVAL, watcher.RemoveWatch(watch));
    }

    [Fact]
    public void Without_an_event_a_non_blocking_read_says_so()
    {
        var watcher = new WatcherFile { NonBlocking = true };
        watcher.AddWatch("/tmp");
        Assert.Equal(-Errno.EAGAIN, watcher.Read(new byte[64]));
        Assert.Equal(-Errno.EINVAL, watcher.Read(new byte[8]));
    }
}
