using Unikernel.Net.Iface;
using Unikernel.Net.Tests.Support;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Dhcp;

public class DhcpTests
{
    private static readonly IpAddress Server = new(10, 0, 0, 53), Offered = new(10, 0, 0, 40);

    private sealed class Client : IDisposable
    {
        public Client()
        {
            Host = new Host(configure: false);
            Dhcp = new DhcpClient(Host.Stack, Host.Interface, "guest", Host.Now);
        }

        public Host Host { get; }
        public DhcpClient Dhcp { get; }

        public void Dispose() => Host.Dispose();

        /// <summary>DHCP messages sent since the last call, with their destination.</summary>
        public List<(DhcpMessageType Type, IpAddress To, IpAddress From, byte[] Message)> Take()
        {
            var list = new List<(DhcpMessageType, IpAddress, IpAddress, byte[])>();
            foreach (byte[] frame in Host.TakeSent())
            {
                var sent = Frames.Check(frame);
                if (sent.Protocol != IpProtocol.Udp || !UdpPacket.TryParse(sent.Payload, out UdpPacket udp) || udp.DestinationPort != 67) continue;
                Assert.Equal(68, udp.SourcePort);
                Assert.True(DhcpMessage.TryParse(udp.Payload, out DhcpMessage message));
                list.Add((message.Type, sent.Destination, sent.Source, udp.Payload.ToArray()));
            }

            return list;
        }

        public (DhcpMessageType Type, IpAddress To, IpAddress From, byte[] Message) TakeOne() => Assert.Single(Take());

        public void Answer(byte[] request, DhcpMessageType type, uint lease = 3600, IpAddress? address = null, IpAddress? server = null, uint t1 = 0, uint t2 = 0,
            uint? transaction = null, MacAddress? hardware = null, Action<Options>? more = null, IpAddress? mask = null, bool noLease = false)
        {
            DhcpMessage.TryParse(request, out DhcpMessage asked);
            byte[] buffer = new byte[576];
            var writer = new DhcpWriter(buffer, isReply: true, transaction ?? asked.TransactionId, 0, false, IpAddress.Any4,
                type == DhcpMessageType.Nak ? IpAddress.Any4 : address ?? Offered, hardware ?? Host.OurMac);
            writer.Option(DhcpOption.MessageType, (byte)type);
            writer.Option(DhcpOption.ServerIdentifier, server ?? Server);
            if (type != DhcpMessageType.Nak)
            {
                if (!noLease) writer.Option(DhcpOption.LeaseTime, lease);
                writer.Option(DhcpOption.SubnetMask, mask ?? new IpAddress(255, 255, 255, 0));
                writer.Option(DhcpOption.Router, Unikernel.Net.Tests.Support.Host.Gateway4);
                writer.Option(DhcpOption.DnsServers, Server);
                writer.Option(DhcpOption.DomainName, "example.test"u8);
                if (t1 > 0) writer.Option(DhcpOption.RenewalTime, t1);
                if (t2 > 0) writer.Option(DhcpOption.RebindingTime, t2);
            }

            if (more is not null)
            {
                var options = new Options();
                more(options);
                foreach ((byte code, byte[] value) in options.List) writer.Option(code, value);
            }

            int length = writer.Finish();
            // To the offered address as servers do, or by broadcast if a host could not even receive that.
            IpAddress to = address is { IsLoopback: true } ? IpAddress.Broadcast4 : address ?? Offered;
            Host.Receive(Frames.Udp(server ?? Server, to, 67, 68, buffer.AsSpan(0, length)));
        }

        public void Bind(uint lease = 3600, Action<Options>? more = null)
        {
            Host.Poll();
            Answer(TakeOne().Message, DhcpMessageType.Offer, lease, more: more);
            Answer(TakeOne().Message, DhcpMessageType.Ack, lease, more: more);
            Assert.Equal(DhcpState.Bound, Dhcp.State);
            Take();
        }
    }

    private sealed class Options
    {
        public List<(byte, byte[])> List { get; } = [];
    }

