namespace Unikernel.Net.Sockets;

/// <summary>
/// A socket with the semantics of POSIX and the error numbers of Linux: the base of TCP, UDP, raw and Unix sockets.
/// </summary>
/// <remarks>
/// <para>Any number of threads may call at once. Each public operation takes the stack's lock for a short time; blocking ones wait
/// without it. Operations return a count or 0, or a negated <see cref="SocketErrno"/>.</para>
/// <para>Members that end in "Core" are under the lock, never block, and return -EAGAIN where the operation would wait; subclasses
/// implement these. After each change a subclass calls <see cref="Raise"/> with what became true.</para>
/// </remarks>
public abstract class NetSocket
{
    private ISocketWatcher[] _watchers = [];
    private SocketWaiter? _waiters;

    protected NetSocket(ISocketHost host, SocketFamily family, SocketKind kind, IpProtocol protocol)
    {
        Host = host;
        Family = family;
        Kind = kind;
        Protocol = protocol;
        DualMode = family == SocketFamily.InterNetworkV6;
    }

    public ISocketHost Host { get; }
    public SocketFamily Family { get; }
    public SocketKind Kind { get; }
    public IpProtocol Protocol { get; }

    /// <summary>O_NONBLOCK: what would wait returns -EAGAIN, a connect -EINPROGRESS.</summary>
    public volatile bool NonBlocking;

    /// <summary>Milliseconds that a blocking operation waits (SO_RCVTIMEO, SO_SNDTIMEO); 0: for ever.</summary>
    public int ReceiveTimeout { get; set; }

    /// <inheritdoc cref="ReceiveTimeout"/>
    public int SendTimeout { get; set; }

    /// <summary>The last descriptor was closed: every operation returns EBADF.</summary>
    public bool IsClosed { get; private protected set; }

    /// <summary>An IPv6 socket that also speaks IPv4 (IPV6_V6ONLY off, which is the default as on Linux).</summary>
    protected bool DualMode { get; set; }

    /// <summary>SO_ERROR: an error to be reported once.</summary>
    protected int PendingError { get; set; }

    /// <summary>What can be done now. Takes the lock.</summary>
    public SocketReadiness Readiness
    {
        get
        {
            lock (Host.Lock) return ReadinessCore;
        }
    }

    // ---- Operations ----

    public int Bind(in SocketName name)
    {
        lock (Host.Lock) return IsClosed ? -SocketErrno.EBADF : BindCore(name);
    }

    public int Listen(int backlog)
    {
        lock (Host.Lock) return IsClosed ? -SocketErrno.EBADF : End(ListenCore(backlog));
    }

    /// <summary>Takes the next established connection.</summary>
    public int Accept(out NetSocket? socket, out SocketName peer)
    {
        Instant deadline = NonBlocking ? Instant.Zero : DeadlineOf(ReceiveTimeout);
        while (true)
        {
            lock (Host.Lock)
            {
                (socket, peer) = (null, default);
                int result = IsClosed ? -SocketErrno.EBADF : AcceptCore(out socket, out peer);
                if (result != -SocketErrno.EAGAIN || NonBlocking) return result;
            }

            if (!Wait(SocketReadiness.Readable, deadline)) return -SocketErrno.EAGAIN;
        }
    }

    /// <summary>
    /// Connects, or names the default peer of a datagram socket. Non-blocking: -EINPROGRESS, then <see cref="SocketReadiness.Writable"/>, then
    /// the result is <see cref="SocketOption.Error"/>. A name of family Unspecified dissolves a datagram socket's association.
    /// </summary>
    public int Connect(in SocketName name)
    {
        bool waited = false;
        Instant deadline = NonBlocking ? Instant.Zero : DeadlineOf(SendTimeout);
        while (true)
        {
            lock (Host.Lock)
            {
                if (IsClosed) return -SocketErrno.EBADF;
                int result = End(waited ? ConnectResultCore() : ConnectCore(name));
                // A peer on this machine has answered already.
                if (result == -SocketErrno.EINPROGRESS && (ReadinessCore & (SocketReadiness.Writable | SocketReadiness.Closed)) != 0) result = ConnectResultCore();
                if (result != -SocketErrno.EINPROGRESS || NonBlocking) return result;
            }

            waited = true;
            if (!Wait(SocketReadiness.Writable, deadline)) return -SocketErrno.EINPROGRESS;
        }
    }

