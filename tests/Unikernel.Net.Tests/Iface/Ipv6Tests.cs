using Unikernel.Net.Iface;
using Unikernel.Net.Sockets.Udp;
using Unikernel.Net.Tests.Support;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Iface;

public class Ipv6Tests
{
    private static readonly IpAddress AllNodes = IpAddress.Parse("ff02::1");

    private static List<NdpNeighborRepr> NeighborMessages(Host host)
    {
        var list = new List<NdpNeighborRepr>();
        foreach (byte[] frame in host.Device.Sent)
        {
            if (EthernetFrame.TryParse(frame, out EthernetFrame ethernet) && ethernet.Type == EtherType.Ipv6 && Ipv6Packet.TryParse(ethernet.Payload, out Ipv6Packet ip) == IpParseError.None &&
                NdpNeighborRepr.TryParse(ip.Payload, out NdpNeighborRepr neighbor))
                list.Add(neighbor);
        }

        return list;
    }

    private static byte[] Solicitation(IpAddress from, IpAddress to, IpAddress target, bool withLink = true, byte hopLimit = 255) =>
        Frames.Neighbor(Host.PeerMac, to.IsMulticast ? MacAddress.ForMulticast(to) : Host.OurMac, from, to, new NdpNeighborRepr(false, target, withLink ? Host.PeerMac : null), hopLimit);

    [Theory]
    [InlineData("2001:db8::1")]
    [InlineData("ff02::1")]
    public void Ping_is_answered_from_our_address(string to)
    {
        using var host = new Host();
        IpAddress destination = IpAddress.Parse(to);
        host.Receive(Frames.Icmpv6(Host.Peer6, destination, IcmpRepr.Echo((byte)Icmpv6Type.EchoRequest, 1, 2), [1, 2, 3], to: destination.IsMulticast ? MacAddress.ForMulticast(destination) : null));
        var reply = Frames.Check(Assert.Single(host.TakeSent()));
        Assert.Equal((Host.Our6, Host.Peer6, IpProtocol.Icmpv6), (reply.Source, reply.Destination, reply.Protocol));
        Assert.Equal(129, reply.Payload[0]);
    }

    [Fact]
    public void A_solicitation_is_answered_and_its_sender_learned()
    {
        using var host = new Host();
        host.Receive(Solicitation(Host.Peer6, Host.Our6.SolicitedNode, Host.Our6));
        NdpNeighborRepr answer = Assert.Single(NeighborMessages(host));
        Assert.Equal(new NdpNeighborRepr(true, Host.Our6, Host.OurMac) { Solicited = true, Override = true }, answer);
        Assert.Equal(NeighborState.Stale, host.Interface.Neighbors.Find(Host.Peer6)!.State);
    }

    [Fact]
    public void Neighbour_messages_that_crossed_a_router_are_dropped()
    {
        using var host = new Host();
        host.Receive(Solicitation(Host.Peer6, Host.Our6.SolicitedNode, Host.Our6, hopLimit: 254));
        Assert.Empty(NeighborMessages(host));
        Assert.Equal(1, host.Counters.NdpBadHopLimit);
    }

    [Fact]
    public void Anothers_probe_for_our_address_is_answered_to_all_nodes()
    {
        using var host = new Host();
        host.Receive(Solicitation(IpAddress.Any6, Host.Our6.SolicitedNode, Host.Our6, withLink: false));
        NdpNeighborRepr answer = Assert.Single(NeighborMessages(host));
        Assert.False(answer.Solicited);
        Assert.Equal(Host.Our6, answer.Target);
    }

    [Fact]
    public void A_duplicate_address_is_found_and_not_used()
    {
        using var host = new Host(configure: false);
        InterfaceAddress address = host.Stack.AddAddress(host.Interface, new IpCidr(Host.Our6, 64), AddressOrigin.Static, host.Now)!;
        host.Poll();
        Assert.Contains(NeighborMessages(host), message => !message.IsAdvertisement && message.LinkLayerAddress is null);
        host.Receive(Frames.Neighbor(Host.PeerMac, MacAddress.ForMulticast(AllNodes), Host.Our6, AllNodes, new NdpNeighborRepr(true, Host.Our6, Host.PeerMac) { Override = true }));
        Assert.Equal(AddressState.Duplicate, address.State);
        Assert.Equal(1, host.Counters.DuplicateAddresses);
        Assert.Equal(EndpointError.AddressNotAvailable, host.Udp.Open(true).Bind(Host.Our6, 1));
    }

