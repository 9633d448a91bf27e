using Unikernel.Net.Iface;
using Unikernel.Net.Sockets.Udp;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Raw;

/// <summary>
/// A raw socket over one protocol (SOCK_RAW), or an echo socket (SOCK_DGRAM with ICMP): what Ping uses. As on Linux an IPv4 raw
/// socket receives the IP header, an IPv6 one does not; the checksum of ICMPv6 is ours, that of ICMPv4 the program's.
/// </summary>
public sealed class RawSocket : NetSocket, IRawReceiver
{
    private const int MaximumBuffer = 212_992;
    private readonly NetworkStack _stack;
    private readonly DatagramQueue _queue = new();
    private IpAddress _local, _remote;
    private bool _isConnected, _headerIncluded, _packetInformation, _receiveShut, _sendShut;
    private byte _hopLimit, _trafficClass;
    private bool _dontFragment;
    private int _interface;
    private Route _route;

    public RawSocket(ISocketHost host, NetworkStack stack, SocketFamily family, SocketKind kind, IpProtocol protocol) : base(host, family, kind, protocol)
    {
        _stack = stack;
        _local = family == SocketFamily.InterNetworkV6 ? IpAddress.Any6 : IpAddress.Any4;
        lock (host.Lock) stack.AddRawReceiver(this);
    }

    public bool IsV4 => Family == SocketFamily.InterNetwork;

    /// <summary>Packets that did not fit the queue.</summary>
    public long Dropped { get; private set; }

    void IRawReceiver.Receive(Instant now, in IpPacketInfo ip, PacketBuffer packet)
    {
        bool wanted = !_receiveShut && (_local.IsUnspecified || _local == ip.Destination) && (!_isConnected || _remote == ip.Source) &&
            (_interface == 0 || _interface == ip.InterfaceIndex) && (Kind == SocketKind.Raw || IsEchoReply(packet));
        if (wanted && _queue.TryEnqueue(new Datagram(packet, ip, 0)))
        {
            Raise(SocketReadiness.Readable);
            return;
        }

        if (wanted) Dropped++;
        packet.Release();
    }

    private bool IsEchoReply(PacketBuffer packet) => packet.Length > 0 && packet.Data[0] == (IsV4 ? (byte)Icmpv4Type.EchoReply : (byte)Icmpv6Type.EchoReply);

    protected internal override SocketReadiness ReadinessCore =>
        SocketReadiness.Writable | (_queue.Count > 0 || _receiveShut ? SocketReadiness.Readable : 0) | (PendingError != 0 ? SocketReadiness.Error : 0);

    protected override int AvailableCore => _queue.Count > 0 ? _queue.Next.Packet.TotalLength + HeaderShown : 0;

    private int HeaderShown => IsV4 && Kind == SocketKind.Raw ? Ipv4Packet.MinimumHeaderLength : 0;

    protected override int BindCore(in SocketName name)
    {
        if (name.Family != Family) return -SocketErrno.EAFNOSUPPORT;
        IpEndpoint wanted = name.Endpoint;
        if (!wanted.Address.IsUnspecified && !wanted.Address.IsMulticast && !_stack.IsOwnAddress(wanted.Address)) return -SocketErrno.EADDRNOTAVAIL;
        _local = wanted.Address;
        if (wanted.ScopeId != 0) _interface = wanted.ScopeId;
        return 0;
    }

    protected override int ConnectCore(in SocketName name)
    {
        if (name.Family == SocketFamily.Unspecified) return DisconnectCore();
        if (name.Family != Family) return -SocketErrno.EAFNOSUPPORT;
        _remote = name.Endpoint.Address;
        _isConnected = true;
        return 0;
    }

    protected override int ConnectResultCore() => 0;

    protected override int DisconnectCore()
    {
        _isConnected = false;
        return 0;
    }

    protected override int ReceiveCore(ReadOnlySpan<IoVector> buffers, int skip, ref SocketMessage message)
    {
        SocketMessageFlags flags = message.Flags;
        message.Flags = SocketMessageFlags.None;
        if (_queue.Count == 0) return _receiveShut ? 0 : -SocketErrno.EAGAIN;
        Datagram datagram = _queue.Next;
        // The header is written anew: after reassembly there is no one original.
        Span<byte> header = stackalloc byte[Ipv4Packet.MinimumHeaderLength];
        header = header[..HeaderShown];
        int payload = datagram.Packet.TotalLength, length = payload + header.Length, copied = 0;
        if (!header.IsEmpty)
            new Ipv4Repr(datagram.Ip.Source, datagram.Ip.Destination, Protocol, payload) { HopLimit = datagram.Ip.HopLimit, TrafficClass = datagram.Ip.TrafficClass }.Emit(header);
        foreach (IoVector vector in buffers)
        {
            Span<byte> span = vector.Span;
            if (copied < header.Length)
            {
                int here = Math.Min(span.Length, header.Length - copied);
                header.Slice(copied, here).CopyTo(span);
                copied += here;
                span = span[here..];
            }

            if (copied >= header.Length) copied += datagram.Packet.CopyTo(copied - header.Length, span);
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
            _queue.TryDequeue(out _);
            datagram.Packet.Release();
        }

        return (flags & SocketMessageFlags.Truncated) != 0 ? length : copied;
    }

