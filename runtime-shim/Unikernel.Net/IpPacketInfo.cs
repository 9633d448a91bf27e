namespace Unikernel.Net;

/// <summary>What the IP layer tells a transport about a received packet, and what a transport copies into a reply.</summary>
public readonly record struct IpPacketInfo
{
    public IpAddress Source { get; init; }
    public IpAddress Destination { get; init; }
    public IpProtocol Protocol { get; init; }

    /// <summary>DSCP and ECN: IPv4's TOS octet, IPv6's traffic class.</summary>
    public byte TrafficClass { get; init; }

    /// <summary>TTL or hop limit as received.</summary>
    public byte HopLimit { get; init; }

    /// <summary>The interface that received it.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>The link-layer frame or the IP destination was a broadcast or a multicast: no RST, no ICMP error in answer.</summary>
    public bool WasBroadcastOrMulticast { get; init; }
}

/// <summary>Why an ICMP error arrived (RFC 792, RFC 4443), reduced to what transports and sockets distinguish.</summary>
public enum IpErrorKind : byte
{
    NetworkUnreachable,
    HostUnreachable,
    ProtocolUnreachable,
    PortUnreachable,
    AdministrativelyProhibited,

    /// <summary>Fragmentation needed / packet too big: <see cref="IpErrorInfo.Mtu"/> is the path's new MTU.</summary>
    PacketTooBig,

    TimeExceeded,
    ParameterProblem,
}

/// <summary>An ICMP error about a packet that we sent, or a local finding of the same meaning (no neighbour answered).</summary>
public readonly record struct IpErrorInfo
{
    public IpErrorKind Kind { get; init; }

    /// <summary>Source and destination of OUR packet.</summary>
    public IpAddress Source { get; init; }

    public IpAddress Destination { get; init; }
    public IpProtocol Protocol { get; init; }

    /// <summary>Who reported; unspecified if the stack itself did.</summary>
    public IpAddress Reporter { get; init; }

    public byte IcmpType { get; init; }
    public byte IcmpCode { get; init; }
    public int Mtu { get; init; }
}

/// <summary>What became of a packet given to the IP layer. It is gone (sent or released), whatever the result.</summary>
public enum SendResult : byte
{
    Sent,

    /// <summary>Waits for the neighbour's link address.</summary>
    Queued,

    NoRoute,
    NoSourceAddress,
    InterfaceDown,

    /// <summary>Larger than the path's MTU, and must not be fragmented.</summary>
    TooBig,

    /// <summary>The device's queue is full: released too; try again after the next poll (<see cref="Phy.INetDevice.CanTransmit"/>).</summary>
    DeviceFull,

    NoBuffers,
    NeighbourUnreachable,
}
