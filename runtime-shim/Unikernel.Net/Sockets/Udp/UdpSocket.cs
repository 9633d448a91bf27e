using Unikernel.Net.Iface;

namespace Unikernel.Net.Sockets.Udp;

/// <summary>A datagram socket of the internet families: POSIX's face of a <see cref="UdpEndpoint"/>, with Linux's answers.</summary>
public sealed partial class UdpSocket : NetSocket, IEndpointObserver
{
    private const int MinimumReceiveBuffer = 2304, MaximumBuffer = 212_992;
    private readonly UdpTransport _transport;
    private readonly UdpEndpoint _endpoint;
    private bool _packetInformation, _receiveShut, _sendShut;
    private readonly SendAccount _sending;

    public UdpSocket(ISocketHost host, UdpTransport transport, SocketFamily family) : base(host, family, SocketKind.Datagram, IpProtocol.Udp)
    {
        _transport = transport;
        _endpoint = transport.Open(family == SocketFamily.InterNetworkV6);
        _endpoint.Observer = this;
        _endpoint.Account = _sending = new SendAccount(this);
    }

    /// <summary>The endpoint behind the socket, for printing and tests.</summary>
    public UdpEndpoint Endpoint => _endpoint;

    void IEndpointObserver.Ready() =>
        Raise(_endpoint.PendingError != EndpointError.None ? SocketReadiness.Readable | SocketReadiness.Writable | SocketReadiness.Error : SocketReadiness.Readable);

    protected internal override SocketReadiness ReadinessCore
    {
        get
        {
            SocketReadiness readiness = _sending.IsWritable ? SocketReadiness.Writable : SocketReadiness.None;
            if (_endpoint.Queue.Count > 0 || _receiveShut) readiness |= SocketReadiness.Readable;
            if (_receiveShut) readiness |= SocketReadiness.ReadClosed;
            if (_receiveShut && _sendShut) readiness |= SocketReadiness.Closed;
            if (_endpoint.PendingError != EndpointError.None) readiness |= SocketReadiness.Readable | SocketReadiness.Error;
            return readiness;
        }
    }

    // FIONREAD on UDP: the next datagram's length.
    protected override int AvailableCore => _endpoint.Queue.Count > 0 ? _endpoint.Queue.Next.Packet.TotalLength : 0;

    protected override int BindCore(in SocketName name)
    {
        if (CheckName(name) is < 0 and var error) return error;
        IpEndpoint wanted = name.Endpoint;
        if (wanted.ScopeId != 0 && wanted.Address.IsLinkLocal) _endpoint.BoundInterface = wanted.ScopeId;
        _endpoint.V6Only = !DualMode;
        return -ToErrno(_endpoint.Bind(wanted.Address, wanted.Port));
    }

    private int CheckName(in SocketName name)
    {
        bool fits = name.Family == Family || (Family == SocketFamily.InterNetwork && name.Family == SocketFamily.Unspecified && name.Endpoint.Address.IsUnspecified);
        if (!fits) return -(name.Family == SocketFamily.InterNetwork && Family == SocketFamily.InterNetworkV6 ? SocketErrno.EINVAL : SocketErrno.EAFNOSUPPORT);
        return Family == SocketFamily.InterNetworkV6 && name.Endpoint.Address.IsV4 && !DualMode ? -SocketErrno.ENETUNREACH : 0;
    }

    protected override int ConnectCore(in SocketName name)
    {
        if (name.Family == SocketFamily.Unspecified) return DisconnectCore();
        if (CheckName(name) is < 0 and var error) return error;
        _endpoint.V6Only = !DualMode;
        return -ToErrno(_endpoint.Connect(name.Endpoint));
    }

    protected override int ConnectResultCore() => 0;

    protected override int DisconnectCore()
    {
        _endpoint.Disconnect();
        return 0;
    }

