using System.Runtime.InteropServices;

namespace Unikernel.LibraryOS;

/// <summary>
/// An inotify instance (inotify(7)) on which nothing ever happens but the end of a watch: only the program itself can change its
/// files. A FileSystemWatcher starts and stops on it, as configuration files with reloadOnChange make it do, and stays silent.
/// </summary>
internal sealed class WatcherFile : OpenFile
{
    // struct inotify_event without a name: wd, mask, cookie, len
    private const int EventSize = 16;
    private const uint WatchEnded = 0x8000; // IN_IGNORED

    private readonly Dictionary<string, int> _watches = [];
    private readonly Queue<int> _ended = [];
    private int _lastWatch;
    private bool _closed;

    /// <summary>Watches a path: the same descriptor for the same path.</summary>
    public int AddWatch(string path)
    {
        lock (_watches)
        {
            if (!_watches.TryGetValue(path, out int watch))
                _watches[path] = watch = ++_lastWatch;
            return watch;
        }
    }

    /// <summary>Ends a watch; its reader is told.</summary>
    public int RemoveWatch(int watch)
    {
        lock (_watches)
        {
            string? path = null;
            foreach (KeyValuePair<string, int> entry in _watches)
            {
                if (entry.Value == watch)
                    path = entry.Key;
            }

            if (path is null)
                return -Errno.EINVAL;
            _watches.Remove(path);
            _ended.Enqueue(watch);
            Monitor.PulseAll(_watches);
        }

        NotifyReadiness();
        return 0;
    }

    public override long Read(Span<byte> buffer)
    {
        if (buffer.Length < EventSize)
            return -Errno.EINVAL;
        lock (_watches)
        {
            while (_ended.Count == 0)
            {
                if (_closed)
                    return -Errno.EBADF;
                if (NonBlocking)
                    return -Errno.EAGAIN;
                Monitor.Wait(_watches);
            }

            int length = 0;
            while (buffer.Length - length >= EventSize && _ended.TryDequeue(out int watch))
            {
                Span<uint> fields = MemoryMarshal.Cast<byte, uint>(buffer.Slice(length, EventSize));
                fields.Clear();
                fields[0] = (uint)watch;
                fields[1] = WatchEnded;
                length += EventSize;
            }

            return length;
        }
    }

    public override Readiness Readiness
    {
        get
        {
            lock (_watches)
                return _ended.Count > 0 ? Readiness.Readable : 0;
        }
    }

    public override int GetStatus(out FileStatus status)
    {
        status = new FileStatus { Mode = 0x180 }; // an anonymous inode: no type, read and write for the owner
        return 0;
    }

    protected override void OnClosed()
    {
        lock (_watches)
        {
            _closed = true;
            Monitor.PulseAll(_watches);
        }
    }
}
