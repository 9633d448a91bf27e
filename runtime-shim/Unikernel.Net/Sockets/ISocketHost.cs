namespace Unikernel.Net.Sockets;

/// <summary>
/// What sockets need from whoever runs the stack: the lock, the clock of callers, the wake-up of the poller, and the way to
/// sleep. The guest's, the host test's and the simulation's differ in nothing else.
/// </summary>
public interface ISocketHost
{
    /// <summary>The stack's lock. Operations of sockets take it; it is held for microseconds and never while waiting.</summary>
    Lock Lock { get; }

    /// <summary>The clock, read at the beginning of an operation.</summary>
    Instant Now { get; }

    IEntropySource Entropy { get; }

    /// <summary>
    /// Under the lock, at the end of an operation that may have sent or armed a timer: tells devices about packets, and wakes
    /// the poller if it sleeps beyond the stack's next deadline.
    /// </summary>
    void OperationEnded();

    /// <summary>
    /// Sleeps without the lock until <see cref="SocketWaiter.Signal"/> was called or the deadline passed (false). A host may let
    /// this thread poll the stack meanwhile, which spares the switch to another thread.
    /// </summary>
    bool Wait(SocketWaiter waiter, Instant deadline);
}

/// <summary>One sleeping thread. Signalled under the stack's lock.</summary>
public sealed class SocketWaiter
{
    [ThreadStatic]
    private static SocketWaiter? t_ofThread;

    private readonly Lock _guard = new();
    private readonly AutoResetEvent _event = new(false);
    private bool _signaled;

    /// <summary>The calling thread's own; a thread waits for one thing at a time.</summary>
    public static SocketWaiter OfThread
    {
        get
        {
            SocketWaiter waiter = t_ofThread ??= new SocketWaiter();
            waiter._signaled = false;
            return waiter;
        }
    }

    /// <summary>What the thread waits for.</summary>
    internal SocketReadiness Wanted;

    internal SocketWaiter? Next;

    public bool IsSignaled => Volatile.Read(ref _signaled);

    public void Signal()
    {
        lock (_guard)
        {
            if (_signaled) return;
            _signaled = true;
        }

        _event.Set();
    }

    /// <summary>Sleeps up to so many milliseconds (-1: for ever). True: signalled.</summary>
    public bool Sleep(int milliseconds)
    {
        while (!IsSignaled)
        {
            if (!_event.WaitOne(milliseconds)) return IsSignaled;
        }

        return true;
    }

    /// <summary>Sleeps until a deadline of the host's clock. True: signalled.</summary>
    public bool SleepUntil(Instant deadline, ISocketHost host)
    {
        while (!deadline.IsNever)
        {
            Instant now = host.Now;
            if (now >= deadline) return IsSignaled;
            double milliseconds = Math.Ceiling((deadline - now).TotalMilliseconds);
            if (Sleep((int)Math.Min(milliseconds, int.MaxValue))) return true;
        }

        return Sleep(Timeout.Infinite);
    }
}