    public unsafe int Receive(Span<byte> buffer, SocketMessageFlags flags = SocketMessageFlags.None)
    {
        fixed (byte* pointer = buffer)
        {
            var vector = new IoVector(pointer, (nuint)buffer.Length);
            SocketMessage message = default;
            message.Flags = flags;
            return ReceiveMessage(new ReadOnlySpan<IoVector>(in vector), ref message);
        }
    }

    public unsafe int ReceiveFrom(Span<byte> buffer, SocketMessageFlags flags, out SocketName from)
    {
        fixed (byte* pointer = buffer)
        {
            var vector = new IoVector(pointer, (nuint)buffer.Length);
            SocketMessage message = default;
            message.Flags = flags;
            int result = ReceiveMessage(new ReadOnlySpan<IoVector>(in vector), ref message);
            from = message.Name;
            return result;
        }
    }

    /// <summary>recvmsg: flags in and out in <see cref="SocketMessage.Flags"/>.</summary>
    public int ReceiveMessage(ReadOnlySpan<IoVector> buffers, ref SocketMessage message)
    {
        SocketMessageFlags flags = message.Flags;
        bool wait = !NonBlocking && (flags & SocketMessageFlags.DontWait) == 0;
        Instant deadline = wait ? DeadlineOf(ReceiveTimeout) : Instant.Zero;
        int received = 0;
        while (true)
        {
            lock (Host.Lock)
            {
                message.Flags = flags;
                int result = IsClosed ? -SocketErrno.EBADF : ReceiveCore(buffers, received, ref message);
                if (result >= 0)
                {
                    // Taking a datagram sends nothing and sets no timer; of a stream the window may have opened.
                    if (Kind == SocketKind.Stream && result > 0) Host.OperationEnded();
                    received += result;
                    bool all = wait && result > 0 && Kind == SocketKind.Stream && (flags & (SocketMessageFlags.WaitAll | SocketMessageFlags.Peek)) == SocketMessageFlags.WaitAll;
                    if (!all || received >= TotalLength(buffers)) return received;
                }
                else if (result != -SocketErrno.EAGAIN || !wait)
                {
                    return received > 0 ? received : result;
                }
            }

            if (!Wait(SocketReadiness.Readable, deadline)) return received > 0 ? received : -SocketErrno.EAGAIN;
        }
    }

    public unsafe int Send(ReadOnlySpan<byte> buffer, SocketMessageFlags flags = SocketMessageFlags.None)
    {
        fixed (byte* pointer = buffer)
        {
            var vector = new IoVector(pointer, (nuint)buffer.Length);
            SocketMessage message = default;
            message.Flags = flags;
            return SendMessage(new ReadOnlySpan<IoVector>(in vector), message);
        }
    }

    public unsafe int SendTo(ReadOnlySpan<byte> buffer, SocketMessageFlags flags, in SocketName to)
    {
        fixed (byte* pointer = buffer)
        {
            var vector = new IoVector(pointer, (nuint)buffer.Length);
            var message = new SocketMessage { Flags = flags, HasName = true, Name = to };
            return SendMessage(new ReadOnlySpan<IoVector>(in vector), message);
        }
    }

