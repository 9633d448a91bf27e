using Unikernel.Net.Iface;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Udp;

/// <summary>UDP (RFC 768): which endpoint gets a datagram, and ports. Under the stack's lock.</summary>
public sealed class UdpTransport : ITransport, ICounterGroup
{
    /// <summary>Linux's net.ipv4.ip_local_port_range.</summary>
    public const int FirstEphemeral = 32768, LastEphemeral = 60999;

    private readonly UdpEndpoint?[] _buckets = new UdpEndpoint?[256];

    public UdpTransport(NetworkStack stack)
    {
        Stack = stack;
        stack.AddTransport(this);
    }

    public NetworkStack Stack { get; }
    public UdpCounters Counters { get; } = new();
    public IpProtocol Protocol => IpProtocol.Udp;
    public Instant NextDeadline => Instant.Never;

    public void Poll(Instant now) { }

    public void Visit(ICounterVisitor visitor) => Counters.Visit(visitor);

    public UdpEndpoint Open(bool isV6) => new(this, isV6);

    /// <summary>All bound endpoints, for printing.</summary>
    public List<UdpEndpoint> ListEndpoints()
    {
        var list = new List<UdpEndpoint>();
        foreach (UdpEndpoint? bucket in _buckets)
        {
            for (UdpEndpoint? endpoint = bucket; endpoint is not null; endpoint = endpoint.NextInBucket) list.Add(endpoint);
        }

        return list;
    }

    public void Receive(Instant now, in IpPacketInfo ip, PacketBuffer packet)
    {
        int available = packet.TotalLength;
        if (!UdpPacket.TryParse(packet.Data, available, out UdpPacket header))
        {
            Counters.Malformed++;
            packet.Release();
            return;
        }

        int length = header.Length;
        ushort sourcePort = header.SourcePort, destinationPort = header.DestinationPort;
        if (header.Checksum == 0)
        {
            // RFC 8200 section 8.1: not without a checksum over IPv6.
            if (ip.Source.IsV6 && packet.Checksum != ChecksumState.Verified)
            {
                Counters.ChecksumErrors++;
                packet.Release();
                return;
            }
        }
        else if (packet.Checksum != ChecksumState.Verified)
        {
            packet.TruncateTotal(length);
            if (!InternetChecksum.IsValid(InternetChecksum.Add(packet, 0, InternetChecksum.PseudoHeader(ip.Source, ip.Destination, IpProtocol.Udp, length))))
            {
                Counters.ChecksumErrors++;
                packet.Release();
                return;
            }
        }

        if (available != length) packet.TruncateTotal(length);
        if (ip.WasBroadcastOrMulticast)
        {
            DeliverToAll(now, ip, sourcePort, destinationPort, packet);
            return;
        }

        UdpEndpoint? best = null;
        int bestScore = -1;
        for (UdpEndpoint? endpoint = Bucket(destinationPort); endpoint is not null; endpoint = endpoint.NextInBucket)
        {
            if (endpoint.LocalPort != destinationPort) continue;
            int score = endpoint.Match(ip, sourcePort);
            if (score > bestScore) (best, bestScore) = (endpoint, score);
        }

        if (best is null)
        {
            Counters.NoPort++;
            Stack.SendPortUnreachable(now, ip, packet);
            packet.Release();
            return;
        }

        Deliver(best, ip, sourcePort, packet);
    }

    // Every endpoint that matches gets its own view of the same bytes (RFC 1122 section 4.1.3.3 leaves it to us; Linux does so).
    private void DeliverToAll(Instant now, in IpPacketInfo ip, ushort sourcePort, ushort destinationPort, PacketBuffer packet)
    {
        UdpEndpoint? previous = null;
        for (UdpEndpoint? endpoint = Bucket(destinationPort); endpoint is not null; endpoint = endpoint.NextInBucket)
        {
            if (endpoint.LocalPort != destinationPort || endpoint.Match(ip, sourcePort) < 0) continue;
            if (previous is not null) Deliver(previous, ip, sourcePort, Stack.Share(packet));
            previous = endpoint;
        }

        if (previous is not null)
        {
            Deliver(previous, ip, sourcePort, packet);
            return;
        }

        Counters.NoPort++;
        packet.Release();
    }

    private void Deliver(UdpEndpoint endpoint, in IpPacketInfo ip, ushort sourcePort, PacketBuffer packet)
    {
        packet.TrimStart(UdpPacket.HeaderLength);
        if (!endpoint.Queue.TryEnqueue(new Datagram(packet, ip, sourcePort)))
        {
            Counters.QueueFull++;
            endpoint.Dropped++;
            packet.Release();
            return;
        }

        Counters.Received++;
        endpoint.Observer?.Ready();
    }

