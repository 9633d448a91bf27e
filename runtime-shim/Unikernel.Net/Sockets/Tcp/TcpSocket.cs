using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>A stream socket: POSIX's face of a TCP connection or a listener, with Linux's answers.</summary>
public sealed partial class TcpSocket : NetSocket
{
    private readonly TcpTransport _transport;
    private TcpConnection? _connection;
    private TcpListener? _listener;
    private bool _isBound, _portIsChosen;
    private bool _connecting;           // a connect was begun and its end not yet told
    private bool _receiveShut, _sendShut;

    public TcpSocket(ISocketHost host, TcpTransport transport, SocketFamily family) : base(host, family, SocketKind.Stream, IpProtocol.Tcp)
    {
        _transport = transport;
        Options = new TcpOptions(transport.Limits);
        Local = new IpEndpoint(family == SocketFamily.InterNetwork ? IpAddress.Any4 : IpAddress.Any6, 0);
    }

    // An accepted connection.
    private TcpSocket(TcpSocket listener, TcpConnection connection) : base(listener.Host, listener.Family, SocketKind.Stream, IpProtocol.Tcp)
    {
        _transport = listener._transport;
        Options = listener.Options.Clone();
        Options.FastOpenQueue = 0;
        DualMode = listener.DualMode;
        ReceiveTimeout = listener.ReceiveTimeout;
        SendTimeout = listener.SendTimeout;
        _connection = connection;
        _isBound = true;
        Local = new IpEndpoint(connection.LocalAddress, connection.LocalPort, listener.Local.ScopeId);
        connection.Socket = this;
    }

    internal TcpOptions Options { get; private set; }
    internal TcpSocket? BoundNext;

    /// <summary>The bound name; the address is unspecified until it is known.</summary>
    internal IpEndpoint Local { get; private set; }

    internal bool IsListening => _listener is not null;

    /// <summary>Speaks IPv4.</summary>
    internal bool AcceptsV4 => Family == SocketFamily.InterNetwork || DualMode;

    /// <summary>The connection behind the socket, for printing and tests; null: none.</summary>
    public TcpConnection? Connection => _connection;

    public TcpState State => _connection?.State ?? (IsListening ? TcpState.Listen : TcpState.Closed);

    // ---- Names ----

    protected override int BindCore(in SocketName name)
    {
        if (_isBound || _connection is not null || IsListening) return -SocketErrno.EINVAL;
        if (CheckName(name) is < 0 and var error) return error;
        IpEndpoint wanted = name.Endpoint;
        if (!wanted.Address.IsUnspecified)
        {
            Route route = default;
            // Ours is what a packet from it to itself can be routed from.
            if (wanted.Address.IsMulticast || _transport.Output.TryRoute(wanted.Address, wanted.Address, wanted.ScopeId, ref route) != SendResult.Sent)
                return -SocketErrno.EADDRNOTAVAIL;
        }

        if (wanted.Port == 0)
        {
            ushort port = _transport.ChooseBindPort(this, wanted.Address);
            if (port == 0) return -SocketErrno.EADDRINUSE;
            wanted = wanted with { Port = port };
            _portIsChosen = true;
        }
        else if (_transport.IsTaken(this, wanted, forListening: false))
        {
            return -SocketErrno.EADDRINUSE;
        }

        BindTo(wanted);
        return 0;
    }

    private void BindTo(IpEndpoint name)
    {
        Local = name;
        _isBound = true;
        _transport.AddBound(this);
    }

    private int CheckName(in SocketName name)
    {
        bool familyFits = name.Family == Family || (Family == SocketFamily.InterNetwork && name.Family == SocketFamily.Unspecified && name.Endpoint.Address.IsUnspecified);
        if (!familyFits) return -(name.Family == SocketFamily.InterNetwork && Family == SocketFamily.InterNetworkV6 ? SocketErrno.EINVAL : SocketErrno.EAFNOSUPPORT);
        if (Family == SocketFamily.InterNetworkV6 && name.Endpoint.Address.IsV4 && !DualMode) return -SocketErrno.EINVAL;
        return 0;
    }