    /// <summary>sendmsg. A blocking stream takes everything; a non-blocking one what has room, at least one byte.</summary>
    public int SendMessage(ReadOnlySpan<IoVector> buffers, in SocketMessage message)
    {
        bool wait = !NonBlocking && (message.Flags & SocketMessageFlags.DontWait) == 0;
        Instant deadline = wait ? DeadlineOf(SendTimeout) : Instant.Zero;
        long total = TotalLength(buffers);
        int sent = 0;
        while (true)
        {
            lock (Host.Lock)
            {
                int result = IsClosed ? -SocketErrno.EBADF : End(SendCore(buffers, sent, message));
                // A peer on this machine may have made room already; once, because what is short may be the machine's memory.
                if (result == -SocketErrno.EAGAIN && (ReadinessCore & SocketReadiness.Writable) != 0) result = End(SendCore(buffers, sent, message));
                if (result >= 0)
                {
                    sent += result;
                    if (!wait || Kind != SocketKind.Stream || sent >= total) return sent;
                }
                else if (result != -SocketErrno.EAGAIN || !wait)
                {
                    return sent > 0 ? sent : result;
                }
            }

            if (!Wait(SocketReadiness.Writable, deadline)) return sent > 0 ? sent : -SocketErrno.EAGAIN;
        }
    }

    public int Shutdown(SocketShutdown how)
    {
        lock (Host.Lock) return IsClosed ? -SocketErrno.EBADF : End(ShutdownCore(how));
    }

    /// <summary>Ends the association of a connected socket, as connect(AF_UNSPEC): a stream is reset, and can connect again.</summary>
    public int Disconnect()
    {
        lock (Host.Lock) return IsClosed ? -SocketErrno.EBADF : End(DisconnectCore());
    }

    /// <summary>
    /// The last descriptor is closed. Waits only if a linger time is set and data is not yet acknowledged. Threads that wait on
    /// the socket return EBADF.
    /// </summary>
    public void Close()
    {
        Instant deadline;
        lock (Host.Lock)
        {
            if (IsClosed) return;
            IsClosed = true;
            deadline = CloseCore();
            Host.OperationEnded();
            WakeAll();
            _watchers = [];
        }

        if (deadline > Host.Now)
        {
            while (!LingerEnded && Wait(SocketReadiness.Closed, deadline, ignoreClosed: true)) { }
        }
    }

    public int SetOption(SocketOption option, int value)
    {
        lock (Host.Lock) return IsClosed ? -SocketErrno.EBADF : End(SetOptionCore(option, value));
    }

    public int GetOption(SocketOption option, out int value)
    {
        lock (Host.Lock)
        {
            value = 0;
            return IsClosed ? -SocketErrno.EBADF : GetOptionCore(option, ref value);
        }
    }

    /// <summary>getsockname.</summary>
    public int GetLocalName(out SocketName name)
    {
        lock (Host.Lock)
        {
            name = default;
            return IsClosed ? -SocketErrno.EBADF : LocalNameCore(ref name);
        }
    }

    /// <summary>getpeername.</summary>
    public int GetPeerName(out SocketName name)
    {
        lock (Host.Lock)
        {
            name = default;
            return IsClosed ? -SocketErrno.EBADF : PeerNameCore(ref name);
        }
    }

    /// <summary>FIONREAD: bytes of the stream, or of the next datagram, that can be received at once.</summary>
    public int Available
    {
        get
        {
            lock (Host.Lock) return IsClosed ? -SocketErrno.EBADF : AvailableCore;
        }
    }

    /// <summary>SIOCATMARK: the next byte of the stream is, or would be, the urgent one. 1, 0, or an error.</summary>
    public int AtMark
    {
        get
        {
            lock (Host.Lock) return IsClosed ? -SocketErrno.EBADF : AtMarkCore;
        }
    }

    // ---- Watching ----

    /// <summary>Adds a watcher. It is told of each change from now on, so add first and look at <see cref="Readiness"/> then.</summary>
    public void Watch(ISocketWatcher watcher)
    {
        lock (Host.Lock) _watchers = [.. _watchers, watcher];
    }

