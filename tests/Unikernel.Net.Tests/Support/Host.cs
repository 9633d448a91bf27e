using Unikernel.Net.Iface;
using Unikernel.Net.Phy;
using Unikernel.Net.Sockets.Udp;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Support;

/// <summary>
/// A stack with one Ethernet device, a clock that the test moves, and a peer that answers ARP and neighbour solicitations. At
/// its end no packet buffer may be held.
/// </summary>
internal sealed class Host : IDisposable
{
    public static readonly MacAddress OurMac = new(0x0200_0000_0001), PeerMac = new(0x0200_0000_0002);
    public static readonly IpAddress Our4 = new(10, 0, 0, 1), Peer4 = new(10, 0, 0, 2), Gateway4 = new(10, 0, 0, 254), Far4 = new(192, 0, 2, 9);
    public static readonly IpAddress Our6 = IpAddress.Parse("2001:db8::1"), Peer6 = IpAddress.Parse("2001:db8::2"), PeerLinkLocal = IpAddress.Parse("fe80::2");

    public Host(DeviceCapabilities? capabilities = null, bool configure = true, bool answerNeighbors = true, int poolLimit = 4096)
    {
        Pool = new PacketPool(new ManagedPacketMemory(), poolLimit);
        Stack = new NetworkStack(Pool, new SeededEntropy(1), Lines.Add);
        Udp = new UdpTransport(Stack);
        Stack.AddLoopback();
        Device = new TestDevice(Pool, capabilities ?? new DeviceCapabilities(Medium.Ethernet, 1500), OurMac);
        Interface = Stack.AddInterface(Device);
        AnswerNeighbors = answerNeighbors;
        if (!configure) return;
        Stack.AddAddress(Interface, new IpCidr(Our4, 24), AddressOrigin.Static, Now);
        Stack.AddAddress(Interface, new IpCidr(Our6, 64), AddressOrigin.Static, Now);
        Stack.AddRoute(new RouteEntry(new IpCidr(IpAddress.Any4, 0), Gateway4, Interface.Index, AddressOrigin.Static));
        // Past duplicate detection.
        Advance(TimeSpan.FromSeconds(3));
        Device.Sent.Clear();
    }

    public PacketPool Pool { get; }
    public NetworkStack Stack { get; }
    public UdpTransport Udp { get; }
    public TestDevice Device { get; }
    public NetworkInterface Interface { get; }
    public List<string> Lines { get; } = [];
    public Instant Now { get; private set; } = Instant.FromMilliseconds(1000);
    public bool AnswerNeighbors { get; set; }
    public IpCounters Counters => Stack.Counters;

    /// <summary>Polls until nothing moves, answering for the peer.</summary>
    public void Poll()
    {
        for (int i = 0; i < 100; i++)
        {
            bool more = Stack.Poll(Now);
            bool answered = AnswerNeighbors && AnswerSolicitations();
            if (!more && !answered) return;
        }

        throw new InvalidOperationException("the stack does not come to rest");
    }

    /// <summary>Lets time pass in the steps that the stack asks for.</summary>
    public void Advance(TimeSpan time)
    {
        Instant end = Now + time;
        Poll();
        for (int steps = 0; Stack.NextDeadline <= end; steps++)
        {
            if (steps > 100_000) throw new InvalidOperationException($"NextDeadline stays at {Stack.NextDeadline}");
            Now = Instant.Max(Now + TimeSpan.FromTicks(1), Stack.NextDeadline);
            Poll();
        }

        Now = end;
        Poll();
    }

    public void Receive(byte[] frame)
    {
        Device.Deliver(frame);
        Poll();
    }

    /// <summary>Takes what was sent, without neighbour discovery's own messages.</summary>
    public List<byte[]> TakeSent()
    {
        List<byte[]> sent = Device.Sent.Where(frame => !IsResolution(frame)).ToList();
        Device.Sent.Clear();
        return sent;
    }

    private readonly HashSet<byte[]> _answered = new(ReferenceEqualityComparer.Instance);

    private bool AnswerSolicitations()
    {
        bool any = false;
        foreach (byte[] frame in Device.Sent.ToArray())
        {
            if (!_answered.Add(frame)) continue;
            EthernetFrame.TryParse(frame, out EthernetFrame ethernet);
            if (ethernet.Type == EtherType.Arp && ArpRepr.TryParse(ethernet.Payload, out ArpRepr arp) && arp.Operation == ArpOperation.Request &&
                !arp.SenderProtocol.IsUnspecified && (arp.TargetProtocol == Peer4 || arp.TargetProtocol == Gateway4))
            {
                Device.Deliver(Frames.Arp(PeerMac, OurMac, new ArpRepr(ArpOperation.Reply, PeerMac, arp.TargetProtocol, OurMac, arp.SenderProtocol)));
                any = true;
            }
            else if (ethernet.Type == EtherType.Ipv6 && Ipv6Packet.TryParse(ethernet.Payload, out Ipv6Packet ip) == IpParseError.None && ip.NextHeader == IpProtocol.Icmpv6 &&
                NdpNeighborRepr.TryParse(ip.Payload, out NdpNeighborRepr ndp) && !ndp.IsAdvertisement && !ip.Source.IsUnspecified && (ndp.Target == Peer6 || ndp.Target == PeerLinkLocal))
            {
                Device.Deliver(Frames.Neighbor(PeerMac, OurMac, ndp.Target, ip.Source, new NdpNeighborRepr(true, ndp.Target, PeerMac) { Solicited = true, Override = true }));
                any = true;
            }
        }

        return any;
    }

    private static bool IsResolution(byte[] frame)
    {
        EthernetFrame.TryParse(frame, out EthernetFrame ethernet);
        if (ethernet.Type == EtherType.Arp) return true;
        if (ethernet.Type != EtherType.Ipv6 || Ipv6Packet.TryParse(ethernet.Payload, out Ipv6Packet ip) != IpParseError.None) return false;
        return ip.NextHeader == IpProtocol.Icmpv6 ? ip.Payload[0] is 135 or 136 : ip.NextHeader == IpProtocol.HopByHop;
    }

    public void Dispose()
    {
        foreach (UdpEndpoint endpoint in Udp.ListEndpoints()) endpoint.Close(Now);
        Interface.Neighbors.Clear();
        Stack.Reassembler.Clear();
        Poll();
        Assert.Equal(0, Pool.Outstanding);
        Assert.Equal(0, Pool.OutstandingSlices);
    }
}