    protected override int LocalNameCore(ref SocketName name)
    {
        name = SocketName.From(Family, Local);
        return 0;
    }

    protected override int PeerNameCore(ref SocketName name)
    {
        if (_connection is null || _connection.State is TcpState.Closed or TcpState.SynSent) return -SocketErrno.ENOTCONN;
        name = SocketName.From(Family, new IpEndpoint(_connection.RemoteAddress, _connection.RemotePort, Local.ScopeId));
        return 0;
    }

    // ---- Listening ----

    protected override int ListenCore(int backlog)
    {
        if (_connection is not null) return -SocketErrno.EINVAL;
        if ((uint)backlog > (uint)_transport.Limits.Backlog) backlog = _transport.Limits.Backlog;
        if (_listener is not null)
        {
            _listener.Backlog = backlog;
            return 0;
        }

        if (!_isBound)
        {
            var any = SocketName.From(Family, Local);
            if (BindCore(any) is < 0 and var error) return error;
        }
        else if (_transport.IsTaken(this, Local, forListening: true))
        {
            return -SocketErrno.EADDRINUSE;
        }

        _listener = new TcpListener(this, Local, Local.Address.IsV4 || (Local.Address.IsUnspecified && AcceptsV4), Local.Address.IsV6, backlog);
        _transport.AddListener(_listener);
        return 0;
    }

    protected override int AcceptCore(out NetSocket? socket, out SocketName peer)
    {
        (socket, peer) = (null, default);
        if (_listener is null) return -SocketErrno.EINVAL;
        if (_listener.Take() is not { } connection) return -SocketErrno.EAGAIN;
        var accepted = new TcpSocket(this, connection);
        if (connection.State == TcpState.Closed) accepted.PendingError = connection.Error;
        socket = accepted;
        peer = SocketName.From(Family, new IpEndpoint(connection.RemoteAddress, connection.RemotePort));
        return 0;
    }

    // ---- Connecting ----

    protected override int ConnectCore(in SocketName name)
    {
        if (IsListening) return -SocketErrno.EISCONN;
        if (_connection is not null)
        {
            if (_connection.State == TcpState.SynSent) return -SocketErrno.EALREADY;
            if (_connecting) return ConnectResultCore();
            if (_connection.State != TcpState.Closed) return -SocketErrno.EISCONN;
        }

        if (name.Family == SocketFamily.Unspecified) return DisconnectCore();
        if (CheckName(name) is < 0 and var error) return error;
        IpEndpoint remote = name.Endpoint;
        if (remote.Address.IsMulticast || remote.Address.IsBroadcast) return -SocketErrno.ENETUNREACH;
        if (remote.Address.IsUnspecified) remote = remote with { Address = remote.Address.IsV4 ? IpAddress.Loopback4 : IpAddress.Loopback6 };
        int interfaceIndex = Options.InterfaceIndex != 0 ? Options.InterfaceIndex : remote.ScopeId;
        IpAddress source = Local.Address.IsUnspecified ? default : Local.Address;
        Route route = default;
        SendResult routed = _transport.Output.TryRoute(remote.Address, source, interfaceIndex, ref route);
        if (routed != SendResult.Sent) return -SocketErrno.FromSendResult(routed);
        if (remote.Port == 0) return -SocketErrno.ECONNREFUSED; // nobody can listen there: what the reset of such a segment says on Linux
        if (_transport.ConnectionCount - _transport.TimeWaitCount >= _transport.Limits.Connections)
        {
            _transport.Counters.ConnectionLimit++;
            return -SocketErrno.ENOBUFS;
        }

        ushort port = Local.Port;
        if (!_isBound)
        {
            port = _transport.ChooseConnectPort(this, route.Source, remote.Address, remote.Port);
            if (port == 0) return -SocketErrno.EADDRNOTAVAIL;
        }
        else if (!_transport.IsFree(route.Source, port, remote.Address, remote.Port))
        {
            return -SocketErrno.EADDRNOTAVAIL;
        }

        Local = new IpEndpoint(route.Source, port, remote.ScopeId);
        Instant now = Host.Now;
        var connection = new TcpConnection(_transport, listener: null)
        {
            LocalAddress = route.Source,
            LocalPort = port,
            RemoteAddress = remote.Address,
            RemotePort = remote.Port,
            Socket = this,
        };
        connection.SetInterface(interfaceIndex);
        connection.Configure(Options, now);
        _connection = connection;
        _connecting = true;
        _receiveShut = _sendShut = false;
        _transport.Add(connection);
        if (Options.FastOpenConnect && connection.Defer(route, Options.FastOpenNoCookie)) return 0;
        connection.OpenActive(now, route);
        if (connection.LinkIsDown)
        {
            // Nobody would answer before the program's patience ends; a datagram says the same.
            DisconnectCore();
            return -SocketErrno.ENETDOWN;
        }

        return -SocketErrno.EINPROGRESS;
    }