    public void Unwatch(ISocketWatcher watcher)
    {
        lock (Host.Lock)
        {
            int index = Array.IndexOf(_watchers, watcher);
            if (index >= 0) _watchers = [.. _watchers.AsSpan(0, index), .. _watchers.AsSpan(index + 1)];
        }
    }

    /// <summary>Under the lock: something became true. Wakes the threads that wait for it and tells the watchers.</summary>
    protected internal void Raise(SocketReadiness changes)
    {
        // Errors and ends concern everyone.
        SocketReadiness match = (changes & (SocketReadiness.Error | SocketReadiness.Closed)) != 0 ? ~SocketReadiness.None : changes;
        for (SocketWaiter? waiter = _waiters; waiter is not null; waiter = waiter.Next)
        {
            if ((waiter.Wanted & match) != 0) waiter.Signal();
        }

        foreach (ISocketWatcher watcher in _watchers) watcher.ReadinessChanged(this, changes);
    }

    /// <summary>Sleeps until one of the wanted is true, or the deadline passed (false).</summary>
    public bool Wait(SocketReadiness wanted, Instant deadline) => Wait(wanted, deadline, ignoreClosed: false);

    private bool Wait(SocketReadiness wanted, Instant deadline, bool ignoreClosed)
    {
        SocketWaiter waiter = SocketWaiter.OfThread;
        lock (Host.Lock)
        {
            if (IsClosed && !ignoreClosed) return true;
            if (ignoreClosed ? LingerEnded : (ReadinessCore & (wanted | SocketReadiness.Error | SocketReadiness.Closed)) != 0) return true;
            waiter.Wanted = wanted;
            waiter.Next = _waiters;
            _waiters = waiter;
        }

        bool signaled = Host.Wait(waiter, deadline);
        lock (Host.Lock)
        {
            if (_waiters == waiter)
            {
                _waiters = waiter.Next;
            }
            else
            {
                SocketWaiter? before = _waiters;
                while (before!.Next != waiter) before = before.Next;
                before.Next = waiter.Next;
            }

            waiter.Next = null;
        }

        return signaled;
    }

    private void WakeAll()
    {
        for (SocketWaiter? waiter = _waiters; waiter is not null; waiter = waiter.Next) waiter.Signal();
    }

    private Instant DeadlineOf(int timeout) => timeout <= 0 ? Instant.Never : Host.Now + TimeSpan.FromMilliseconds(timeout);

    // Under the lock, after an operation: packets go out, the poller learns about timers.
    private int End(int result)
    {
        Host.OperationEnded();
        return result;
    }

    private static long TotalLength(ReadOnlySpan<IoVector> vectors)
    {
        long total = 0;
        foreach (IoVector vector in vectors) total += (long)vector.Count;
        return total;
    }

    /// <summary>Reads and clears the pending error.</summary>
    protected int TakeError()
    {
        int error = PendingError;
        PendingError = 0;
        return error;
    }

    // ---- What subclasses implement; all under the lock ----

    /// <summary>See <see cref="Readiness"/>.</summary>
    protected internal abstract SocketReadiness ReadinessCore { get; }

    protected abstract int AvailableCore { get; }

    /// <summary>See <see cref="AtMark"/>: only streams have a mark.</summary>
    protected virtual int AtMarkCore => -SocketErrno.ENOTTY;

    /// <summary>After <see cref="CloseCore"/>: nothing is left to wait for.</summary>
    protected virtual bool LingerEnded => true;

    protected abstract int BindCore(in SocketName name);

    protected virtual int ListenCore(int backlog) => -SocketErrno.EOPNOTSUPP;

    protected virtual int AcceptCore(out NetSocket? socket, out SocketName peer)
    {
        (socket, peer) = (null, default);
        return -SocketErrno.EOPNOTSUPP;
    }

    protected abstract int ConnectCore(in SocketName name);

    /// <summary>The outcome of a connect that was in progress: 0, -EINPROGRESS, or its error.</summary>
    protected virtual int ConnectResultCore() => -TakeError();

