namespace Unikernel.Net.Iface;

/// <summary>Something that lives beside the packet path and has timers: DHCP, autoconfiguration, the resolver. Under the stack's lock.</summary>
public interface IStackService
{
    Instant NextDeadline { get; }

    void Poll(Instant now);

    /// <summary>The link of an interface went up or down.</summary>
    void LinkChanged(NetworkInterface networkInterface, Instant now);

    /// <summary>An address of an interface turned out to be someone else's.</summary>
    void AddressLost(NetworkInterface networkInterface, InterfaceAddress address, Instant now);
}

/// <summary>Receives UDP datagrams to port 68 before addresses are checked: a client without an address has none to match.</summary>
public interface IDhcpReceiver
{
    void Receive(Instant now, IpAddress source, ReadOnlySpan<byte> message);
}

/// <summary>Receives router advertisements that passed the checks of RFC 4861 section 6.1.2.</summary>
public interface IRouterAdvertisementReceiver
{
    void Receive(Instant now, IpAddress router, ReadOnlySpan<byte> message);
}

/// <summary>Receives a share of every packet of one protocol: raw sockets.</summary>
public interface IRawReceiver
{
    IpProtocol Protocol { get; }

    /// <summary>IPv4 or IPv6 packets.</summary>
    bool IsV4 { get; }

    /// <summary>Owns the packet, whose bytes others may share.</summary>
    void Receive(Instant now, in IpPacketInfo ip, PacketBuffer packet);
}