    protected override int ConnectResultCore()
    {
        if (PendingError != 0)
        {
            _connecting = false;
            return -TakeError();
        }

        if (_connection is null) return -SocketErrno.ECONNABORTED;
        if (_connection.State is TcpState.SynSent or TcpState.SynReceived) return -SocketErrno.EINPROGRESS;
        _connecting = false;
        return _connection.State == TcpState.Closed && !_connection.ReceiveEnded ? -SocketErrno.ECONNABORTED : 0;
    }

    protected override int DisconnectCore()
    {
        StopListening();
        if (_connection is { } connection)
        {
            _connection = null;
            connection.Socket = null;
            connection.Abort(Host.Now, 0);
            connection.DropText();
        }

        // A name that the program chose stays; one that came with the connection goes.
        if (!_isBound || _portIsChosen)
        {
            Unbind();
            Local = new IpEndpoint(Family == SocketFamily.InterNetwork ? IpAddress.Any4 : IpAddress.Any6, 0);
        }

        PendingError = 0;
        _connecting = _receiveShut = _sendShut = false;
        Raise(SocketReadiness.Readable | SocketReadiness.Writable | SocketReadiness.Closed);
        return 0;
    }

    // ---- Text ----

    protected override int ReceiveCore(ReadOnlySpan<IoVector> buffers, int skip, ref SocketMessage message)
    {
        bool peek = (message.Flags & SocketMessageFlags.Peek) != 0, urgent = (message.Flags & SocketMessageFlags.OutOfBand) != 0;
        message.Flags = SocketMessageFlags.None;
        message.HasName = false;
        if (urgent) return ReceiveUrgent(buffers, peek, ref message);
        if (IsListening || _connection is null) return PendingError != 0 ? -TakeError() : -SocketErrno.ENOTCONN;
        TcpConnection connection = _connection;
        int offset = 0, limit = connection.ReadableText(peek, ref offset);
        if (limit > 0)
        {
            Instant now = Host.Now;
            int received = 0;
            foreach (IoVector vector in buffers)
            {
                Span<byte> piece = vector.Span;
                if (skip >= piece.Length)
                {
                    skip -= piece.Length;
                    continue;
                }

                piece = piece[skip..];
                skip = 0;
                if (piece.Length > limit - received) piece = piece[..(limit - received)];
                int count = connection.Read(now, piece, peek ? offset + received : 0, peek);
                received += count;
                if (count < piece.Length || received == limit) break;
            }

            return received;
        }

        // The peer's FIN stands before what came after it, a reset for instance (net/ipv4/tcp.c, tcp_recvmsg_locked: SOCK_DONE before sk_err).
        if (connection.ReceiveEnded) return 0;
        if (PendingError != 0) return -TakeError();
        if (_receiveShut || connection.State is TcpState.Closed or TcpState.TimeWait) return 0;
        bool empty = true;
        foreach (IoVector vector in buffers) empty &= vector.Count == 0;
        return empty ? 0 : -SocketErrno.EAGAIN;
    }