    [Fact]
    public void Neighbours_are_resolved_and_datagrams_go_out()
    {
        using var host = new Host();
        UdpEndpoint endpoint = host.Udp.Open(true);
        Assert.Equal(EndpointError.None, endpoint.Send(host.Now, [9], new IpEndpoint(Host.Peer6, 99)));
        host.Poll();
        var sent = Frames.Check(Assert.Single(host.TakeSent()));
        Assert.Equal((Host.Our6, Host.Peer6, IpProtocol.Udp), (sent.Source, sent.Destination, sent.Protocol));
        Assert.Equal(NeighborState.Reachable, host.Interface.Neighbors.Find(Host.Peer6)!.State);
    }

    [Fact]
    public void Large_datagrams_are_fragmented_by_the_sender()
    {
        using var host = new Host();
        UdpEndpoint endpoint = host.Udp.Open(true);
        endpoint.Send(host.Now, Frames.Bytes(4000), new IpEndpoint(Host.Peer6, 99));
        host.Poll();
        List<byte[]> sent = host.TakeSent();
        Assert.Equal(3, sent.Count);
        Assert.All(sent, frame => Assert.Equal(IpProtocol.Ipv6Fragment, Frames.Check(frame).Protocol));
    }

    [Fact]
    public void An_unrecognised_option_is_reported_at_its_place()
    {
        using var host = new Host();
        byte[] payload = [17, 0, 0x81, 4, 0, 0, 0, 0, .. Frames.UdpSegment(Host.Peer6, Host.Our6, 1, 2, [1])];
        host.Receive(Frames.Ipv6(new Ipv6Repr(Host.Peer6, Host.Our6, IpProtocol.Ipv6Destination, payload.Length), payload));
        var error = Frames.Check(Assert.Single(host.TakeSent()));
        Assert.Equal([4, 2], error.Payload[..2]);
        Assert.Equal(42, error.Payload[7]);
    }

    [Theory]
    [InlineData("::ffff:1.2.3.4")]
    [InlineData("ff02::5")]
    [InlineData("::1")]
    public void Impossible_sources_are_dropped(string source)
    {
        using var host = new Host();
        byte[] frame = Frames.Udp(Host.Peer6, Host.Our6, 1, 2, [1]);
        IpAddress.Parse(source).CopyTo16(frame.AsSpan(22));
        host.Receive(frame);
        Assert.Equal(1, host.Counters.Ipv6BadAddress);
    }

    private static byte[] Advertisement(IpAddress from, ushort lifetime = 1800, params byte[][] options)
    {
        byte[] rest = [0, 0, 0, 0, 0, 0, 0, 0, .. options.SelectMany(option => option)];
        var icmp = new IcmpRepr((byte)Icmpv6Type.RouterAdvertisement, 0, (uint)(63 << 24 | lifetime));
        return Frames.Icmpv6(from, AllNodes, icmp, rest, 255, MacAddress.ForMulticast(AllNodes));
    }

    private static byte[] Prefix(string prefix, uint valid = 7200, uint preferred = 3600, bool autonomous = true)
    {
        byte[] option = new byte[32];
        new NdpPrefix(IpAddress.Parse(prefix), 64, true, autonomous, valid, preferred).Emit(option);
        return option;
    }

    private static Host WithAutoconfiguration()
    {
        var host = new Host(configure: false);
        _ = new Autoconfiguration(host.Stack, host.Interface, host.Now);
        return host;
    }

    [Fact]
    public void Routers_are_solicited_three_times_from_the_link_local_address()
    {
        using Host host = WithAutoconfiguration();
        host.Advance(TimeSpan.FromSeconds(30));
        List<byte[]> solicitations = host.Device.Sent.Where(frame => frame.Length > 54 && frame[20] == 58 && frame[54] == 133).ToList();
        Assert.Equal(3, solicitations.Count);
        Assert.Equal("fe80::ff:fe00:1", Frames.Check(solicitations[0]).Source.ToString());
    }

