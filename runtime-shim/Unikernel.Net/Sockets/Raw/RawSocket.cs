using System.Buffers.Binary;
using Unikernel.Net.Iface;
using Unikernel.Net.Sockets.Udp;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Raw;

/// <summary>
/// A raw socket over one protocol (SOCK_RAW), or an echo socket (SOCK_DGRAM with ICMP): what Ping uses. As on Linux an IPv4 raw
/// socket receives the IP header, an IPv6 one does not; the checksum of ICMPv6 is ours, that of ICMPv4 the program's. Protocol 255 only sends,
/// with the program's header.
/// </summary>
public sealed partial class RawSocket : NetSocket, IRawReceiver
{
    // IPPROTO_RAW
    private const IpProtocol HeaderOnly = (IpProtocol)255;

    private readonly NetworkStack _stack;
    private readonly DatagramQueue _queue = new();
    private readonly SendAccount _sending;
    private IpAddress _local, _remote;
    private ushort _remotePort;
    private bool _isConnected, _receiveShut;
    private Route _route;

    public RawSocket(ISocketHost host, NetworkStack stack, SocketFamily family, SocketKind kind, IpProtocol protocol) : base(host, family, kind, protocol)
    {
        _stack = stack;
        _sending = new SendAccount(this);
        _local = family == SocketFamily.InterNetworkV6 ? IpAddress.Any6 : IpAddress.Any4;
        _headerIncluded = protocol == HeaderOnly;
        lock (host.Lock) stack.AddRawReceiver(this);
    }

    public bool IsV4 => Family == SocketFamily.InterNetwork;

    /// <summary>Packets that did not fit the queue.</summary>
    public long Dropped { get; private set; }

    void IRawReceiver.Receive(Instant now, in IpPacketInfo ip, PacketBuffer packet)
    {
        bool wanted = !_receiveShut && (_local.IsUnspecified || _local == ip.Destination) && (!_isConnected || _remote == ip.Source) &&
            (_interface == 0 || _interface == ip.InterfaceIndex) && (Kind == SocketKind.Raw || IsEchoReply(packet));
        if (wanted && IsV4 && Kind == SocketKind.Raw) ShowHeader(packet);
        if (wanted && _queue.TryEnqueue(new Datagram(packet, ip, 0)))
        {
            Raise(SocketReadiness.Readable);
            return;
        }

        if (wanted) Dropped++;
        packet.Release();
    }