    protected override int SendCore(ReadOnlySpan<IoVector> buffers, int skip, in SocketMessage message)
    {
        if (PendingError != 0) return -TakeError();
        if (_connection is not { } connection || _sendShut) return -SocketErrno.EPIPE;
        if (connection.State is TcpState.SynSent or TcpState.SynReceived && !connection.IsFastOpen) return connection.IsDeferred ? SendWithSyn(connection, buffers) : -SocketErrno.EAGAIN;
        if (!connection.State.AcceptsSend()) return -SocketErrno.EPIPE;
        Instant now = Host.Now;
        int sent = 0;
        bool full = false;
        foreach (IoVector vector in buffers)
        {
            ReadOnlySpan<byte> piece = vector.Span;
            if (skip >= piece.Length)
            {
                skip -= piece.Length;
                continue;
            }

            piece = piece[skip..];
            skip = 0;
            int count = connection.Write(now, piece);
            sent += count;
            if (count < piece.Length)
            {
                full = true;
                break;
            }
        }

        if ((message.Flags & SocketMessageFlags.OutOfBand) != 0 && sent > 0) connection.MarkUrgent();
        if (sent > 0) connection.OutputText(now, more: (message.Flags & SocketMessageFlags.More) != 0);
        return sent == 0 && full ? -SocketErrno.EAGAIN : sent;
    }

    // Only what fits into the SYN: the rest waits for the handshake, as on Linux.
    private int SendWithSyn(TcpConnection connection, ReadOnlySpan<IoVector> buffers)
    {
        Instant now = Host.Now;
        int room = connection.SynRoom, sent = 0;
        foreach (IoVector vector in buffers)
        {
            ReadOnlySpan<byte> piece = vector.Span;
            if (piece.Length > room - sent) piece = piece[..(room - sent)];
            sent += connection.Write(now, piece);
        }

        connection.OpenActive(now);
        return sent > 0 ? sent : -SocketErrno.EAGAIN;
    }

    protected override int AvailableCore =>
        IsListening ? -SocketErrno.EINVAL : _connection?.AvailableText ?? 0;

    protected override int AtMarkCore => _connection is { AtUrgentMark: true } ? 1 : 0;

    private int ReceiveUrgent(ReadOnlySpan<IoVector> buffers, bool peek, ref SocketMessage message)
    {
        if (IsListening) return -SocketErrno.ENOTCONN;
        if (_connection is null) return -SocketErrno.EINVAL;
        Span<byte> room = default;
        foreach (IoVector vector in buffers)
        {
            if (room.IsEmpty && vector.Count > 0) room = new Span<byte>(ref vector.Span[0]);
        }

        int result = _connection.TakeUrgent(room, peek);
        if (result < 0) return result == -SocketErrno.EAGAIN && _receiveShut ? 0 : result;
        message.Flags |= result > 0 ? SocketMessageFlags.OutOfBand : SocketMessageFlags.OutOfBand | SocketMessageFlags.Truncated;
        return result;
    }

    // ---- Ending ----

    protected override int ShutdownCore(SocketShutdown how)
    {
        if ((uint)how > (uint)SocketShutdown.Both) return -SocketErrno.EINVAL;
        if (IsListening)
        {
            if (how == SocketShutdown.Send) return 0;
            StopListening();
            Raise(SocketReadiness.Readable | SocketReadiness.Closed);
            return 0;
        }

        if (_connection is null || _connection.State == TcpState.Closed) return -SocketErrno.ENOTCONN;
        if (_connection.State == TcpState.SynSent)
        {
            // Linux: shutdown while connecting gives the attempt up.
            _connection.Abort(Host.Now, SocketErrno.ECONNRESET);
            return 0;
        }

        SocketReadiness changes = SocketReadiness.None;
        if (how != SocketShutdown.Send && !_receiveShut)
        {
            _receiveShut = true;
            changes |= SocketReadiness.Readable | SocketReadiness.ReadClosed;
        }

        if (how != SocketShutdown.Receive && !_sendShut)
        {
            _sendShut = true;
            changes |= SocketReadiness.Writable;
            _connection.CloseSend(Host.Now);
        }

        if (_sendShut && (_receiveShut || _connection is { ReceiveEnded: true })) changes |= SocketReadiness.Closed;
        if (changes != SocketReadiness.None) Raise(changes);
        return 0;
    }