    public bool ReceiveError(Instant now, in IpErrorInfo error, ReadOnlySpan<byte> transportHeader)
    {
        if (transportHeader.Length < 4) return false;
        ushort localPort = (ushort)(transportHeader[0] << 8 | transportHeader[1]);
        ushort remotePort = (ushort)(transportHeader[2] << 8 | transportHeader[3]);
        bool matched = false;
        for (UdpEndpoint? endpoint = Bucket(localPort); endpoint is not null; endpoint = endpoint.NextInBucket)
        {
            if (endpoint.LocalPort != localPort || !endpoint.FamilyFits(error.Source) || (!endpoint.LocalAddress.IsUnspecified && endpoint.LocalAddress != error.Source)) continue;
            matched = true;
            // Linux tells connected sockets only (without IP_RECVERR), and not about a smaller MTU unless they forbid fragments.
            if (endpoint.Remote is not { } remote || remote.Address != error.Destination || remote.Port != remotePort) continue;
            if (error.Kind == IpErrorKind.PacketTooBig && !endpoint.DontFragment) continue;
            Counters.ErrorsReceived++;
            endpoint.PendingError = error.Kind switch
            {
                IpErrorKind.PortUnreachable => EndpointError.ConnectionRefused,
                IpErrorKind.ProtocolUnreachable => EndpointError.ProtocolUnreachable,
                IpErrorKind.NetworkUnreachable => EndpointError.NetworkUnreachable,
                IpErrorKind.PacketTooBig => EndpointError.MessageTooLong,
                IpErrorKind.AdministrativelyProhibited => EndpointError.AdministrativelyProhibited,
                _ => EndpointError.HostUnreachable,
            };
            endpoint.Observer?.Ready();
        }

        return matched;
    }

    internal SendResult Transmit(Instant now, UdpEndpoint endpoint, PacketBuffer packet, IpEndpoint to, ref Route route)
    {
        int payload = packet.TotalLength;
        packet.Account = endpoint.Account;
        new UdpRepr(endpoint.LocalPort, to.Port, payload).Emit(packet.Prepend(UdpPacket.HeaderLength));
        packet.RequestChecksum(UdpPacket.ChecksumOffset);
        SendResult result = Stack.Send(now, ref route, packet, new IpSendOptions(IpProtocol.Udp)
        {
            HopLimit = to.Address.IsMulticast ? endpoint.MulticastHopLimit : endpoint.HopLimit,
            TrafficClass = endpoint.TrafficClass,
            DontFragment = endpoint.DontFragment,
            MulticastLoop = endpoint.MulticastLoop,
            AllowBroadcast = endpoint.AllowBroadcast,
        });
        if (result is SendResult.Sent or SendResult.Queued)
            Counters.Sent++;
        else
            Counters.SendErrors++;
        return result;
    }

    internal EndpointError Register(UdpEndpoint endpoint, ushort port)
    {
        if (port == 0)
        {
            port = ChooseEphemeral(endpoint);
            if (port == 0) return EndpointError.AddressInUse;
        }
        else if (Conflicts(endpoint, port))
        {
            return EndpointError.AddressInUse;
        }

        endpoint.LocalPort = port;
        ref UdpEndpoint? bucket = ref Bucket(port);
        endpoint.NextInBucket = bucket;
        bucket = endpoint;
        return EndpointError.None;
    }

    internal void Unregister(UdpEndpoint endpoint)
    {
        ref UdpEndpoint? link = ref Bucket(endpoint.LocalPort);
        while (link is not null && link != endpoint) link = ref link.NextInBucket;
        if (link is not null) link = endpoint.NextInBucket;
        endpoint.NextInBucket = null;
    }

    private ref UdpEndpoint? Bucket(ushort port) => ref _buckets[port & 255];

    // Random, so that a stranger can not guess the port of a query (RFC 6056 algorithm 1).
    private ushort ChooseEphemeral(UdpEndpoint endpoint)
    {
        Span<byte> random = stackalloc byte[4];
        Stack.Entropy.Fill(random);
        const int Range = LastEphemeral - FirstEphemeral + 1;
        int start = (int)(BitConverter.ToUInt32(random) % Range);
        for (int i = 0; i < Range; i++)
        {
            ushort port = (ushort)(FirstEphemeral + (start + i) % Range);
            if (!Conflicts(endpoint, port, ephemeral: true)) return port;
        }

        return 0;
    }

    private bool Conflicts(UdpEndpoint endpoint, ushort port, bool ephemeral = false)
    {
        for (UdpEndpoint? other = Bucket(port); other is not null; other = other.NextInBucket)
        {
            if (other.LocalPort != port || (!ephemeral && endpoint.ReuseAddress && other.ReuseAddress)) continue;
            // Two families meet only where one is dual-mode.
            bool meet = endpoint.IsV6 == other.IsV6 || (endpoint.IsV6 ? !endpoint.V6Only : !other.V6Only);
            if (!meet || (endpoint.BoundInterface != 0 && other.BoundInterface != 0 && endpoint.BoundInterface != other.BoundInterface)) continue;
            if (endpoint.LocalAddress.IsUnspecified || other.LocalAddress.IsUnspecified || endpoint.LocalAddress == other.LocalAddress) return true;
        }

        return false;
    }
}