    protected override int SendCore(ReadOnlySpan<IoVector> buffers, int skip, in SocketMessage message)
    {
        if (_sendShut) return -SocketErrno.EPIPE;
        if (message.HasName && message.Name.Family != Family) return -SocketErrno.EAFNOSUPPORT;
        if (!message.HasName && !_isConnected) return -SocketErrno.EDESTADDRREQ;
        IpAddress destination = message.HasName ? message.Name.Endpoint.Address : _remote;
        int scope = message.HasName ? message.Name.Endpoint.ScopeId : 0;
        long total = 0;
        foreach (IoVector vector in buffers) total += (long)vector.Count;
        if (total > 65535) return -SocketErrno.EMSGSIZE;
        if (_headerIncluded) return -SocketErrno.EOPNOTSUPP; // no program has the say over our IP headers
        if (_stack.Pool.RentChain((int)total) is not { } packet) return -SocketErrno.ENOBUFS;
        PacketBuffer part = packet;
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

        SendResult routed = _stack.TryRoute(destination, _local.IsUnspecified ? default : _local, _interface != 0 ? _interface : scope, ref _route);
        if (routed != SendResult.Sent || packet.Length < IcmpPacket.HeaderLength)
        {
            packet.Release();
            return routed != SendResult.Sent ? -SocketErrno.FromSendResult(routed) : -SocketErrno.EINVAL;
        }

        // ICMPv6's checksum needs the source address (RFC 3542 section 3.1); an echo socket's is ours in both families.
        if (Protocol == IpProtocol.Icmpv6 || (Protocol == IpProtocol.Icmp && Kind == SocketKind.Datagram)) packet.RequestChecksum(IcmpPacket.ChecksumOffset);
        SendResult result = _stack.Send(Host.Now, ref _route, packet, new IpSendOptions(Protocol) { HopLimit = _hopLimit, TrafficClass = _trafficClass, DontFragment = _dontFragment });
        return result == SendResult.DeviceFull || SocketErrno.FromSendResult(result) == 0 ? (int)total : -SocketErrno.FromSendResult(result);
    }

    protected override int ShutdownCore(SocketShutdown how)
    {
        if (how != SocketShutdown.Send) _receiveShut = true;
        if (how != SocketShutdown.Receive) _sendShut = true;
        Raise(SocketReadiness.Readable);
        return _isConnected ? 0 : -SocketErrno.ENOTCONN;
    }

    protected override Instant CloseCore()
    {
        _stack.RemoveRawReceiver(this);
        _queue.Clear();
        return Instant.Zero;
    }

    protected override int LocalNameCore(ref SocketName name)
    {
        name = SocketName.From(Family, new IpEndpoint(_local, 0));
        return 0;
    }

    protected override int PeerNameCore(ref SocketName name)
    {
        if (!_isConnected) return -SocketErrno.ENOTCONN;
        name = SocketName.From(Family, new IpEndpoint(_remote, 0));
        return 0;
    }

    protected override int SetOptionCore(SocketOption option, int value)
    {
        switch (option)
        {
            case SocketOption.TimeToLive or SocketOption.HopLimit:
                if (value is < -1 or > 255 or 0) return -SocketErrno.EINVAL;
                _hopLimit = value < 0 ? (byte)0 : (byte)value;
                return 0;
            case SocketOption.TypeOfService or SocketOption.TrafficClass:
                _trafficClass = (byte)value;
                return 0;
            case SocketOption.PathMtuDiscovery:
                _dontFragment = value is 2 or 3;
                return Keep(option, value);
            case SocketOption.HeaderIncluded:
                _headerIncluded = value != 0;
                return 0;
            case SocketOption.PacketInformation or SocketOption.V6PacketInformation:
                _packetInformation = value != 0;
                return 0;
            case SocketOption.ReceiveBuffer:
                _queue.Limit = Math.Max(2304, Math.Min(value, MaximumBuffer) * 2);
                return 0;
            case SocketOption.SendBuffer or SocketOption.Broadcast or SocketOption.ReuseAddress:
                return 0;
            default:
                return base.SetOptionCore(option, value);
        }
    }

    protected override int GetOptionCore(SocketOption option, ref int value)
    {
        switch (option)
        {
            case SocketOption.TimeToLive or SocketOption.HopLimit:
                value = _hopLimit == 0 ? 64 : _hopLimit;
                return 0;
            case SocketOption.TypeOfService or SocketOption.TrafficClass:
                value = _trafficClass;
                return 0;
            case SocketOption.PathMtuDiscovery:
                return Kept(option, 1, ref value);
            case SocketOption.HeaderIncluded:
                value = _headerIncluded ? 1 : 0;
                return 0;
            case SocketOption.PacketInformation or SocketOption.V6PacketInformation:
                value = _packetInformation ? 1 : 0;
                return 0;
            case SocketOption.ReceiveBuffer:
                value = _queue.Limit;
                return 0;
            default:
                return base.GetOptionCore(option, ref value);
        }
    }
}