    protected override int ReceiveCore(ReadOnlySpan<IoVector> buffers, int skip, ref SocketMessage message)
    {
        SocketMessageFlags flags = message.Flags;
        message.Flags = SocketMessageFlags.None;
        if (_endpoint.TakeError() is var pending and not EndpointError.None) return -ToErrno(pending);
        if (_endpoint.Queue.Count == 0) return _receiveShut ? 0 : -SocketErrno.EAGAIN;

        ref readonly Datagram datagram = ref _endpoint.Queue.Next;
        PacketBuffer packet = datagram.Packet;
        int length = packet.TotalLength, copied = 0;
        foreach (IoVector vector in buffers)
        {
            Span<byte> span = vector.Span;
            copied += packet.CopyTo(copied, span.Length > length - copied ? span[..(length - copied)] : span);
            if (copied == length) break;
        }

        if (copied < length) message.Flags |= SocketMessageFlags.Truncated;
        message.HasName = true;
        message.Name = SocketName.From(Family, datagram.Source);
        if (_packetInformation)
        {
            message.HasPacketInfo = true;
            message.PacketAddress = datagram.Ip.Destination;
            message.PacketInterface = datagram.Ip.InterfaceIndex;
        }

        if ((flags & SocketMessageFlags.Peek) == 0)
        {
            _endpoint.Queue.Drop();
            packet.Release();
        }

        return (flags & SocketMessageFlags.Truncated) != 0 ? length : copied;
    }

    protected override int SendCore(ReadOnlySpan<IoVector> buffers, int skip, in SocketMessage message)
    {
        if (_sendShut) return -SocketErrno.EPIPE;
        if ((message.Flags & SocketMessageFlags.OutOfBand) != 0) return -SocketErrno.EOPNOTSUPP;
        IpEndpoint? destination = null;
        if (message.HasName)
        {
            if (CheckName(message.Name) is < 0 and var error) return error;
            destination = message.Name.Endpoint;
        }

        long total = 0;
        foreach (IoVector vector in buffers) total += (long)vector.Count;
        if (total > 65535) return -SocketErrno.EMSGSIZE;
        _endpoint.V6Only = !DualMode;
        EndpointError result = _endpoint.BeginSend((int)total, destination, out IpEndpoint to, out PacketBuffer? packet);
        if (result != EndpointError.None) return -ToErrno(result);

        PacketBuffer part = packet!;
        foreach (IoVector vector in buffers)
        {
            ReadOnlySpan<byte> span = vector.Span;
            while (!span.IsEmpty)
            {
                if (part.Tailroom == 0) part = part.Next!;
                int here = Math.Min(part.Tailroom, span.Length);
                part.Append(span[..here]);
                span = span[here..];
            }
        }

        result = message.HasPacketInfo
            ? _endpoint.EndSend(Host.Now, packet!, to, message.PacketAddress, message.PacketInterface)
            : _endpoint.EndSend(Host.Now, packet!, to);
        // What several sockets together have waiting is bounded too: beyond that the datagram is dropped, as by a full queue anywhere on the way; the counter knows.
        return result is EndpointError.None or EndpointError.WouldBlock ? (int)total : -ToErrno(result);
    }

    protected override int ShutdownCore(SocketShutdown how)
    {
        // As Linux: an error on a socket that is not connected, and yet it has its effect.
        if (how != SocketShutdown.Send) _receiveShut = true;
        if (how != SocketShutdown.Receive) _sendShut = true;
        Raise(SocketReadiness.Readable | SocketReadiness.Writable);
        return _endpoint.Remote is null ? -SocketErrno.ENOTCONN : 0;
    }

    protected override Instant CloseCore()
    {
        _endpoint.Close(Host.Now);
        return Instant.Zero;
    }

    protected override int LocalNameCore(ref SocketName name)
    {
        IpAddress address = _endpoint.IsBound ? _endpoint.LocalAddress : Family == SocketFamily.InterNetworkV6 ? IpAddress.Any6 : IpAddress.Any4;
        name = SocketName.From(Family, new IpEndpoint(address, _endpoint.LocalPort, address.IsLinkLocal ? _endpoint.BoundInterface : 0));
        return 0;
    }

