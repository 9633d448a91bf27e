using Unikernel.Net.Iface;
using Unikernel.Net.Sockets.Udp;
using Unikernel.Net.Tests.Support;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Iface;

public class ArpTests
{
    private static List<ArpRepr> ArpSent(Host host)
    {
        var list = new List<ArpRepr>();
        foreach (byte[] frame in host.Device.Sent)
        {
            if (EthernetFrame.TryParse(frame, out EthernetFrame ethernet) && ethernet.Type == EtherType.Arp && ArpRepr.TryParse(ethernet.Payload, out ArpRepr arp)) list.Add(arp);
        }

        return list;
    }

    private static byte[] Request(IpAddress from, IpAddress target, MacAddress? mac = null) =>
        Frames.Arp(mac ?? Host.PeerMac, MacAddress.Broadcast, new ArpRepr(ArpOperation.Request, mac ?? Host.PeerMac, from, default, target));

    [Fact]
    public void A_request_for_our_address_is_answered_and_its_sender_learned()
    {
        using var host = new Host();
        host.Receive(Request(Host.Peer4, Host.Our4));
        ArpRepr reply = Assert.Single(ArpSent(host));
        Assert.Equal(new ArpRepr(ArpOperation.Reply, Host.OurMac, Host.Our4, Host.PeerMac, Host.Peer4), reply);
        Assert.Equal(NeighborState.Stale, host.Interface.Neighbors.Find(Host.Peer4)!.State);
    }

    [Fact]
    public void Requests_for_others_are_ignored_and_teach_nothing_new()
    {
        using var host = new Host();
        host.Receive(Request(Host.Peer4, new(10, 0, 0, 77)));
        Assert.Empty(ArpSent(host));
        Assert.Null(host.Interface.Neighbors.Find(Host.Peer4));
        Assert.Equal(1, host.Counters.ArpIgnored);
    }

    [Fact]
    public void Packets_wait_for_the_answer_and_leave_in_order()
    {
        using var host = new Host(answerNeighbors: false);
        UdpEndpoint endpoint = host.Udp.Open(false);
        for (byte i = 0; i < 3; i++) Assert.Equal(EndpointError.None, endpoint.Send(host.Now, [i], new IpEndpoint(Host.Peer4, 9)));
        Assert.Single(ArpSent(host));
        Assert.Empty(host.TakeSent());
        host.Receive(Frames.Arp(Host.PeerMac, Host.OurMac, new ArpRepr(ArpOperation.Reply, Host.PeerMac, Host.Peer4, Host.OurMac, Host.Our4)));
        List<byte[]> sent = host.TakeSent();
        Assert.Equal([0, 1, 2], sent.Select(frame => (int)Frames.Check(frame).Payload[^1]));
        Assert.Equal(NeighborState.Reachable, host.Interface.Neighbors.Find(Host.Peer4)!.State);
    }

    [Fact]
    public void Nobody_answers_three_requests_then_the_socket_hears_host_unreachable()
    {
        using var host = new Host(answerNeighbors: false);
        UdpEndpoint endpoint = host.Udp.Open(false);
        endpoint.Connect(new IpEndpoint(Host.Peer4, 9));
        endpoint.Send(host.Now, [1]);
        host.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(3, ArpSent(host).Count);
        Assert.Equal(EndpointError.HostUnreachable, endpoint.TakeError());
        Assert.Equal(1, host.Counters.NeighborsFailed);
        Assert.Null(host.Interface.Neighbors.Find(Host.Peer4));
        Assert.Equal(0, host.Pool.Outstanding);
    }

    [Fact]
    public void The_queue_of_one_neighbour_is_limited_and_the_oldest_goes()
    {
        using var host = new Host(answerNeighbors: false);
        UdpEndpoint endpoint = host.Udp.Open(false);
        for (int i = 0; i < NeighborCache.QueueLimit + 5; i++) endpoint.Send(host.Now, [(byte)i], new IpEndpoint(Host.Peer4, 9));
        Assert.Equal(5, host.Counters.NeighborQueueDrops);
        host.Receive(Frames.Arp(Host.PeerMac, Host.OurMac, new ArpRepr(ArpOperation.Reply, Host.PeerMac, Host.Peer4, Host.OurMac, Host.Our4)));
        Assert.Equal(5, Frames.Check(host.TakeSent()[0]).Payload[^1]);
    }