    // The header is in front; of a packet that came in fragments it is the first one's, and is made that of the whole.
    private static void ShowHeader(PacketBuffer packet)
    {
        Span<byte> header = packet.Prepend(packet.IpHeaderLength);
        if ((BinaryPrimitives.ReadUInt16BigEndian(header[6..]) & 0x3fff) == 0) return;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)packet.TotalLength);
        header[6..8].Clear();
        header[10..12].Clear();
        InternetChecksum.Write(header[10..12], InternetChecksum.Add(header));
    }

    private bool IsEchoReply(PacketBuffer packet) => packet.Length > 0 && packet.Data[0] == (IsV4 ? (byte)Icmpv4Type.EchoReply : (byte)Icmpv6Type.EchoReply);

    protected internal override SocketReadiness ReadinessCore =>
        (_sending.IsWritable ? SocketReadiness.Writable : 0) | (_queue.Count > 0 || _receiveShut ? SocketReadiness.Readable : 0) | (PendingError != 0 ? SocketReadiness.Error : 0);

    protected override int AvailableCore => _queue.Count > 0 ? _queue.Next.Packet.TotalLength : 0;

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
        SendResult routed = _stack.TryRoute(name.Endpoint.Address, _local.IsUnspecified ? default : _local, _interface != 0 ? _interface : name.Endpoint.ScopeId, ref _route);
        if (routed != SendResult.Sent) return -SocketErrno.FromSendResult(routed);
        if ((_route.IsBroadcast || name.Endpoint.Address.IsBroadcast) && !_allowBroadcast) return -SocketErrno.EACCES;
        // The source that the route chose becomes the local address.
        if (_local.IsUnspecified) _local = _route.Source;
        _remote = name.Endpoint.Address;
        _remotePort = name.Endpoint.Port;
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
        if ((flags & SocketMessageFlags.OutOfBand) != 0) return -SocketErrno.EOPNOTSUPP;
        if (_queue.Count == 0) return _receiveShut ? 0 : -SocketErrno.EAGAIN;
        Datagram datagram = _queue.Next;
        int length = datagram.Packet.TotalLength, copied = 0;
        foreach (IoVector vector in buffers)
        {
            copied += datagram.Packet.CopyTo(copied, vector.Span);
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
        if ((message.Flags & SocketMessageFlags.OutOfBand) != 0) return -SocketErrno.EOPNOTSUPP;
        if (message.HasName && message.Name.Family != Family) return -SocketErrno.EAFNOSUPPORT;
        if (!message.HasName && !_isConnected) return -SocketErrno.EDESTADDRREQ;
        IpAddress destination = message.HasName ? message.Name.Endpoint.Address : _remote;
        int scope = message.HasName ? message.Name.Endpoint.ScopeId : 0;
        long total = 0;
        foreach (IoVector vector in buffers) total += (long)vector.Count;
        if (total > 65535) return -SocketErrno.EMSGSIZE;
        if (total < MinimumLength) return -SocketErrno.EINVAL;
        int interfaceIndex = _interface != 0 ? _interface : scope != 0 ? scope : destination.IsMulticast ? _multicastInterface : 0;
        SendResult routed = _stack.TryRoute(destination, _local.IsUnspecified ? default : _local, interfaceIndex, ref _route);
        if (routed != SendResult.Sent) return -SocketErrno.FromSendResult(routed);
        if ((_route.IsBroadcast || destination.IsBroadcast) && !_allowBroadcast) return -SocketErrno.EACCES;
        if (_sending.IsFull) return -SocketErrno.EAGAIN;
        if (_stack.Pool.RentChain((int)total) is not { } packet) return -SocketErrno.ENOBUFS;
        packet.Account = _sending;
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

        SendResult result;
        if (_headerIncluded)
        {
            int header = IsV4 ? (packet.Data[0] & 15) * 4 : Ipv6Packet.HeaderLength;
            if (header < (IsV4 ? Ipv4Packet.MinimumHeaderLength : Ipv6Packet.HeaderLength) || header > packet.Length || packet.Data[0] >> 4 != (IsV4 ? 4 : 6))
            {
                packet.Release();
                return -SocketErrno.EINVAL;
            }

            result = _stack.SendWithHeader(Host.Now, ref _route, packet);
        }
        else
        {
            // ICMPv6's checksum needs the source address (RFC 3542 section 3.1); an echo socket's is ours in both families.
            if (Protocol == IpProtocol.Icmpv6 || Kind == SocketKind.Datagram) packet.RequestChecksum(IcmpPacket.ChecksumOffset);
            result = _stack.Send(Host.Now, ref _route, packet, new IpSendOptions(Protocol)
            {
                HopLimit = destination.IsMulticast ? _multicastHopLimit : _hopLimit,
                TrafficClass = _trafficClass,
                DontFragment = _dontFragment,
                MulticastLoop = _multicastLoop,
            });
        }

        return result == SendResult.DeviceFull || SocketErrno.FromSendResult(result) == 0 ? (int)total : -SocketErrno.FromSendResult(result);
    }

    private int MinimumLength => _headerIncluded ? (IsV4 ? Ipv4Packet.MinimumHeaderLength : Ipv6Packet.HeaderLength)
        : Kind == SocketKind.Datagram ? IcmpPacket.HeaderLength : Protocol == IpProtocol.Icmpv6 ? IcmpPacket.ChecksumOffset + sizeof(ushort) : 0;

    // A raw socket sends on after a shutdown, as on Linux.
    protected override int ShutdownCore(SocketShutdown how)
    {
        if (how != SocketShutdown.Send) _receiveShut = true;
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
        // Linux shows the protocol where others have their port.
        name = SocketName.From(Family, new IpEndpoint(_local, Kind == SocketKind.Raw ? (ushort)Protocol : (ushort)0));
        return 0;
    }

    protected override int PeerNameCore(ref SocketName name)
    {
        if (!_isConnected) return -SocketErrno.ENOTCONN;
        name = SocketName.From(Family, new IpEndpoint(_remote, _remotePort));
        return 0;
    }
}