    protected override int PeerNameCore(ref SocketName name)
    {
        if (_endpoint.Remote is not { } remote) return -SocketErrno.ENOTCONN;
        name = SocketName.From(Family, remote);
        return 0;
    }

    /// <summary>IP_ADD_MEMBERSHIP, IPV6_JOIN_GROUP.</summary>
    public int JoinGroup(IpAddress group, int interfaceIndex)
    {
        lock (Host.Lock)
        {
            if (IsClosed) return -SocketErrno.EBADF;
            int result = _endpoint.Join(group, interfaceIndex, Host.Now) switch
            {
                EndpointError.NoSuchInterface => -SocketErrno.ENODEV,
                EndpointError.AddressNotAvailable => -SocketErrno.EINVAL,
                var error => -ToErrno(error),
            };
            Host.OperationEnded();
            return result;
        }
    }

    /// <summary>IP_DROP_MEMBERSHIP, IPV6_LEAVE_GROUP.</summary>
    public int LeaveGroup(IpAddress group, int interfaceIndex)
    {
        lock (Host.Lock)
        {
            if (IsClosed) return -SocketErrno.EBADF;
            int result = -ToErrno(_endpoint.Leave(group, interfaceIndex, Host.Now));
            Host.OperationEnded();
            return result;
        }
    }

    /// <inheritdoc cref="UdpEndpoint.AddSource"/>
    public int AddSource(IpAddress group, int interfaceIndex, IpAddress source) => OnGroup(now => _endpoint.AddSource(group, interfaceIndex, source, now));

    /// <inheritdoc cref="UdpEndpoint.DropSource"/>
    public int DropSource(IpAddress group, int interfaceIndex, IpAddress source) => OnGroup(now => _endpoint.DropSource(group, interfaceIndex, source, now));

    /// <inheritdoc cref="UdpEndpoint.BlockSource"/>
    public int BlockSource(IpAddress group, int interfaceIndex, IpAddress source, bool blocks) => OnGroup(_ => _endpoint.BlockSource(group, interfaceIndex, source, blocks));

    private int OnGroup(Func<Instant, EndpointError> operation)
    {
        lock (Host.Lock)
        {
            if (IsClosed) return -SocketErrno.EBADF;
            int result = -ToErrno(operation(Host.Now));
            Host.OperationEnded();
            return result;
        }
    }

    internal static int ToErrno(EndpointError error) => error switch
    {
        EndpointError.None => 0,
        EndpointError.AddressInUse => SocketErrno.EADDRINUSE,
        EndpointError.AddressNotAvailable => SocketErrno.EADDRNOTAVAIL,
        EndpointError.AlreadyBound => SocketErrno.EINVAL,
        EndpointError.FamilyNotSupported => SocketErrno.EAFNOSUPPORT,
        EndpointError.NetworkUnreachable => SocketErrno.ENETUNREACH,
        EndpointError.HostUnreachable => SocketErrno.EHOSTUNREACH,
        EndpointError.NetworkDown => SocketErrno.ENETDOWN,
        EndpointError.MessageTooLong => SocketErrno.EMSGSIZE,
        EndpointError.WouldBlock => SocketErrno.EAGAIN,
        EndpointError.DestinationRequired => SocketErrno.EDESTADDRREQ,
        EndpointError.BroadcastNotAllowed => SocketErrno.EACCES,
        EndpointError.ConnectionRefused => SocketErrno.ECONNREFUSED,
        EndpointError.ProtocolUnreachable => SocketErrno.ENOPROTOOPT,
        EndpointError.AdministrativelyProhibited => SocketErrno.EHOSTUNREACH,
        EndpointError.NotMember => SocketErrno.EADDRNOTAVAIL,
        EndpointError.Invalid => SocketErrno.EINVAL,
        EndpointError.NoSuchInterface => SocketErrno.ENODEV,
        EndpointError.Closed => SocketErrno.EBADF,
        _ => SocketErrno.ENOBUFS,
    };
}
