using Unikernel.Net.Sockets.Udp;
using Unikernel.Net.Tests.Support;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Iface;

public class GroupTests
{
    private static readonly IpAddress Group4 = new(239, 1, 2, 3), Group6 = IpAddress.Parse("ff05::1234");

    [Fact]
    public void Joining_is_reported_twice_and_leaving_once()
    {
        using var host = new Host();
        UdpEndpoint endpoint = host.Udp.Open(false);
        Assert.Equal(EndpointError.None, endpoint.Join(Group4, 0, host.Now));
        host.Advance(TimeSpan.FromSeconds(5));
        List<byte[]> reports = host.Device.Sent.Where(frame => frame[23] == 2 && frame[12] == 8).ToList();
        Assert.Equal(2, reports.Count);
        byte[] report = reports[0];
        Assert.Equal(MacAddress.ForMulticast(Group4), new MacAddress(report));
        Assert.Equal(IpParseError.None, Ipv4Packet.TryParse(report.AsSpan(14), out Ipv4Packet ip));
        Assert.True(ip.IsChecksumValid);
        Assert.Equal((1, 24, Host.Our4), (ip.HopLimit, ip.HeaderLength, ip.Source));
        Assert.True(IgmpRepr.TryParse(ip.Payload, out IgmpRepr igmp));
        Assert.Equal(new IgmpRepr(IgmpType.Version2Report, 0, Group4), igmp);
        host.Device.Sent.Clear();
        Assert.Equal(EndpointError.None, endpoint.Leave(Group4, 0, host.Now));
        Assert.Equal(0x17, Assert.Single(host.Device.Sent)[38]);
        Assert.Equal(EndpointError.NotMember, endpoint.Leave(Group4, 0, host.Now));
    }

    [Fact]
    public void Ipv6_joins_are_reported_to_all_MLDv2_routers_with_router_alert()
    {
        using var host = new Host();
        UdpEndpoint endpoint = host.Udp.Open(true);
        endpoint.Join(Group6, 2, host.Now);
        byte[] report = Assert.Single(host.Device.Sent);
        Assert.Equal(IpParseError.None, Ipv6Packet.TryParse(report.AsSpan(14), out Ipv6Packet ip));
        Assert.Equal(("ff02::16", 1, IpProtocol.HopByHop), (ip.Destination.ToString(), ip.HopLimit, ip.NextHeader));
        Assert.Equal([58, 0, 5, 2, 0, 0, 1, 0, 143], ip.Payload[..9].ToArray());
        Assert.True(InternetChecksum.IsValid(InternetChecksum.Add(ip.Payload[8..], InternetChecksum.PseudoHeader(ip.Source, ip.Destination, IpProtocol.Icmpv6, ip.Payload.Length - 8))));
        Assert.Equal(4, ip.Payload[16]);
    }

    [Fact]
    public void A_query_is_answered_within_its_time()
    {
        using var host = new Host();
        UdpEndpoint endpoint = host.Udp.Open(false);
        endpoint.Join(Group4, 0, host.Now);
        host.Advance(TimeSpan.FromSeconds(5));
        host.Device.Sent.Clear();
        byte[] query = new byte[8];
        new IgmpRepr(IgmpType.MembershipQuery, 100, IpAddress.Any4).Emit(query);
        host.Receive(Frames.Ipv4(new Ipv4Repr(Host.Peer4, new(224, 0, 0, 1), IpProtocol.Igmp, 8) { HopLimit = 1 }, query, MacAddress.ForMulticast(new(224, 0, 0, 1))));
        host.Advance(TimeSpan.FromSeconds(10));
        Assert.Contains(host.Device.Sent, frame => frame[23] == 2 && frame[12] == 8);
        Assert.Equal(1, host.Counters.GroupQueries);
    }

    [Fact]
    public void Every_socket_of_the_group_gets_the_datagram_and_we_hear_ourselves_if_asked_to()
    {
        using var host = new Host();
        UdpEndpoint first = host.Udp.Open(false), second = host.Udp.Open(true);
        first.ReuseAddress = second.ReuseAddress = true;
        Assert.Equal(EndpointError.None, first.Bind(IpAddress.Any4, 99));
        Assert.Equal(EndpointError.None, second.Bind(IpAddress.Any6, 99));
        first.Join(Group4, 0, host.Now);
        host.Receive(Frames.Udp(Host.Peer4, Group4, 5, 99, [1, 2], MacAddress.ForMulticast(Group4)));
        foreach (UdpEndpoint endpoint in (UdpEndpoint[])[first, second])
        {
            Assert.True(endpoint.TryReceive(out Datagram datagram));
            Assert.Equal([1, 2], datagram.Packet.Data.ToArray());
            Assert.Equal(Group4, datagram.Ip.Destination);
            datagram.Packet.Release();
        }

        first.Send(host.Now, [3], new IpEndpoint(Group4, 99));
        host.Poll();
        Assert.True(first.TryReceive(out Datagram own));
        Assert.Equal((Host.Our4, host.Interface.Index), (own.Ip.Source, own.Ip.InterfaceIndex));
        own.Packet.Release();
        second.TryReceive(out own);
        own.Packet.Release();
        first.MulticastLoop = false;
        first.Send(host.Now, [4], new IpEndpoint(Group4, 99));
        host.Poll();
        Assert.False(first.TryReceive(out _));
        first.Leave(Group4, 0, host.Now);
        host.Receive(Frames.Udp(Host.Peer4, Group4, 5, 99, [1, 2], MacAddress.ForMulticast(Group4)));
        Assert.False(first.TryReceive(out _));
    }

    [Fact]
    public void The_number_of_groups_is_limited()
    {
        using var host = new Host();
        UdpEndpoint endpoint = host.Udp.Open(false);
        EndpointError last = EndpointError.None;
        for (int i = 0; i < 100; i++) last = endpoint.Join(new IpAddress((uint)(0xef000000 + i)), 0, host.Now);
        Assert.Equal(EndpointError.TooManyGroups, last);
        Assert.True(host.Counters.GroupLimit > 0);
    }
}
