using Unikernel.Net.Phy;

namespace Unikernel.Net;

/// <summary>
/// The way to a destination, kept by a connection. It is checked against the stack's tables by one comparison per packet and
/// renewed when they changed.
/// </summary>
public struct Route
{
    /// <summary>Our address towards the destination.</summary>
    public IpAddress Source;

    public IpAddress Destination;

    /// <summary>Who takes the packet on the link: a gateway or the destination itself.</summary>
    public IpAddress NextHop;

    public int InterfaceIndex;

    /// <summary>The largest IP packet of the path, as far as known (RFC 1191, RFC 8201): renewed with the route.</summary>
    public int PathMtu;

    /// <summary>The outgoing device's abilities (checksum, segmentation).</summary>
    public DeviceCapabilities Device;

    public bool IsLoopback;

    /// <summary>The sum of both addresses for the checksum's pseudo-header.</summary>
    internal ulong AddressSum;

    /// <summary>The destination, or who takes the packet on the link, is all hosts of an IPv4 network.</summary>
    internal bool IsBroadcast, IsNextHopBroadcast;

    /// <summary>The state of the tables that this was computed from; 0: never computed.</summary>
    public int Generation;

    /// <summary>What the caller bound: kept to renew the route.</summary>
    internal IpAddress BoundSource;
    internal int BoundInterface;
}

/// <summary>Header fields that a socket decides.</summary>
public readonly record struct IpSendOptions(IpProtocol Protocol)
{
    /// <summary>0: the default (64; multicast 1).</summary>
    public byte HopLimit { get; init; }

    public byte TrafficClass { get; init; }

    /// <summary>IPv4's DF bit; an IPv6 packet or a DF packet larger than the path's MTU gives <see cref="SendResult.TooBig"/>.</summary>
    public bool DontFragment { get; init; }

    /// <summary>A multicast packet is also given to our own members of the group (IP_MULTICAST_LOOP).</summary>
    public bool MulticastLoop { get; init; }

    /// <summary>SO_BROADCAST; without it a broadcast destination is refused by the socket layer.</summary>
    public bool AllowBroadcast { get; init; }
}

/// <summary>What transports need from the IP layer to send. Implemented by the stack, and by the harness of transport tests.</summary>
public interface IIpOutput
{
    PacketPool Pool { get; }

    /// <summary>
    /// Finds or renews the way to a destination. <paramref name="source"/>: a bound address, or unspecified for the stack to
    /// choose (RFC 6724 for IPv6). <paramref name="interfaceIndex"/>: bound interface or scope, 0 for any. Cheap when
    /// <paramref name="route"/> is still current.
    /// </summary>
    SendResult TryRoute(IpAddress destination, IpAddress source, int interfaceIndex, ref Route route);

    /// <summary>
    /// Sends a transport packet (<see cref="PacketBuffer.Data"/> at the transport header, headroom for the rest) and owns it. If
    /// <see cref="PacketBuffer.RequestChecksum"/> was called the checksum is completed here or by the device. A TCP packet larger
    /// than the path's MTU must carry <see cref="PacketBuffer.SegmentSize"/>; other packets are fragmented where allowed.
    /// </summary>
    SendResult Send(Instant now, ref Route route, PacketBuffer packet, in IpSendOptions options);
}