    protected override Instant CloseCore()
    {
        StopListening();
        Unbind();
        if (_connection is not { } connection) return Instant.Zero;
        Instant now = Host.Now;
        if (Options.LingerSeconds == 0)
        {
            // SO_LINGER with zero: abort (RFC 9293 section 3.10.5).
            connection.Socket = null;
            connection.Abort(now, 0);
            connection.DropText();
            return Instant.Zero;
        }

        if (Options.LingerSeconds > 0) connection.Lingerer = this;
        connection.Orphan(now);
        connection.DropText();
        if (Options.LingerSeconds > 0 && !connection.LingerEnded) return now + TimeSpan.FromSeconds(Options.LingerSeconds);
        connection.Lingerer = null;
        return Instant.Zero;
    }

    protected override bool LingerEnded => _connection is null || _connection.LingerEnded;

    private void StopListening()
    {
        if (_listener is null) return;
        TcpListener listener = _listener;
        _listener = null;
        _transport.RemoveListener(listener, Host.Now);
    }

    private void Unbind()
    {
        if (_isBound) _transport.RemoveBound(this);
        _isBound = false;
    }

    // ---- Readiness ----

    protected internal override SocketReadiness ReadinessCore
    {
        get
        {
            SocketReadiness ready = PendingError != 0 ? SocketReadiness.Error : SocketReadiness.None;
            if (_listener is not null) return ready | (_listener.HasConnection ? SocketReadiness.Readable : SocketReadiness.None);
            if (_connection is not { } connection) return ready | SocketReadiness.Writable | SocketReadiness.Closed;
            switch (connection.State)
            {
                case TcpState.SynSent or TcpState.SynReceived when !connection.IsFastOpen:
                    return connection.IsDeferred ? ready | SocketReadiness.Writable : ready;
                case TcpState.Closed or TcpState.TimeWait:
                    return ready | SocketReadiness.Readable | SocketReadiness.Writable | SocketReadiness.ReadClosed | SocketReadiness.Closed;
            }

            if (connection.HasText) ready |= SocketReadiness.Readable;
            if (connection.HasUrgent) ready |= SocketReadiness.Urgent;
            if (connection.ReceiveEnded || _receiveShut) ready |= SocketReadiness.Readable | SocketReadiness.ReadClosed;
            if (_sendShut || connection.IsWritable) ready |= SocketReadiness.Writable;
            if (_sendShut && (connection.ReceiveEnded || _receiveShut)) ready |= SocketReadiness.Closed;
            return ready;
        }
    }

    /// <summary>The handshake is complete.</summary>
    internal void Connected() => Raise(SocketReadiness.Writable);

    internal void ConnectionChanged(SocketReadiness changes)
    {
        if ((changes & SocketReadiness.ReadClosed) != 0 && _sendShut) changes |= SocketReadiness.Closed;
        Raise(changes);
    }

    /// <summary>Our FIN was acknowledged, or TIME-WAIT began.</summary>
    internal void StateChanged()
    {
        if (State == TcpState.TimeWait) Raise(SocketReadiness.Closed);
    }

    internal void ConnectionEnded(int error)
    {
        PendingError = error;
        Raise(SocketReadiness.Readable | SocketReadiness.Writable | SocketReadiness.ReadClosed | SocketReadiness.Closed |
            (error != 0 ? SocketReadiness.Error : SocketReadiness.None));
    }
}
