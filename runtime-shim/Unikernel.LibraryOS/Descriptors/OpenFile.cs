namespace Unikernel.LibraryOS;

/// <summary>
/// An open file description (POSIX.1-2017, 3.258): what one or more descriptors refer to. Each kind of object behind a
/// descriptor (console, pipe, file, directory, socket) is a subclass that overrides what it supports.
/// </summary>
/// <remarks>
/// Results follow <see cref="Errno"/>: a count or an offset, or a negated error number. Operations may be called by several
/// threads at once; a subclass locks for itself.
/// </remarks>
public abstract class OpenFile
{
    private int _references = 1;
    private IReadinessWatcher[] _watchers = [];

    /// <summary>O_NONBLOCK: an operation that would wait returns EAGAIN instead.</summary>
    public virtual bool NonBlocking { get; set; }

    /// <summary>Reads from the current position. 0: end of file.</summary>
    public virtual long Read(Span<byte> buffer) => -Errno.EBADF;

    /// <summary>Writes at the current position.</summary>
    public virtual long Write(ReadOnlySpan<byte> buffer) => -Errno.EBADF;

    /// <summary>Reads at an offset without moving the position.</summary>
    public virtual long ReadAt(Span<byte> buffer, long offset) => -Errno.ESPIPE;

    /// <summary>Writes at an offset without moving the position.</summary>
    public virtual long WriteAt(ReadOnlySpan<byte> buffer, long offset) => -Errno.ESPIPE;

    /// <summary>Moves the position and returns it.</summary>
    public virtual long Seek(long offset, SeekOrigin origin) => -Errno.ESPIPE;

    /// <summary>What <c>fstat</c> reports.</summary>
    public abstract int GetStatus(out FileStatus status);

    /// <summary>Sets the length of a file.</summary>
    public virtual int SetLength(long length) => -Errno.EINVAL;

    /// <summary>What can be done now without waiting. Files and devices that never wait are always ready.</summary>
    public virtual Readiness Readiness => Readiness.Readable | Readiness.Writable;

    /// <summary>Whether <see cref="NotifyReadiness"/> follows each change; if not, a waiter has to look from time to time.</summary>
    public virtual bool NotifiesReadiness => true;

    /// <summary>Tells those who hold the object without a descriptor, once, that its last one is closed: event ports.</summary>
    internal event Action<OpenFile>? Closed;

    /// <summary>No descriptor refers to this object any more.</summary>
    internal bool IsClosed => Volatile.Read(ref _references) == 0;

    /// <summary>The last descriptor is closed: release what the object holds.</summary>
    protected virtual void OnClosed() { }

    /// <summary>One more descriptor refers to this object. False: it was closed in the meantime.</summary>
    internal bool TryAddReference()
    {
        int seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            int found = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (found == seen)
                return true;
            seen = found;
        }

        return false;
    }

    /// <summary>A descriptor no longer refers to this object.</summary>
    internal void ReleaseReference()
    {
        if (Interlocked.Decrement(ref _references) != 0)
            return;
        OnClosed();
        Closed?.Invoke(this);
    }

    /// <summary>Adds a watcher. It sees each change after this call, so add first and look at <see cref="Readiness"/> then.</summary>
    public void Watch(IReadinessWatcher watcher)
    {
        IReadinessWatcher[] seen, changed;
        do
        {
            seen = Volatile.Read(ref _watchers);
            changed = [.. seen, watcher];
        }
        while (Interlocked.CompareExchange(ref _watchers, changed, seen) != seen);
    }

    /// <summary>Removes a watcher; a notification that is under way may still reach it.</summary>
    public void Unwatch(IReadinessWatcher watcher)
    {
        IReadinessWatcher[] seen, changed;
        do
        {
            seen = Volatile.Read(ref _watchers);
            int index = Array.IndexOf(seen, watcher);
            if (index < 0)
                return;
            changed = [.. seen.AsSpan(0, index), .. seen.AsSpan(index + 1)];
        }
        while (Interlocked.CompareExchange(ref _watchers, changed, seen) != seen);
    }

    /// <summary>To be called by a subclass after each change of its readiness, outside its lock.</summary>
    public void NotifyReadiness()
    {
        foreach (IReadinessWatcher watcher in Volatile.Read(ref _watchers))
            watcher.ReadinessChanged(this);
    }
}
