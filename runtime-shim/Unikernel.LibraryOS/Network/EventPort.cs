using Unikernel.Net.Sockets;

namespace Unikernel.LibraryOS;

/// <summary>
/// What epoll is on Linux, edge-triggered: a queue of the sockets at which something became possible. The base class library
/// has one thread per port that takes from it.
/// </summary>
internal sealed class EventPort : OpenFile
{
    private readonly Queue<Registration> _ready = new();
    private readonly Dictionary<OpenFile, Registration> _registrations = new(ReferenceEqualityComparer.Instance);

    private readonly Action<OpenFile> _forget;

    // Threads in Wait that nobody has woken yet, under the lock of the queue: the base class library's one is mostly at work.
    private int _waiting;

    public EventPort() => _forget = Forget;

    /// <summary>How many files are registered.</summary>
    internal int Count
    {
        get
        {
            lock (_ready)
                return _registrations.Count;
        }
    }

    /// <summary>One socket's interest.</summary>
    private sealed class Registration(EventPort port, OpenFile file) : IReadinessWatcher
    {
        public OpenFile File { get; } = file;
        public Readiness Interest;
        public Readiness Pending;
        public nint Data;

        public void OnEdge(SocketReadiness changes) => port.Add(this, (Readiness)changes);

        public void ReadinessChanged(OpenFile file) => port.Add(this, file.Readiness);
    }

    /// <summary>Changes what is wanted of a file; none: forgets it. What is possible already is reported at once.</summary>
    public int Change(OpenFile file, Readiness interest, nint data)
    {
        Registration? registration;
        lock (_ready)
        {
            bool known = _registrations.TryGetValue(file, out registration);
            if (interest == Readiness.None)
            {
                if (!known)
                    return -Errno.ENOENT;
                _registrations.Remove(file);
                registration!.Interest = Readiness.None;
            }
            else if (!known)
            {
                _registrations.Add(file, registration = new Registration(this, file));
            }

            registration!.Interest = interest;
            registration.Data = data;
            if (known == (interest != Readiness.None))
                goto Watched;
        }

        // The base class library closes sockets without a word to the port: epoll(7) forgets a file with its last descriptor.
        if (interest == Readiness.None)
            file.Closed -= _forget;
        else
            file.Closed += _forget;
        if (file is SocketFile socket)
        {
            if (interest == Readiness.None)
                socket.Edge -= registration.OnEdge;
            else
                socket.Edge += registration.OnEdge;
        }
        else if (interest == Readiness.None)
        {
            file.Unwatch(registration);
        }
        else
        {
            file.Watch(registration);
        }

    Watched:
        if (interest != Readiness.None)
            Add(registration, file.Readiness);
        if (file.IsClosed)
            Forget(file); // closed by another thread in the meantime
        return 0;
    }

    private void Forget(OpenFile file)
    {
        lock (_ready)
        {
            if (_registrations.Remove(file, out Registration? registration))
                registration.Interest = Readiness.None;
        }
    }

    /// <summary>Waits until at least one file is ready and fills in as many as there is room for.</summary>
    public unsafe int Wait(EventPortEntryPoints.SocketEvent* events, int room)
    {
        lock (_ready)
        {
            int count = 0;
            while (true)
            {
                while (count < room && _ready.TryDequeue(out Registration? registration))
                {
                    Readiness what = registration.Pending;
                    registration.Pending = Readiness.None;
                    if (registration.Interest != Readiness.None)
                        events[count++] = new EventPortEntryPoints.SocketEvent { Data = registration.Data, Events = (int)ToPortable(what) };
                }

                if (count > 0)
                    return count;
                _waiting++;
                Monitor.Wait(_ready);
            }
        }
    }

    public override int GetStatus(out FileStatus status)
    {
        status = new FileStatus { Mode = 0x180 };
        return 0;
    }

    // A hang-up means that reads and writes both return (pal_networking.c, WaitForSocketEventsInner).
    private static Readiness ToPortable(Readiness what) =>
        (what & Readiness.Closed) != 0 ? (what & ~Readiness.Closed) | Readiness.Readable | Readiness.Writable : what;

    // Called under the stack's lock: only this port's own lock is taken, and nobody takes the stack's while holding that.
    private void Add(Registration registration, Readiness changes)
    {
        lock (_ready)
        {
            Readiness relevant = changes & (registration.Interest | Readiness.Error | Readiness.Closed);
            if (relevant == Readiness.None || registration.Interest == Readiness.None)
                return;
            if (registration.Pending == Readiness.None)
                _ready.Enqueue(registration);
            registration.Pending |= relevant;
            if (_waiting == 0)
                return;
            _waiting--;
            Monitor.Pulse(_ready);
        }
    }
}
