using Unikernel.Net.Iface;
using Unikernel.Net.Phy;
using Unikernel.Net.Sockets.Udp;
using Unikernel.Net.Tests.Support;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Iface;

public class Ipv4Tests
{
    private static readonly IcmpRepr Ping = IcmpRepr.Echo((byte)Icmpv4Type.EchoRequest, 7, 3);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(56)]
    [InlineData(1472)]
    public void Ping_is_answered_with_the_same_payload(int size)
    {
        using var host = new Host();
        byte[] payload = Frames.Bytes(size);
        host.Receive(Frames.Icmpv4(Host.Peer4, Host.Our4, Ping, payload));
        var reply = Frames.Check(Assert.Single(host.TakeSent()));
        Assert.Equal((Host.Our4, Host.Peer4, IpProtocol.Icmp), (reply.Source, reply.Destination, reply.Protocol));
        IcmpPacket.TryParse(reply.Payload, out IcmpPacket icmp);
        Assert.Equal(IcmpRepr.Echo((byte)Icmpv4Type.EchoReply, 7, 3), IcmpRepr.Parse(icmp));
        Assert.Equal(payload, icmp.Payload.ToArray());
    }

    [Fact]
    public void A_ping_to_a_broadcast_is_not_answered()
    {
        using var host = new Host();
        host.Receive(Frames.Icmpv4(Host.Peer4, new(10, 0, 0, 255), Ping, [1], MacAddress.Broadcast));
        host.Receive(Frames.Icmpv4(Host.Peer4, IpAddress.Broadcast4, Ping, [1], MacAddress.Broadcast));
        Assert.Empty(host.TakeSent());
        Assert.Equal(2, host.Counters.IcmpIgnored);
    }

    public static TheoryData<string, Func<byte[]>, Func<IpCounters, long>> BadPackets => new()
    {
        { "header checksum", () => Change(Good(), 24, 0xff), c => c.Ipv4ChecksumErrors },
        { "version", () => Change(Good(), 14, 0x55), c => c.Ipv4HeaderErrors },
        { "total length", () => Change(Good(), 16, 0x7f), c => c.Ipv4HeaderErrors },
        { "not for us", () => Frames.Udp(Host.Peer4, new(10, 0, 0, 3), 1, 2, [1]), c => c.Ipv4NotForUs },
        { "from a group", () => Frames.Udp(new(224, 0, 0, 5), Host.Our4, 1, 2, [1]), c => c.Ipv4BadAddress },
        { "from the broadcast address", () => Frames.Udp(IpAddress.Broadcast4, Host.Our4, 1, 2, [1]), c => c.Ipv4BadAddress },
        { "from the loopback", () => Frames.Udp(IpAddress.Loopback4, Host.Our4, 1, 2, [1]), c => c.Ipv4BadAddress },
        { "to the loopback", () => Frames.Udp(Host.Peer4, IpAddress.Loopback4, 1, 2, [1]), c => c.Ipv4BadAddress },
        { "from nowhere", () => Frames.Udp(IpAddress.Any4, Host.Our4, 1, 2, [1]), c => c.Ipv4BadAddress },
        { "other MAC", () => Frames.Udp(Host.Peer4, Host.Our4, 1, 2, [1], new MacAddress(0x0200_0000_0099)), c => c.FrameNotForUs },
        { "unknown type", () => Change(Good(), 12, 0x99), c => c.FrameUnknownType },
        { "short frame", () => Good()[..10], c => c.FrameTooShort },
        { "group not joined", () => Frames.Udp(Host.Peer4, new(239, 1, 1, 1), 1, 2, [1], MacAddress.ForMulticast(new(239, 1, 1, 1))), c => c.Ipv4NotForUs },
    };

    private static byte[] Good() => Frames.Udp(Host.Peer4, Host.Our4, 1, 2, [1]);

    private static byte[] Change(byte[] frame, int at, byte value)
    {
        frame[at] = value;
        return frame;
    }

    [Theory]
    [MemberData(nameof(BadPackets))]
    public void Each_bad_packet_is_dropped_silently_under_its_name(string what, Func<byte[]> frame, Func<IpCounters, long> counter)
    {
        using var host = new Host();
        host.Receive(frame());
        Assert.True(counter(host.Counters) == 1, what);
        Assert.Empty(host.TakeSent());
    }

    [Fact]
    public void An_unknown_protocol_is_reported()
    {
        using var host = new Host();
        host.Receive(Frames.Ipv4(new Ipv4Repr(Host.Peer4, Host.Our4, (IpProtocol)200, 20), new byte[20]));
        var error = Frames.Check(Assert.Single(host.TakeSent()));
        Assert.Equal([3, 2], error.Payload[..2]);
        Assert.Equal(1, host.Counters.UnknownProtocol);
    }

    [Fact]
    public void A_closed_port_is_reported_with_the_beginning_of_the_datagram_quoted()
    {
        using var host = new Host();
        byte[] payload = Frames.Bytes(1000);
        host.Receive(Frames.Udp(Host.Peer4, Host.Our4, 1111, 2222, payload));
        var error = Frames.Check(Assert.Single(host.TakeSent()));
        Assert.Equal([3, 3], error.Payload[..2]);
        Assert.Equal(576 - 20, error.Payload.Length);
        Assert.Equal(IpParseError.None, Ipv4Packet.TryParse(error.Payload.AsSpan(8), int.MaxValue, out Ipv4Packet quoted));
        Assert.Equal((Host.Peer4, Host.Our4, 1028), (quoted.Source, quoted.Destination, quoted.TotalLength));
        Assert.Equal(payload[..20], error.Payload[36..56]);
    }

    [Fact]
    public void Error_messages_are_limited_in_rate()
    {
        using var host = new Host();
        for (int i = 0; i < 500; i++) host.Receive(Frames.Udp(Host.Peer4, Host.Our4, 1111, 2222, [1]));
        Assert.Equal(NetworkStack.IcmpErrorBurst, host.TakeSent().Count);
        Assert.Equal(500 - NetworkStack.IcmpErrorBurst, host.Counters.IcmpRateLimited);
        host.Advance(TimeSpan.FromMilliseconds(105));
        for (int i = 0; i < 50; i++) host.Receive(Frames.Udp(Host.Peer4, Host.Our4, 1111, 2222, [1]));
        Assert.Equal(10, host.TakeSent().Count);
    }

    [Theory]
    [InlineData(576)]
    [InlineData(1500)]
    [InlineData(9000)]
    public void Datagrams_are_fragmented_to_the_MTU_and_come_together_again(int mtu)
    {
        using var host = new Host(new DeviceCapabilities(Medium.Ethernet, mtu));
        UdpEndpoint endpoint = host.Udp.Open(false);
        byte[] payload = Frames.Bytes(20_000);
        Assert.Equal(EndpointError.None, endpoint.Send(host.Now, payload, new IpEndpoint(Host.Peer4, 99)));
        host.Poll();
        List<byte[]> sent = host.TakeSent();
        Assert.Equal((20_008 + ((mtu - 20) & ~7) - 1) / ((mtu - 20) & ~7), sent.Count);
        Assert.All(sent, frame => Assert.InRange(frame.Length, 34, mtu + 14));

        // Back to a stack: the addresses exchanged, in another order.
        using var other = new Host(new DeviceCapabilities(Medium.Ethernet, mtu));
        UdpEndpoint receiver = other.Udp.Open(false);
        receiver.Bind(IpAddress.Any4, 99);
        var random = new Random(5);
        foreach (byte[] frame in sent.OrderBy(_ => random.Next()).Select(Readdress)) other.Receive(frame);
        Assert.True(receiver.TryReceive(out Datagram datagram));
        byte[] received = new byte[datagram.Packet.TotalLength];
        datagram.Packet.CopyTo(0, received);
        datagram.Packet.Release();
        Assert.Equal(payload, received);
        Assert.Equal(1, other.Counters.ReassembledPackets);
    }

    // From us to the peer becomes from the peer to us; source and destination in the pseudo-header sum up the same.
    private static byte[] Readdress(byte[] frame)
    {
        frame = (byte[])frame.Clone();
        Host.OurMac.CopyTo(frame);
        Host.PeerMac.CopyTo(frame.AsSpan(6));
        byte[] source = frame[26..30];
        frame.AsSpan(30, 4).CopyTo(frame.AsSpan(26));
        source.CopyTo(frame, 30);
        return frame;
    }

    [Fact]
    public void Off_link_destinations_go_to_the_gateway_and_unknown_ones_nowhere()
    {
        using var host = new Host();
        UdpEndpoint endpoint = host.Udp.Open(false);
        endpoint.Send(host.Now, [1], new IpEndpoint(Host.Far4, 99));
        host.Poll();
        Assert.NotNull(host.Interface.Neighbors.Find(Host.Gateway4));
        Assert.Single(host.TakeSent());
        host.Stack.RemoveRoutes(host.Interface, AddressOrigin.Static, gatewaysOnly: true);
        Assert.Equal(EndpointError.NetworkUnreachable, endpoint.Send(host.Now, [1], new IpEndpoint(Host.Far4, 99)));
        Assert.Equal(1, host.Counters.NoRoute);
    }

    [Fact]
    public void A_router_reports_a_smaller_MTU_and_later_datagrams_fit_it()
    {
        using var host = new Host();
        UdpEndpoint endpoint = host.Udp.Open(false);
        endpoint.Bind(IpAddress.Any4, 4000);
        endpoint.Send(host.Now, Frames.Bytes(1400), new IpEndpoint(Host.Far4, 99));
        host.Poll();
        byte[] sent = Assert.Single(host.TakeSent());
        host.Receive(TooBig(sent.AsSpan(14, 28), 1000));
        Assert.Equal(1, host.Counters.PathMtuUpdates);
        endpoint.Send(host.Now, Frames.Bytes(1400), new IpEndpoint(Host.Far4, 99));
        Assert.All(host.TakeSent(), frame => Assert.InRange(frame.Length, 34, 1014));
        // It is forgotten after ten minutes.
        host.Advance(TimeSpan.FromMinutes(11));
        host.TakeSent();
        endpoint.Send(host.Now, Frames.Bytes(1400), new IpEndpoint(Host.Far4, 99));
        host.Poll();
        Assert.Single(host.TakeSent());
    }

    [Fact]
    public void A_forged_report_about_a_packet_that_we_did_not_send_changes_nothing()
    {
        using var host = new Host();
        byte[] invented = new byte[28];
        new Ipv4Repr(Host.Our4, Host.Far4, IpProtocol.Udp, 1000).Emit(invented);
        new UdpRepr(4001, 99, 992).Emit(invented.AsSpan(20));
        host.Receive(TooBig(invented, 600));
        Assert.Equal((0, 1), (host.Counters.PathMtuUpdates, host.Counters.IcmpErrorsUnmatched));
    }

    [Fact]
    public void A_report_below_the_minimum_is_raised_to_it()
    {
        using var host = new Host();
        UdpEndpoint endpoint = host.Udp.Open(false);
        endpoint.Send(host.Now, Frames.Bytes(1400), new IpEndpoint(Host.Far4, 99));
        host.Poll();
        host.Receive(TooBig(Assert.Single(host.TakeSent()).AsSpan(14, 28), 68));
        Route route = default;
        host.Stack.TryRoute(Host.Far4, default, 0, ref route);
        Assert.Equal(PathMtuCache.MinimumV4, route.PathMtu);
    }

    private static byte[] TooBig(ReadOnlySpan<byte> quoted, ushort mtu) =>
        Frames.Icmpv4(Host.Gateway4, Host.Our4, new IcmpRepr((byte)Icmpv4Type.DestinationUnreachable, 4, mtu), quoted);

    [Fact]
    public void Port_unreachable_reaches_the_connected_socket()
    {
        using var host = new Host();
        UdpEndpoint endpoint = host.Udp.Open(false);
        endpoint.Connect(new IpEndpoint(Host.Peer4, 99));
        endpoint.Send(host.Now, [1]);
        host.Poll();
        host.Receive(Frames.Icmpv4(Host.Peer4, Host.Our4, new IcmpRepr(3, 3, 0), Assert.Single(host.TakeSent()).AsSpan(14)));
        Assert.Equal(EndpointError.ConnectionRefused, endpoint.PendingError);
        Assert.Equal(EndpointError.ConnectionRefused, endpoint.Send(host.Now, [1]));
        Assert.Equal(EndpointError.None, endpoint.Send(host.Now, [1]));
    }

    [Fact]
    public void A_pulled_link_refuses_at_once_and_works_again_when_plugged_in()
    {
        using var host = new Host();
        UdpEndpoint endpoint = host.Udp.Open(false);
        host.Device.IsLinkUp = false;
        host.Poll();
        Assert.Equal(EndpointError.NetworkDown, endpoint.Send(host.Now, [1], new IpEndpoint(Host.Peer4, 99)));
        Assert.Equal(1, host.Counters.LinkDownDrops);
        host.Device.IsLinkUp = true;
        host.Poll();
        Assert.Equal(EndpointError.None, endpoint.Send(host.Now, [1], new IpEndpoint(Host.Peer4, 99)));
        host.Poll();
        Assert.Contains(host.TakeSent(), frame => Frames.Check(frame).Protocol == IpProtocol.Udp);
        Assert.Equal(["eth0: link down", "eth0: link up"], host.Lines.Where(line => line.Contains("link", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_full_device_queue_loses_no_buffer()
    {
        using var host = new Host();
        host.Receive(Frames.Icmpv4(Host.Peer4, Host.Our4, Ping, [1]));
        host.TakeSent();
        host.Device.IsFull = true;
        UdpEndpoint endpoint = host.Udp.Open(false);
        Assert.Equal(EndpointError.WouldBlock, endpoint.Send(host.Now, [1], new IpEndpoint(Host.Peer4, 99)));
        Assert.Equal(1, host.Counters.DeviceFullDrops);
    }

    [Fact]
    public void With_checksum_offload_the_field_holds_the_pseudo_header_and_nothing_is_summed()
    {
        using var host = new Host(new DeviceCapabilities(Medium.Ethernet, 1500) { TransmitChecksum = true });
        UdpEndpoint endpoint = host.Udp.Open(false);
        endpoint.Send(host.Now, [1, 2, 3], new IpEndpoint(Host.Peer4, 99));
        host.Poll();
        byte[] frame = Assert.Single(host.TakeSent());
        ushort expected = InternetChecksum.FoldRaw(InternetChecksum.PseudoHeader(Host.Our4, Host.Peer4, IpProtocol.Udp, 11));
        Assert.Equal(expected, BitConverter.ToUInt16(frame, 40));
    }

    [Fact]
    public void Two_devices_each_answer_for_themselves()
    {
        using var host = new Host();
        var second = new TestDevice(host.Pool, new DeviceCapabilities(Medium.Ethernet, 1500), new MacAddress(0x0200_0000_0011), "eth1");
        NetworkInterface other = host.Stack.AddInterface(second);
        var address = new IpAddress(172, 16, 0, 1);
        host.Stack.AddAddress(other, new IpCidr(address, 16), AddressOrigin.Static, host.Now);
        host.Advance(TimeSpan.FromSeconds(3));
        second.Sent.Clear();
        UdpEndpoint endpoint = host.Udp.Open(false);
        Assert.Equal(EndpointError.None, endpoint.Send(host.Now, [1], new IpEndpoint(new(172, 16, 9, 9), 99)));
        EthernetFrame.TryParse(Assert.Single(second.Sent), out EthernetFrame frame);
        Assert.True(ArpRepr.TryParse(frame.Payload, out ArpRepr arp));
        Assert.Equal((address, new IpAddress(172, 16, 9, 9)), (arp.SenderProtocol, arp.TargetProtocol));
        Assert.Empty(host.TakeSent());
        other.Neighbors.Clear();
    }

    [Fact]
    public void The_stack_talks_to_itself_over_the_loopback()
    {
        using var host = new Host();
        UdpEndpoint server = host.Udp.Open(true), client = host.Udp.Open(false);
        server.Bind(IpAddress.Any6, 500);
        byte[] payload = Frames.Bytes(30_000);
        foreach (IpAddress to in (IpAddress[])[IpAddress.Loopback4, Host.Our4, IpAddress.Any4])
        {
            Assert.Equal(EndpointError.None, client.Send(host.Now, payload, new IpEndpoint(to, 500)));
            host.Poll();
            Assert.True(server.TryReceive(out Datagram datagram), to.ToString());
            byte[] received = new byte[datagram.Packet.TotalLength];
            datagram.Packet.CopyTo(0, received);
            datagram.Packet.Release();
            Assert.Equal(payload, received);
        }

        Assert.Empty(host.TakeSent());
    }
}
