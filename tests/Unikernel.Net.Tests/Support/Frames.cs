using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Support;

/// <summary>Builds whole frames from representations, and takes them apart again.</summary>
internal static class Frames
{
    public static byte[] Ethernet(MacAddress source, MacAddress destination, EtherType type, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[EthernetFrame.HeaderLength + payload.Length];
        new EthernetRepr(destination, source, type).Emit(frame);
        payload.CopyTo(frame.AsSpan(EthernetFrame.HeaderLength));
        return frame;
    }

    public static byte[] Arp(MacAddress source, MacAddress destination, ArpRepr arp)
    {
        byte[] payload = new byte[ArpRepr.Length];
        arp.Emit(payload);
        return Ethernet(source, destination, EtherType.Arp, payload);
    }

    public static byte[] Ipv4(Ipv4Repr ip, ReadOnlySpan<byte> payload, MacAddress? to = null)
    {
        byte[] packet = new byte[Ipv4Packet.MinimumHeaderLength + payload.Length];
        ip.Emit(packet);
        payload.CopyTo(packet.AsSpan(Ipv4Packet.MinimumHeaderLength));
        return Ethernet(Host.PeerMac, to ?? Host.OurMac, EtherType.Ipv4, packet);
    }

    public static byte[] Ipv6(Ipv6Repr ip, ReadOnlySpan<byte> payload, MacAddress? to = null)
    {
        byte[] packet = new byte[Ipv6Packet.HeaderLength + payload.Length];
        ip.Emit(packet);
        payload.CopyTo(packet.AsSpan(Ipv6Packet.HeaderLength));
        return Ethernet(Host.PeerMac, to ?? Host.OurMac, EtherType.Ipv6, packet);
    }

    /// <summary>A UDP datagram with its checksum.</summary>
    public static byte[] UdpSegment(IpAddress source, IpAddress destination, ushort sourcePort, ushort destinationPort, ReadOnlySpan<byte> payload)
    {
        byte[] segment = new byte[UdpPacket.HeaderLength + payload.Length];
        new UdpRepr(sourcePort, destinationPort, payload.Length).Emit(segment);
        payload.CopyTo(segment.AsSpan(UdpPacket.HeaderLength));
        InternetChecksum.WriteUdp(segment.AsSpan(6, 2), InternetChecksum.Add(segment, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, segment.Length)));
        return segment;
    }

    public static byte[] Udp(IpAddress source, IpAddress destination, ushort sourcePort, ushort destinationPort, ReadOnlySpan<byte> payload, MacAddress? to = null)
    {
        byte[] segment = UdpSegment(source, destination, sourcePort, destinationPort, payload);
        return source.IsV4 ? Ipv4(new Ipv4Repr(source, destination, IpProtocol.Udp, segment.Length), segment, to)
            : Ipv6(new Ipv6Repr(source, destination, IpProtocol.Udp, segment.Length), segment, to);
    }

    public static byte[] Icmpv4(IpAddress source, IpAddress destination, IcmpRepr icmp, ReadOnlySpan<byte> payload, MacAddress? to = null)
    {
        byte[] message = IcmpMessage(icmp, payload, 0);
        return Ipv4(new Ipv4Repr(source, destination, IpProtocol.Icmp, message.Length), message, to);
    }

    public static byte[] Icmpv6(IpAddress source, IpAddress destination, IcmpRepr icmp, ReadOnlySpan<byte> payload, byte hopLimit = 64, MacAddress? to = null)
    {
        byte[] message = IcmpMessage(icmp, payload, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Icmpv6, IcmpPacket.HeaderLength + payload.Length));
        return Ipv6(new Ipv6Repr(source, destination, IpProtocol.Icmpv6, message.Length) { HopLimit = hopLimit }, message, to);
    }

    private static byte[] IcmpMessage(IcmpRepr icmp, ReadOnlySpan<byte> payload, ulong pseudo)
    {
        byte[] message = new byte[IcmpPacket.HeaderLength + payload.Length];
        icmp.Emit(message);
        payload.CopyTo(message.AsSpan(IcmpPacket.HeaderLength));
        InternetChecksum.Write(message.AsSpan(2, 2), InternetChecksum.Add(message, pseudo));
        return message;
    }

    public static byte[] Neighbor(MacAddress source, MacAddress destination, IpAddress from, IpAddress to, NdpNeighborRepr neighbor, byte hopLimit = 255)
    {
        byte[] message = new byte[neighbor.BufferLength];
        neighbor.Emit(message);
        InternetChecksum.Write(message.AsSpan(2, 2), InternetChecksum.Add(message, InternetChecksum.PseudoHeader(from, to, IpProtocol.Icmpv6, message.Length)));
        byte[] frame = Ipv6(new Ipv6Repr(from, to, IpProtocol.Icmpv6, message.Length) { HopLimit = hopLimit }, message, destination);
        source.CopyTo(frame.AsSpan(6));
        return frame;
    }

    public static byte[] Bytes(int count, int seed = 1)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Takes a frame apart down to the transport's bytes; checks lengths and all checksums on the way.</summary>
    public static (IpAddress Source, IpAddress Destination, IpProtocol Protocol, byte[] Payload, byte HopLimit) Check(byte[] frame)
    {
        Assert.True(EthernetFrame.TryParse(frame, out EthernetFrame ethernet));
        Assert.Equal(Host.OurMac, ethernet.Source);
        if (ethernet.Type == EtherType.Ipv4)
        {
            Assert.Equal(IpParseError.None, Ipv4Packet.TryParse(ethernet.Payload, out Ipv4Packet v4));
            Assert.True(v4.IsChecksumValid);
            Assert.Equal(ethernet.Payload.Length, v4.TotalLength);
            byte[] payload = v4.Payload.ToArray();
            if (!v4.IsFragment) CheckTransport(v4.Source, v4.Destination, v4.Protocol, payload);
            return (v4.Source, v4.Destination, v4.Protocol, payload, v4.HopLimit);
        }

        Assert.Equal(EtherType.Ipv6, ethernet.Type);
        Assert.Equal(IpParseError.None, Ipv6Packet.TryParse(ethernet.Payload, out Ipv6Packet v6));
        Assert.Equal(ethernet.Payload.Length, Ipv6Packet.HeaderLength + v6.PayloadLength);
        CheckTransport(v6.Source, v6.Destination, v6.NextHeader, v6.Payload.ToArray());
        return (v6.Source, v6.Destination, v6.NextHeader, v6.Payload.ToArray(), v6.HopLimit);
    }

    private static void CheckTransport(IpAddress source, IpAddress destination, IpProtocol protocol, byte[] payload)
    {
        ulong pseudo = InternetChecksum.PseudoHeader(source, destination, protocol, payload.Length);
        switch (protocol)
        {
            case IpProtocol.Icmp:
                Assert.True(InternetChecksum.IsValid(InternetChecksum.Add(payload)));
                break;
            case IpProtocol.Icmpv6 or IpProtocol.Tcp:
                Assert.True(InternetChecksum.IsValid(InternetChecksum.Add(payload, pseudo)));
                break;
            case IpProtocol.Udp:
                Assert.NotEqual(0, payload[6] | payload[7]);
                Assert.True(InternetChecksum.IsValid(InternetChecksum.Add(payload, pseudo)));
                break;
        }
    }
}
