using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Wire;

/// <summary>What a representation emits parses to the same representation, on a buffer full of other bytes before.</summary>
public class RoundTripTests
{
    private readonly Random _random = new(11);

    private IpAddress V4() => new((uint)_random.NextInt64(1L << 32));

    private IpAddress V6() => new(0x2001_0db8_0000_0000UL | (uint)_random.Next(), (ulong)_random.NextInt64());

    private MacAddress Mac() => new((ulong)_random.NextInt64());

    private ushort U16() => (ushort)_random.Next(65536);

    private byte[] Dirty(int length)
    {
        byte[] buffer = new byte[length];
        Array.Fill(buffer, (byte)0xa5);
        return buffer;
    }

    private void Repeat(Action action)
    {
        for (int i = 0; i < 500; i++) action();
    }

    [Fact]
    public void Ethernet() => Repeat(() =>
    {
        var repr = new EthernetRepr(Mac(), Mac(), (EtherType)U16());
        byte[] buffer = Dirty(repr.BufferLength);
        repr.Emit(buffer);
        Assert.True(EthernetFrame.TryParse(buffer, out EthernetFrame frame));
        Assert.Equal(repr, EthernetRepr.Parse(frame));
    });

    [Fact]
    public void Arp() => Repeat(() =>
    {
        var repr = new ArpRepr(_random.Next(2) == 0 ? ArpOperation.Request : ArpOperation.Reply, Mac(), V4(), Mac(), V4());
        byte[] buffer = Dirty(repr.BufferLength);
        repr.Emit(buffer);
        Assert.True(ArpRepr.TryParse(buffer, out ArpRepr back));
        Assert.Equal(repr, back);
    });

    [Fact]
    public void Ipv4() => Repeat(() =>
    {
        int length = _random.Next(1000);
        var repr = new Ipv4Repr(V4(), V4(), (IpProtocol)_random.Next(256), length)
        {
            HopLimit = (byte)_random.Next(256),
            TrafficClass = (byte)_random.Next(256),
            Identification = U16(),
            DontFragment = _random.Next(2) == 0,
            MoreFragments = _random.Next(2) == 0,
            FragmentOffset = _random.Next(8192) * 8,
        };
        byte[] buffer = Dirty(repr.BufferLength + length);
        repr.Emit(buffer);
        Assert.Equal(IpParseError.None, Ipv4Packet.TryParse(buffer, out Ipv4Packet packet));
        Assert.True(packet.IsChecksumValid);
        Assert.Equal(length, packet.Payload.Length);
        Assert.Equal(repr, Ipv4Repr.Parse(packet));
    });

    [Fact]
    public void Ipv6() => Repeat(() =>
    {
        int length = _random.Next(1000);
        var repr = new Ipv6Repr(V6(), V6(), (IpProtocol)_random.Next(256), length) { HopLimit = (byte)_random.Next(256), TrafficClass = (byte)_random.Next(256), FlowLabel = _random.Next(1 << 20) };
        byte[] buffer = Dirty(repr.BufferLength + length);
        repr.Emit(buffer);
        Assert.Equal(IpParseError.None, Ipv6Packet.TryParse(buffer, out Ipv6Packet packet));
        Assert.Equal(repr, Ipv6Repr.Parse(packet));
    });

    [Fact]
    public void Fragment() => Repeat(() =>
    {
        var repr = new Ipv6FragmentRepr((IpProtocol)_random.Next(256), _random.Next(8192) * 8, _random.Next(2) == 0, (uint)_random.NextInt64());
        byte[] buffer = Dirty(repr.BufferLength);
        repr.Emit(buffer);
        Assert.Equal(repr, Ipv6FragmentRepr.Parse(buffer));
    });

    [Fact]
    public void Udp() => Repeat(() =>
    {
        int length = _random.Next(1000);
        var repr = new UdpRepr(U16(), U16(), length);
        byte[] buffer = Dirty(repr.BufferLength + length);
        repr.Emit(buffer);
        Assert.True(UdpPacket.TryParse(buffer, out UdpPacket packet));
        Assert.Equal(repr, UdpRepr.Parse(packet));
        Assert.Equal(length, packet.Payload.Length);
    });

    [Fact]
    public void Icmp() => Repeat(() =>
    {
        var repr = new IcmpRepr((byte)_random.Next(256), (byte)_random.Next(256), (uint)_random.NextInt64());
        byte[] buffer = Dirty(repr.BufferLength);
        repr.Emit(buffer);
        Assert.True(IcmpPacket.TryParse(buffer, out IcmpPacket packet));
        Assert.Equal(repr, IcmpRepr.Parse(packet));
    });

