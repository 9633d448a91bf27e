using Unikernel.Net.Tests.Support;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Wire;

/// <summary>One entry per parser: parses and then reads every field. Shared with the long-running fuzz harness.</summary>
public static class ParserFuzz
{
    public static IReadOnlyDictionary<string, Action<ReadOnlyMemory<byte>>> Targets { get; } = new Dictionary<string, Action<ReadOnlyMemory<byte>>>
    {
        ["ethernet"] = input =>
        {
            if (EthernetFrame.TryParse(input.Span, out EthernetFrame frame)) _ = (EthernetRepr.Parse(frame), frame.Payload.Length);
        },
        ["arp"] = input => ArpRepr.TryParse(input.Span, out _),
        ["ipv4"] = input =>
        {
            if (Ipv4Packet.TryParse(input.Span, out Ipv4Packet packet) == IpParseError.None)
                _ = (Ipv4Repr.Parse(packet), packet.IsChecksumValid, packet.HasSourceRoute, packet.Payload.Length, packet.Options.Length, packet.IsFragment);
        },
        ["ipv4 quoted"] = input =>
        {
            if (Ipv4Packet.TryParse(input.Span, int.MaxValue, out Ipv4Packet packet) == IpParseError.None)
                _ = (packet.Source, packet.Payload.Length, packet.HasSourceRoute);
        },
        ["ipv6"] = input =>
        {
            if (Ipv6Packet.TryParse(input.Span, out Ipv6Packet packet) != IpParseError.None) return;
            _ = Ipv6Repr.Parse(packet);
            var walker = new Ipv6ExtensionWalker(packet.NextHeader, packet.Payload);
            if (walker.Walk() == ExtensionWalk.Transport) _ = packet.Payload[walker.Offset..].Length;
        },
        ["extensions"] = input =>
        {
            foreach (byte next in (ReadOnlySpan<byte>)[0, 43, 44, 60])
            {
                var walker = new Ipv6ExtensionWalker((IpProtocol)next, input.Span);
                if (walker.Walk() is ExtensionWalk.Transport or ExtensionWalk.Fragment) _ = input.Span[walker.Offset..].Length;
            }
        },
        ["udp"] = input =>
        {
            if (UdpPacket.TryParse(input.Span, out UdpPacket packet)) _ = (UdpRepr.Parse(packet), packet.Checksum, packet.Payload.Length);
        },
        ["icmp"] = input =>
        {
            if (IcmpPacket.TryParse(input.Span, out IcmpPacket packet)) _ = (IcmpRepr.Parse(packet), packet.Identifier, packet.Sequence, packet.Payload.Length);
        },
        ["ndp"] = input =>
        {
            _ = NdpNeighborRepr.TryParse(input.Span, out _);
            if (!NdpRouterAdvertisement.TryParse(input.Span, out NdpRouterAdvertisement advertisement)) return;
            _ = (advertisement.CurrentHopLimit, advertisement.RouterLifetime, advertisement.ReachableTime, advertisement.RetransmitTimer);
            NdpOptionReader options = advertisement.Options;
            while (options.TryRead(out NdpOption option))
            {
                _ = (option.Mtu, option.LinkLayerAddress, option.TryGetPrefix(out _));
                for (int i = 0; i < option.DnsServerCount; i++) _ = option.DnsServer(i);
            }
        },
        ["igmp"] = input => IgmpRepr.TryParse(input.Span, out _),
        ["dhcp"] = input =>
        {
            if (!DhcpMessage.TryParse(input.Span, out DhcpMessage message)) return;
            _ = (message.Type, message.TransactionId, message.ClientAddress, message.YourAddress, message.ClientHardware);
            for (int code = 1; code < 255; code++) _ = message.TryFind((byte)code, out _);
        },
        ["dns"] = input =>
        {
            if (!DnsMessage.TryParse(input.Span, out DnsMessage message)) return;
            Span<byte> name = stackalloc byte[DnsMessage.MaximumNameLength];
            if (!message.TryReadQuestion(name, out int length, out _, out _, out int position)) position = DnsMessage.HeaderLength;
            else _ = DnsName.Decode(name[..length]);
            for (int i = 0; i < 50 && message.TryReadRecord(ref position, name, out length, out DnsRecord record); i++)
            {
                _ = input.Span.Slice(record.DataOffset, record.DataLength).Length;
                _ = DnsName.Decode(name[..length]);
            }
        },
        ["address text"] = input => IpAddress.TryParse(System.Text.Encoding.Latin1.GetString(input.Span), out _),
    };

    /// <summary>Good messages of every kind, to be mutated.</summary>
    public static byte[][] Corpus()
    {
        byte[] dhcp = new byte[576];
        var writer = new DhcpWriter(dhcp, true, 1, 0, false, IpAddress.Any4, new(10, 0, 0, 5), Host.OurMac);
        writer.Option(DhcpOption.MessageType, 5);
        writer.Option(DhcpOption.SubnetMask, new IpAddress(255, 255, 255, 0));
        writer.Option(DhcpOption.Overload, 3);
        int dhcpLength = writer.Finish();
        byte[] advertisement = [134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0, 2, 5, 1, 0, 0, 0, 0, 5, 220, .. new byte[32]];
        new NdpPrefix(IpAddress.Parse("2001:db8::"), 64, true, true, 3600, 1800).Emit(advertisement.AsSpan(32));
        byte[] dns = Convert.FromHexString("123481800001000200000000" + "03777777076578616d706c6503636f6d0000010001" + "c00c000500010000003c0004016fc010" + "c02d0001000100000e1000045db8d822");
        byte[] udp = Frames.Udp(Host.Peer4, Host.Our4, 1000, 2000, Frames.Bytes(30));
        byte[] udp6 = Frames.Udp(Host.Peer6, Host.Our6, 1000, 2000, Frames.Bytes(30));
        byte[] arp = Frames.Arp(Host.PeerMac, Host.OurMac, ArpRepr.Probe(Host.PeerMac, Host.Our4));
        byte[] neighbor = Frames.Neighbor(Host.PeerMac, Host.OurMac, Host.Peer6, Host.Our6, new NdpNeighborRepr(true, Host.Peer6, Host.PeerMac));
        return
        [
            udp, udp[14..], udp[34..], udp6, udp6[14..], udp6[54..], arp, arp[14..], neighbor, neighbor[14..], neighbor[54..], dhcp[..dhcpLength], advertisement, dns,
            [0x3a, 0, 5, 2, 0, 0, 1, 0, 44, 0, 0, 1, 0, 0, 0, 7, 0x3c, 0, 1, 4, 0, 0, 0, 0], [.. "2001:db8::1.2.3.4"u8],
        ];
    }
}