    [Fact]
    public void An_advertisement_gives_address_route_hop_limit_MTU_and_name_servers()
    {
        using Host host = WithAutoconfiguration();
        byte[] mtu = [5, 1, 0, 0, 0, 0, 0x05, 0x78];
        byte[] dns = [25, 3, 0, 0, 0, 0, 0x0e, 0x10, .. Bytes("2001:db8::53")];
        host.Receive(Advertisement(Host.PeerLinkLocal, 1800, Prefix("2001:db8:5::"), mtu, dns));
        Assert.NotNull(host.Interface.FindAddress(IpAddress.Parse("2001:db8:5:0:0:ff:fe00:1")));
        Assert.Equal((63, 1400), (host.Interface.HopLimit, host.Interface.Mtu));
        Assert.Equal("2001:db8::53", Assert.Single(host.Interface.DnsServers).ToString());
        Route route = default;
        Assert.Equal(SendResult.Sent, host.Stack.TryRoute(IpAddress.Parse("2001:db8:99::1"), default, 0, ref route));
        Assert.Equal((Host.PeerLinkLocal, "2001:db8:5::ff:fe00:1"), (route.NextHop, route.Source.ToString()));
        host.Device.Sent.Clear();
        host.Advance(TimeSpan.FromSeconds(20));
        Assert.DoesNotContain(host.Device.Sent, frame => frame.Length > 54 && frame[54] == 133); // no more solicitations
    }

    private static byte[] Bytes(string address)
    {
        byte[] bytes = new byte[16];
        IpAddress.Parse(address).CopyTo16(bytes);
        return bytes;
    }

    [Fact]
    public void Addresses_and_routes_age()
    {
        using Host host = WithAutoconfiguration();
        host.Receive(Advertisement(Host.PeerLinkLocal, 100, Prefix("2001:db8:5::", valid: 200, preferred: 50)));
        host.Advance(TimeSpan.FromSeconds(60));
        InterfaceAddress address = host.Interface.Addresses.Single(entry => entry.Origin == AddressOrigin.Autoconfigured);
        Assert.Equal(AddressState.Deprecated, address.State);
        host.Advance(TimeSpan.FromSeconds(60));
        Route route = default;
        Assert.Equal(SendResult.NoRoute, host.Stack.TryRoute(IpAddress.Parse("2001:db8:99::1"), default, 0, ref route));
        host.Advance(TimeSpan.FromSeconds(120));
        Assert.DoesNotContain(host.Interface.Addresses, entry => entry.Origin == AddressOrigin.Autoconfigured);
    }

    [Fact]
    public void A_forged_advertisement_can_not_take_an_address_away_at_once()
    {
        using Host host = WithAutoconfiguration();
        host.Receive(Advertisement(Host.PeerLinkLocal, 1800, Prefix("2001:db8:5::", valid: 86400, preferred: 86400)));
        host.Receive(Advertisement(Host.PeerLinkLocal, 1800, Prefix("2001:db8:5::", valid: 1, preferred: 1)));
        host.Advance(TimeSpan.FromMinutes(119));
        Assert.Contains(host.Interface.Addresses, entry => entry.Origin == AddressOrigin.Autoconfigured);
        host.Advance(TimeSpan.FromMinutes(2));
        Assert.DoesNotContain(host.Interface.Addresses, entry => entry.Origin == AddressOrigin.Autoconfigured);
    }

    [Fact]
    public void A_flood_of_prefixes_and_routers_is_bounded()
    {
        using Host host = WithAutoconfiguration();
        for (int i = 0; i < 200; i++)
            host.Receive(Advertisement(new IpAddress(0xfe80_0000_0000_0000, (ulong)(1000 + i)), 1800, Prefix($"2001:db8:{i + 1:x}::")));
        Assert.True(host.Interface.Addresses.Count <= NetworkInterface.AddressLimit);
        Assert.True(host.Stack.Routes.Routes.Count <= RouteTable.Limit);
        Assert.True(host.Counters.RouterAdvertisementsIgnored > 100);
    }

    [Theory]
    [InlineData("2001:db8::2")] // not link-local
    [InlineData("::")]
    public void Advertisements_of_impossible_routers_are_ignored(string from)
    {
        using Host host = WithAutoconfiguration();
        host.Receive(Advertisement(IpAddress.Parse(from), 1800, Prefix("2001:db8:5::")));
        Assert.Equal(1, host.Counters.NdpMalformed);
        Assert.DoesNotContain(host.Interface.Addresses, entry => entry.Origin == AddressOrigin.Autoconfigured);
    }
}
