using System.Runtime.InteropServices;
using System.Text;
using Unikernel.FileSystem;

namespace Unikernel.LibraryOS;

/// <summary>
/// An inotify instance (inotify(7)): the events of the nodes that it watches. Only the program itself changes files, and only those in memory; a watch
/// on files of the image is valid and stays silent.
/// </summary>
internal sealed class WatcherFile : OpenFile
{
    // struct inotify_event without a name: wd, mask, cookie, len. A name is filled up to a multiple of that (fs/notify/inotify/inotify_user.c).
    private const int EventSize = 16;
    private const uint AllEvents = 0xFFF;    // IN_ALL_EVENTS
    private const uint QueueFull = 0x4000;   // IN_Q_OVERFLOW
    private const uint WatchEnded = 0x8000;  // IN_IGNORED
    private const uint AddToMask = 0x2000_0000; // IN_MASK_ADD
    private const int LongestQueue = 16384;  // max_queued_events
    private const int AnyWatch = -1;

    private sealed class WatchedNode(int number, Node node)
    {
        public int Number { get; } = number;
        public Node Node { get; } = node;
        public uint Mask { get; set; }
    }

    private readonly record struct Event(int Watch, uint Mask, uint Cookie, string? Name)
    {
        public int Length => EventSize + (Name is null ? 0 : (Encoding.UTF8.GetByteCount(Name) + EventSize) / EventSize * EventSize);
    }

    private readonly Dictionary<Node, WatchedNode> _watches = [];
    private readonly Queue<Event> _events = [];
    private Event _newest;
    private int _lastWatch;
    private bool _closed;

    /// <summary>Watches a node: the same number for the same node.</summary>
    public int AddWatch(Node node, uint mask)
    {
        lock (_watches)
        {
            if (!_watches.TryGetValue(node, out WatchedNode? watch))
                _watches[node] = watch = new WatchedNode(++_lastWatch, node);
            watch.Mask = ((mask & AddToMask) != 0 ? watch.Mask : 0) | (mask & AllEvents);
            return watch.Number;
        }
    }

    /// <summary>Ends a watch; its reader is told.</summary>
    public int RemoveWatch(int number)
    {
        lock (_watches)
        {
            WatchedNode? watch = null;
            foreach (WatchedNode each in _watches.Values)
            {
                if (each.Number == number)
                    watch = each;
            }

            if (watch is null)
                return -Errno.EINVAL;
            End(watch);
        }

        NotifyReadiness();
        return 0;
    }

    /// <summary>Something happened to a node; most often one that is not watched here.</summary>
    public void Add(Node node, string? name, FileChange change, uint cookie)
    {
        lock (_watches)
        {
            if (!_watches.TryGetValue(node, out WatchedNode? watch))
                return;
            if (((uint)change & watch.Mask) != 0)
                Add(new Event(watch.Number, (uint)change, cookie, name));
            if ((change & FileChange.SelfRemoved) != 0)
                End(watch);
        }

        NotifyReadiness();
    }

    private void End(WatchedNode watch)
    {
        _watches.Remove(watch.Node);
        Add(new Event(watch.Number, WatchEnded, 0, null));
    }

    // What says the same as the newest that nobody has read is not said twice.
    private void Add(Event happened)
    {
        if (_events.Count > 0 && happened.Mask != WatchEnded && (happened with { Cookie = 0 }) == (_newest with { Cookie = 0 }))
            return;
        if (_events.Count >= LongestQueue)
            happened = new Event(AnyWatch, QueueFull, 0, null);
        if (_events.Count > LongestQueue)
            return;
        _events.Enqueue(happened);
        _newest = happened;
        Monitor.PulseAll(_watches);
    }

    public override long Read(Span<byte> buffer)
    {
        lock (_watches)
        {
            while (_events.Count == 0)
            {
                if (_closed)
                    return -Errno.EBADF;
                if (NonBlocking)
                    return -Errno.EAGAIN;
                Monitor.Wait(_watches);
            }

            int length = 0;
            while (_events.TryPeek(out Event next) && next.Length <= buffer.Length - length)
            {
                _events.Dequeue();
                Span<byte> place = buffer.Slice(length, next.Length);
                place.Clear();
                Span<uint> fields = MemoryMarshal.Cast<byte, uint>(place[..EventSize]);
                fields[0] = (uint)next.Watch;
                fields[1] = next.Mask;
                fields[2] = next.Cookie;
                fields[3] = (uint)(next.Length - EventSize);
                if (next.Name is not null)
                    Encoding.UTF8.GetBytes(next.Name, place[EventSize..]);
                length += next.Length;
            }

            return length == 0 ? -Errno.EINVAL : length;
        }
    }

    public override Readiness Readiness
    {
        get
        {
            lock (_watches)
                return _events.Count > 0 ? Readiness.Readable : 0;
        }
    }

    public override int GetStatus(out FileStatus status)
    {
        status = new FileStatus { Mode = 0x180 }; // an anonymous inode: no type, read and write for the owner
        return 0;
    }

    protected override void OnClosed()
    {
        Watchers.Remove(this);
        lock (_watches)
        {
            _closed = true;
            Monitor.PulseAll(_watches);
        }
    }
}