    [Fact]
    public void A_neighbour_that_is_used_is_probed_by_unicast_and_forgotten_when_silent()
    {
        using var host = new Host();
        UdpEndpoint endpoint = host.Udp.Open(false);
        endpoint.Send(host.Now, [1], new IpEndpoint(Host.Peer4, 9));
        host.Poll();
        host.AnswerNeighbors = false;
        host.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(NeighborState.Stale, host.Interface.Neighbors.Find(Host.Peer4)!.State);
        host.Device.Sent.Clear();
        endpoint.Send(host.Now, [2], new IpEndpoint(Host.Peer4, 9));
        Assert.Equal(NeighborState.Delay, host.Interface.Neighbors.Find(Host.Peer4)!.State);
        host.Advance(TimeSpan.FromSeconds(5.5));
        Assert.Equal(NeighborState.Probe, host.Interface.Neighbors.Find(Host.Peer4)!.State);
        EthernetFrame.TryParse(host.Device.Sent[^1], out EthernetFrame probe);
        Assert.Equal(Host.PeerMac, probe.Destination);
        host.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(host.Interface.Neighbors.Find(Host.Peer4));
    }

    [Fact]
    public void A_scan_of_the_link_costs_bounded_memory()
    {
        using var host = new Host();
        for (int i = 1; i < 5000; i++) host.Receive(Request(new IpAddress((uint)(0x0a000000 + 256 + i)), Host.Our4, new MacAddress((ulong)(0x0200_0001_0000 + i))));
        Assert.Equal(NeighborCache.DefaultLimit, host.Interface.Neighbors.Count);
        Assert.True(host.Counters.NeighborsEvicted > 4000);
    }

    [Fact]
    public void A_duplicate_address_is_found_while_probing_and_not_used()
    {
        using var host = new Host(configure: false);
        InterfaceAddress address = host.Stack.AddAddress(host.Interface, new IpCidr(Host.Our4, 24), AddressOrigin.Static, host.Now)!;
        host.Poll();
        ArpRepr probe = Assert.Single(ArpSent(host));
        Assert.True(probe.SenderProtocol.IsUnspecified);
        host.Receive(Frames.Arp(Host.PeerMac, Host.OurMac, new ArpRepr(ArpOperation.Reply, Host.PeerMac, Host.Our4, Host.OurMac, IpAddress.Any4)));
        Assert.Equal(AddressState.Duplicate, address.State);
        Assert.Contains(host.Lines, line => line.Contains("already in use", StringComparison.Ordinal) && line.Contains(Host.PeerMac.ToString(), StringComparison.Ordinal));
        host.Device.Sent.Clear();
        host.Receive(Request(Host.Peer4, Host.Our4));
        Assert.Empty(ArpSent(host));
    }

    [Fact]
    public void An_address_that_was_ours_first_is_defended_once_in_ten_seconds()
    {
        using var host = new Host();
        for (int i = 0; i < 5; i++) host.Receive(Request(Host.Our4, Host.Peer4));
        ArpRepr defence = Assert.Single(ArpSent(host));
        Assert.Equal(ArpRepr.Announcement(Host.OurMac, Host.Our4), defence);
        Assert.Equal(5, host.Counters.ArpConflicts);
        Assert.NotNull(host.Interface.FindAddress(Host.Our4));
        host.Advance(TimeSpan.FromSeconds(11));
        host.Receive(Request(Host.Our4, Host.Peer4));
        Assert.Equal(2, ArpSent(host).Count);
    }

    [Fact]
    public void Malformed_packets_are_counted()
    {
        using var host = new Host();
        byte[] frame = Request(Host.Peer4, Host.Our4);
        frame[14] = 9;
        host.Receive(frame);
        host.Receive(frame[..30]);
        Assert.Equal(2, host.Counters.ArpMalformed);
    }
}