    [Fact]
    public void Neighbor() => Repeat(() =>
    {
        bool advertisement = _random.Next(2) == 0;
        var repr = new NdpNeighborRepr(advertisement, V6(), _random.Next(2) == 0 ? Mac() : null)
        {
            Router = advertisement && _random.Next(2) == 0,
            Solicited = advertisement && _random.Next(2) == 0,
            Override = advertisement && _random.Next(2) == 0,
        };
        byte[] buffer = Dirty(repr.BufferLength);
        repr.Emit(buffer);
        Assert.True(NdpNeighborRepr.TryParse(buffer, out NdpNeighborRepr back));
        Assert.Equal(repr, back);
    });

    [Fact]
    public void Prefix() => Repeat(() =>
    {
        var repr = new NdpPrefix(V6(), (byte)_random.Next(129), _random.Next(2) == 0, _random.Next(2) == 0, (uint)_random.Next(), (uint)_random.Next());
        byte[] buffer = Dirty(NdpPrefix.Length);
        repr.Emit(buffer);
        var reader = new NdpOptionReader(buffer);
        Assert.True(reader.TryRead(out NdpOption option));
        Assert.True(option.TryGetPrefix(out NdpPrefix back));
        Assert.Equal(repr, back);
    });

    [Fact]
    public void Igmp() => Repeat(() =>
    {
        var repr = new IgmpRepr((IgmpType)_random.Next(256), (byte)_random.Next(256), V4());
        byte[] buffer = Dirty(repr.BufferLength);
        repr.Emit(buffer);
        Assert.True(IgmpRepr.TryParse(buffer, out IgmpRepr back));
        Assert.Equal(repr, back);
    });

    [Fact]
    public void Dhcp()
    {
        byte[] buffer = Dirty(576);
        var writer = new DhcpWriter(buffer, isReply: true, 0x12345678, 3, broadcast: true, new(1, 2, 3, 4), new(5, 6, 7, 8), Support.Host.OurMac);
        writer.Option(DhcpOption.MessageType, (byte)DhcpMessageType.Ack);
        writer.Option(DhcpOption.LeaseTime, 3600u);
        writer.Option(DhcpOption.Router, new IpAddress(5, 6, 7, 1));
        int length = writer.Finish();
        Assert.Equal(DhcpWriter.MinimumLength, length);
        Assert.True(DhcpMessage.TryParse(buffer.AsSpan(0, length), out DhcpMessage message));
        Assert.True(message.IsReply && message.BroadcastFlag);
        Assert.Equal(0x12345678u, message.TransactionId);
        Assert.Equal(new IpAddress(1, 2, 3, 4), message.ClientAddress);
        Assert.Equal(new IpAddress(5, 6, 7, 8), message.YourAddress);
        Assert.Equal(Support.Host.OurMac, message.ClientHardware);
        Assert.Equal(DhcpMessageType.Ack, message.Type);
        Assert.True(message.TryFindSeconds(DhcpOption.LeaseTime, out uint lease));
        Assert.Equal(3600u, lease);
        Assert.True(message.TryFindAddress(DhcpOption.Router, out IpAddress router));
        Assert.Equal(new IpAddress(5, 6, 7, 1), router);
        Assert.False(message.TryFind(DhcpOption.DnsServers, out _));
    }

    [Fact]
    public void Dns_query()
    {
        byte[] name = new byte[255];
        Assert.True(DnsName.TryEncode("WWW.Example.com.", name, out int nameLength));
        var query = new DnsQueryRepr(0xbeef, name.AsSpan(0, nameLength), DnsType.Aaaa);
        byte[] buffer = Dirty(query.BufferLength);
        query.Emit(buffer);
        Assert.True(DnsMessage.TryParse(buffer, out DnsMessage message));
        Assert.Equal(0xbeef, message.Id);
        Assert.False(message.IsResponse);
        byte[] back = new byte[255];
        Assert.True(message.TryReadQuestion(back, out int backLength, out DnsType type, out ushort dnsClass, out int end));
        Assert.Equal("www.example.com", DnsName.Decode(back.AsSpan(0, backLength)));
        Assert.Equal((DnsType.Aaaa, (ushort)1), (type, dnsClass));
        Assert.True(message.TryReadRecord(ref end, back, out _, out DnsRecord opt));
        Assert.Equal((DnsType.Opt, DnsQueryRepr.UdpPayloadSize), (opt.Type, opt.Class));
        Assert.Equal(buffer.Length, end);
    }
}