    protected virtual int DisconnectCore() => -SocketErrno.EOPNOTSUPP;

    /// <param name="buffers">Where to.</param>
    /// <param name="skip">Bytes of <paramref name="buffers"/> that are filled already (streams).</param>
    /// <param name="message">Flags in; name, flags and packet information out.</param>
    protected abstract int ReceiveCore(ReadOnlySpan<IoVector> buffers, int skip, ref SocketMessage message);

    /// <param name="buffers">Wherefrom.</param>
    /// <param name="skip">Bytes of <paramref name="buffers"/> that are sent already (streams).</param>
    /// <param name="message">Flags, name and packet information.</param>
    protected abstract int SendCore(ReadOnlySpan<IoVector> buffers, int skip, in SocketMessage message);

    protected abstract int ShutdownCore(SocketShutdown how);

    /// <summary>Releases everything. Returns until when <see cref="Close"/> waits (SO_LINGER); <see cref="Instant.Zero"/>: not at all.</summary>
    protected abstract Instant CloseCore();

    protected abstract int LocalNameCore(ref SocketName name);

    protected abstract int PeerNameCore(ref SocketName name);

    // Options that are returned as they were set but act otherwise, or not at all.
    private Dictionary<SocketOption, int>? _kept;

    /// <summary>Remembers a value for <see cref="Kept"/>; 0.</summary>
    protected int Keep(SocketOption option, int value)
    {
        (_kept ??= [])[option] = value;
        return 0;
    }

    /// <summary>The value that was kept, or the default; 0.</summary>
    protected int Kept(SocketOption option, int defaultValue, ref int value)
    {
        value = _kept is not null && _kept.TryGetValue(option, out int kept) ? kept : defaultValue;
        return 0;
    }

    /// <summary>Options of every socket; subclasses add theirs and call this for the rest.</summary>
    protected virtual int SetOptionCore(SocketOption option, int value)
    {
        switch (option)
        {
            case SocketOption.ReceiveTimeout:
                ReceiveTimeout = value;
                return 0;
            case SocketOption.SendTimeout:
                SendTimeout = value;
                return 0;
            case SocketOption.Debug or SocketOption.DontRoute or SocketOption.OutOfBandInline or SocketOption.Broadcast or SocketOption.KeepAlive or
                SocketOption.ReceiveErrors or SocketOption.ReceiveTimeToLive:
                return Keep(option, value != 0 ? 1 : 0); // without effect here
            case SocketOption.ReceiveLowWater:
                return Keep(option, value < 0 ? int.MaxValue : Math.Max(value, 1));
            case SocketOption.V6Only when Family == SocketFamily.InterNetworkV6:
                DualMode = value == 0;
                return 0;
            default:
                return -SocketErrno.ENOPROTOOPT;
        }
    }

    /// <inheritdoc cref="SetOptionCore"/>
    protected virtual int GetOptionCore(SocketOption option, ref int value)
    {
        switch (option)
        {
            case SocketOption.ReceiveTimeout:
                value = ReceiveTimeout;
                return 0;
            case SocketOption.SendTimeout:
                value = SendTimeout;
                return 0;
            case SocketOption.Error:
                value = TakeError();
                return 0;
            case SocketOption.AcceptConnection or SocketOption.Debug or SocketOption.DontRoute or SocketOption.OutOfBandInline or SocketOption.Broadcast or
                SocketOption.KeepAlive or SocketOption.HeaderIncluded or SocketOption.ReceiveErrors or SocketOption.ReceiveTimeToLive:
                return Kept(option, 0, ref value);
            case SocketOption.ReceiveLowWater or SocketOption.SendLowWater:
                return Kept(option, 1, ref value);
            case SocketOption.V6Only when Family == SocketFamily.InterNetworkV6:
                value = DualMode ? 0 : 1;
                return 0;
            default:
                return -SocketErrno.ENOPROTOOPT;
        }
    }
}