    [Fact]
    public void Four_messages_make_an_address_route_names_and_a_line()
    {
        using var client = new Client();
        client.Host.Poll();
        var discover = client.TakeOne();
        Assert.Equal((DhcpMessageType.Discover, IpAddress.Broadcast4, IpAddress.Any4), (discover.Type, discover.To, discover.From));
        client.Answer(discover.Message, DhcpMessageType.Offer);
        var request = client.TakeOne();
        Assert.Equal((DhcpMessageType.Request, IpAddress.Broadcast4), (request.Type, request.To));
        DhcpMessage.TryParse(request.Message, out DhcpMessage asked);
        Assert.True(asked.TryFindAddress(DhcpOption.RequestedAddress, out IpAddress wanted) && asked.TryFindAddress(DhcpOption.ServerIdentifier, out IpAddress server) && wanted == Offered && server == Server);
        Assert.True(asked.TryFind(DhcpOption.HostName, out ReadOnlySpan<byte> host) && host.SequenceEqual("guest"u8));
        client.Answer(request.Message, DhcpMessageType.Ack);
        Assert.Equal(DhcpState.Bound, client.Dhcp.State);
        Assert.Equal(new IpCidr(Offered, 24), client.Dhcp.Lease!.Cidr);
        Assert.Equal([Server], client.Host.Interface.DnsServers);
        Assert.Equal(["example.test"], client.Host.Interface.SearchDomains);
        Route route = default;
        Assert.Equal(SendResult.Sent, client.Host.Stack.TryRoute(Host.Far4, default, 0, ref route));
        Assert.Equal((Host.Gateway4, Offered), (route.NextHop, route.Source));
        Assert.Contains(client.Host.Lines, line => line.Contains("10.0.0.40/24", StringComparison.Ordinal) && line.Contains("10.0.0.254", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_server_it_asks_at_growing_intervals_and_says_so_once()
    {
        using var client = new Client();
        client.Host.Advance(TimeSpan.FromMinutes(10));
        int asked = client.Take().Count;
        Assert.InRange(asked, 10, 20);
        string line = Assert.Single(client.Host.Lines);
        Assert.Contains("no DHCP server", line, StringComparison.Ordinal);
        Assert.Contains("ip=", line, StringComparison.Ordinal);
        Assert.Equal(DhcpState.Selecting, client.Dhcp.State);
        // And still takes the offer that comes at last.
        client.Host.Advance(TimeSpan.FromSeconds(70));
        client.Answer(client.Take()[^1].Message, DhcpMessageType.Offer);
        Assert.Equal(DhcpState.Requesting, client.Dhcp.State);
    }

    [Fact]
    public void It_renews_by_unicast_at_half_time_and_keeps_the_address()
    {
        using var client = new Client();
        client.Bind(1000);
        client.Host.Advance(TimeSpan.FromSeconds(499));
        Assert.Empty(client.Take());
        client.Host.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(DhcpState.Renewing, client.Dhcp.State);
        // The server's neighbour entry: it does not answer ARP here, so ask for it directly.
        client.Host.Receive(Frames.Arp(Host.PeerMac, Host.OurMac, new ArpRepr(ArpOperation.Reply, Host.PeerMac, Server, Host.OurMac, Offered)));
        var renew = client.TakeOne();
        Assert.Equal((DhcpMessageType.Request, Server, Offered), (renew.Type, renew.To, renew.From));
        InterfaceAddress before = client.Dhcp.Lease!;
        client.Answer(renew.Message, DhcpMessageType.Ack, 1000);
        Assert.Equal(DhcpState.Bound, client.Dhcp.State);
        Assert.Same(before, client.Dhcp.Lease);
    }

    [Fact]
    public void It_rebinds_by_broadcast_when_its_server_is_silent_and_another_may_answer()
    {
        using var client = new Client();
        client.Bind(1000);
        client.Host.Advance(TimeSpan.FromSeconds(880));
        Assert.Equal(DhcpState.Rebinding, client.Dhcp.State);
        var rebind = client.Take()[^1];
        Assert.Equal((DhcpMessageType.Request, IpAddress.Broadcast4), (rebind.Type, rebind.To));
        var other = new IpAddress(10, 0, 0, 54);
        client.Answer(rebind.Message, DhcpMessageType.Ack, 1000, server: other);
        Assert.Equal((DhcpState.Bound, other), (client.Dhcp.State, client.Dhcp.Server));
    }

    [Fact]
    public void A_lease_that_nobody_renews_is_given_up_in_time_and_said()
    {
        using var client = new Client();
        client.Bind(1000);
        client.Host.Advance(TimeSpan.FromSeconds(999));
        Assert.NotNull(client.Host.Interface.FindAddress(Offered));
        client.Host.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(client.Host.Interface.FindAddress(Offered));
        Assert.Null(client.Dhcp.Lease);
        Assert.Equal(1, client.Dhcp.LeasesLost);
        Assert.Contains(client.Host.Lines, line => line.Contains("ran out", StringComparison.Ordinal));
        Assert.Equal(DhcpMessageType.Discover, client.Take()[^1].Type);
        Route route = default;
        Assert.Equal(SendResult.NoRoute, client.Host.Stack.TryRoute(Host.Far4, default, 0, ref route));
    }

    [Fact]
    public void A_NAK_in_renewal_takes_the_address_away_and_starts_again()
    {
        using var client = new Client();
        client.Bind(1000);
        client.Host.Advance(TimeSpan.FromSeconds(501));
        client.Host.Receive(Frames.Arp(Host.PeerMac, Host.OurMac, new ArpRepr(ArpOperation.Reply, Host.PeerMac, Server, Host.OurMac, Offered)));
        client.Answer(client.TakeOne().Message, DhcpMessageType.Nak);
        Assert.Null(client.Dhcp.Lease);
        Assert.Equal(DhcpState.Selecting, client.Dhcp.State);
        Assert.Contains(client.Host.Lines, line => line.Contains("refuses", StringComparison.Ordinal));
    }

    [Fact]
    public void A_server_that_offers_and_refuses_for_ever_does_not_make_it_busy()
    {
        using var client = new Client();
        int discovers = 0;
        client.Host.Poll();
        for (int i = 0; i < 600; i++)
        {
            foreach (var sent in client.Take())
            {
                if (sent.Type == DhcpMessageType.Discover) discovers++;
                client.Answer(sent.Message, sent.Type == DhcpMessageType.Discover ? DhcpMessageType.Offer : DhcpMessageType.Nak);
            }

            client.Host.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(discovers, 5, 400);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("127.0.0.1")]
    [InlineData("224.0.0.9")]
    [InlineData("255.255.255.255")]
    [InlineData("250.1.1.1")]
    public void Offers_of_impossible_addresses_are_ignored(string address)
    {
        using var client = new Client();
        client.Host.Poll();
        client.Answer(client.TakeOne().Message, DhcpMessageType.Offer, address: IpAddress.Parse(address));
        Assert.Equal((DhcpState.Selecting, 1), (client.Dhcp.State, client.Dhcp.ImplausibleMessages));
    }

    [Fact]
    public void Lies_in_messages_are_counted_and_change_nothing()
    {
        using var client = new Client();
        client.Host.Poll();
        byte[] discover = client.TakeOne().Message;
        client.Answer(discover, DhcpMessageType.Offer, transaction: 1);
        client.Answer(discover, DhcpMessageType.Offer, hardware: Host.PeerMac);
        client.Answer(discover, DhcpMessageType.Ack);
        client.Answer(discover, DhcpMessageType.Nak);
        client.Answer(discover, DhcpMessageType.Offer, mask: new IpAddress(255, 0, 255, 0));
        client.Host.Receive(Frames.Udp(Server, Offered, 67, 68, new byte[100]));
        Assert.Equal(DhcpState.Selecting, client.Dhcp.State);
        Assert.Equal((4, 1, 1), (client.Dhcp.ForeignMessages, client.Dhcp.ImplausibleMessages, client.Dhcp.MalformedMessages));
        client.Answer(discover, DhcpMessageType.Offer);
        byte[] request = client.TakeOne().Message;
        client.Answer(request, DhcpMessageType.Ack, address: new(10, 0, 0, 41)); // another address than offered
        client.Answer(request, DhcpMessageType.Ack, noLease: true);
        Assert.Equal((DhcpState.Requesting, 3), (client.Dhcp.State, client.Dhcp.ImplausibleMessages));
    }

    [Fact]
    public void A_lease_of_one_second_counts_as_a_minute()
    {
        using var client = new Client();
        client.Bind(1);
        client.Host.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal(DhcpState.Bound, client.Dhcp.State);
        client.Host.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(DhcpState.Renewing, client.Dhcp.State);
    }

    [Fact]
    public void An_infinite_lease_is_never_renewed()
    {
        using var client = new Client();
        client.Bind(uint.MaxValue);
        client.Host.Advance(TimeSpan.FromDays(400));
        Assert.Equal(DhcpState.Bound, client.Dhcp.State);
        Assert.Empty(client.Take());
    }

    [Fact]
    public void A_duplicate_address_is_declined_and_another_asked_for()
    {
        using var client = new Client();
        client.Bind();
        client.Host.Receive(Frames.Arp(Host.PeerMac, Host.OurMac, new ArpRepr(ArpOperation.Reply, Host.PeerMac, Offered, Host.OurMac, IpAddress.Any4)));
        var decline = client.TakeOne();
        Assert.Equal(DhcpMessageType.Decline, decline.Type);
        DhcpMessage.TryParse(decline.Message, out DhcpMessage message);
        Assert.True(message.TryFindAddress(DhcpOption.RequestedAddress, out IpAddress declined) && declined == Offered);
        Assert.Empty(client.Host.Interface.Addresses);
        client.Host.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(client.Take());
        client.Host.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(DhcpMessageType.Discover, client.Take()[0].Type);
    }

    [Fact]
    public void Classless_routes_replace_the_router_and_an_MTU_is_taken()
    {
        using var client = new Client();
        client.Bind(more: options =>
        {
            options.List.Add((DhcpOption.ClasslessRoutes, [0, 10, 0, 0, 250, 24, 192, 168, 7, 10, 0, 0, 251]));
            options.List.Add((DhcpOption.InterfaceMtu, [0x05, 0x14]));
        });
        Route route = default;
        client.Host.Stack.TryRoute(new(192, 168, 7, 9), default, 0, ref route);
        Assert.Equal(("10.0.0.251", 1300), (route.NextHop.ToString(), route.PathMtu));
        route = default;
        client.Host.Stack.TryRoute(Host.Far4, default, 0, ref route);
        Assert.Equal("10.0.0.250", route.NextHop.ToString());
    }

    [Fact]
    public void After_the_link_was_pulled_the_lease_is_asked_about_again()
    {
        using var client = new Client();
        client.Bind();
        client.Host.Device.IsLinkUp = false;
        client.Host.Advance(TimeSpan.FromSeconds(5));
        client.Take();
        client.Host.Device.IsLinkUp = true;
        client.Host.Poll();
        Assert.Equal(DhcpMessageType.Request, client.TakeOne().Type);
        Assert.Equal(DhcpState.Rebinding, client.Dhcp.State);
    }

    [Fact]
    public void Random_messages_of_a_server_never_throw()
    {
        using var client = new Client();
        var random = new Random(21);
        byte[] buffer = new byte[400];
        for (int i = 0; i < 20_000; i++)
        {
            random.NextBytes(buffer);
            foreach (var sent in client.Take())
            {
                // Near enough to be looked at: the transaction and hardware address are right.
                sent.Message.AsSpan(0, 44).CopyTo(buffer);
            }

            buffer[0] = 2;
            new byte[] { 1, 6, 0 }.CopyTo(buffer, 1);
            new byte[] { 0x63, 0x82, 0x53, 0x63, 53, 1, (byte)random.Next(1, 9), 54, 4, 10, 0, 0, 53, 51, 4 }.CopyTo(buffer, 236);
            for (int option = 255; option < 380; option += random.Next(3, 20)) (buffer[option], buffer[option + 1]) = ((byte)random.Next(1, 125), (byte)random.Next(0, 12));
            ((IDhcpReceiver)client.Dhcp).Receive(client.Host.Now, Server, buffer.AsSpan(0, random.Next(236, 400)));
            if (i % 50 == 0) client.Host.Advance(TimeSpan.FromSeconds(random.Next(70)));
        }
    }
}
