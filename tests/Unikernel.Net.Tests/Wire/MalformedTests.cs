using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Wire;

public class MalformedTests
{
    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    [Fact]
    public void Ipv4_header_faults_have_names()
    {
        byte[] good = new byte[20];
        new Ipv4Repr(new(1, 2, 3, 4), new(5, 6, 7, 8), IpProtocol.Udp, 0).Emit(good);
        Assert.Equal(IpParseError.None, Ipv4Packet.TryParse(good, out _));
        Assert.Equal(IpParseError.Truncated, Ipv4Packet.TryParse(good.AsSpan(0, 19), out _));
        Assert.Equal(IpParseError.BadVersion, Ipv4Packet.TryParse([0x65, .. good[1..]], out _));
        Assert.Equal(IpParseError.BadHeaderLength, Ipv4Packet.TryParse([0x44, .. good[1..]], out _));
        Assert.Equal(IpParseError.BadHeaderLength, Ipv4Packet.TryParse([0x4f, .. good[1..]], out _));
        Assert.Equal(IpParseError.BadTotalLength, Ipv4Packet.TryParse([0x45, 0, 0, 21, .. good[4..]], out _));
        Assert.Equal(IpParseError.BadTotalLength, Ipv4Packet.TryParse([0x45, 0, 0, 19, .. good[4..]], out _));
    }

    [Theory]
    [InlineData("830704 0a000001 00", true)] // loose source route
    [InlineData("01 890704 0a000001", true)] // strict, after a NOP
    [InlineData("94040000 00000000", false)] // router alert
    [InlineData("07ff0400 00000000", false)] // a length beyond the end: not followed
    [InlineData("0700040000000000", false)] // a length of zero
    public void Source_routes_are_found(string options, bool found)
    {
        byte[] packet = new byte[28];
        new Ipv4Repr(new(1, 2, 3, 4), new(5, 6, 7, 8), IpProtocol.Udp, 8).Emit(packet);
        packet[0] = 0x47;
        Hex(options).CopyTo(packet, 20);
        Assert.Equal(IpParseError.None, Ipv4Packet.TryParse(packet, out Ipv4Packet parsed));
        Assert.Equal(found, parsed.HasSourceRoute);
    }

    [Theory]
    // next header, payload, result
    [InlineData(17, "", ExtensionWalk.Transport)]
    [InlineData(0, "1100 010400000000", ExtensionWalk.Transport)]
    [InlineData(0, "1100 0502000001 00", ExtensionWalk.Transport)]
    [InlineData(60, "1100 c1040000 0000", ExtensionWalk.DiscardAndReport)]
    [InlineData(60, "1100 41040000 0000", ExtensionWalk.DiscardSilently)]
    [InlineData(60, "1100 01040000 0000", ExtensionWalk.Transport)]
    [InlineData(60, "1100 1e040000 0000", ExtensionWalk.Transport)] // unknown, but "skip over"
    [InlineData(60, "1101 010400000000", ExtensionWalk.Truncated)]
    [InlineData(60, "1100 01050000 0000", ExtensionWalk.Truncated)]
    [InlineData(60, "1100", ExtensionWalk.Truncated)]
    [InlineData(60, "0000 010400000000 1100 010400000000", ExtensionWalk.Forbidden)]
    [InlineData(43, "1100 0001 00000000", ExtensionWalk.Forbidden)]
    [InlineData(43, "1100 0000 00000000", ExtensionWalk.Transport)]
    [InlineData(44, "11000001 00000007", ExtensionWalk.Fragment)]
    [InlineData(44, "110000", ExtensionWalk.Truncated)]
    public void Extension_headers(byte next, string payload, ExtensionWalk expected)
    {
        var walker = new Ipv6ExtensionWalker((IpProtocol)next, Hex(payload));
        Assert.Equal(expected, walker.Walk());
    }

    [Fact]
    public void A_long_chain_of_extension_headers_is_refused()
    {
        byte[] payload = new byte[8 * 100];
        for (int i = 0; i < 100; i++)
        {
            payload[8 * i] = 60;
            payload[8 * i + 2] = 1;
            payload[8 * i + 3] = 4;
        }

        Assert.Equal(ExtensionWalk.TooMany, new Ipv6ExtensionWalker(IpProtocol.Ipv6Destination, payload).Walk());
    }

    [Fact]
    public void Neighbor_messages_with_an_option_of_length_zero_are_discarded()
    {
        byte[] message = new byte[32];
        new NdpNeighborRepr(false, IpAddress.Parse("fe80::1"), new MacAddress(1)).Emit(message);
        Assert.True(NdpNeighborRepr.TryParse(message, out _));
        message[25] = 0;
        Assert.False(NdpNeighborRepr.TryParse(message, out _));
        message[25] = 2;
        Assert.False(NdpNeighborRepr.TryParse(message, out _));
        Assert.False(NdpNeighborRepr.TryParse(message.AsSpan(0, 23), out _));
    }

    [Theory]
    [InlineData("c00c", 0)] // to itself
    [InlineData("c00e c00c", 0)] // forwards
    [InlineData("40", 0)] // reserved label type
    [InlineData("05616263", 0)] // beyond the end
    [InlineData("0161", 0)] // no end
    public void Bad_names_do_not_parse(string name, int at)
    {
        byte[] message = [.. new byte[12], .. Hex(name)];
        int position = 12 + at;
        Assert.False(DnsName.TryRead(message, ref position, new byte[255], out _));
    }

    [Fact]
    public void Compressed_names_parse_and_names_over_255_bytes_do_not()
    {
        byte[] message = [.. new byte[12], 3, (byte)'C', (byte)'o', (byte)'m', 0, 1, (byte)'a', 0xc0, 12, 0xff];
        int position = 17;
        byte[] name = new byte[255];
        Assert.True(DnsName.TryRead(message, ref position, name, out int length));
        Assert.Equal("a.com", DnsName.Decode(name.AsSpan(0, length)));
        Assert.Equal(21, position);

        byte[] longName = new byte[12 + 300];
        for (int i = 0; i < 5; i++) longName[12 + 60 * i] = 59;
        position = 12;
        Assert.False(DnsName.TryRead(longName, ref position, name, out _));
    }

    [Fact]
    public void Options_of_DHCP_are_found_in_the_overloaded_fields_and_not_beyond_the_end()
    {
        byte[] bytes = new byte[300];
        bytes[0] = 2;
        bytes[1] = 1;
        bytes[2] = 6;
        new byte[] { 0x63, 0x82, 0x53, 0x63, 52, 1, 3, 255 }.CopyTo(bytes, 236);
        new byte[] { 3, 4, 10, 0, 0, 1, 255 }.CopyTo(bytes, 108);
        new byte[] { 6, 4, 10, 0, 0, 2, 255 }.CopyTo(bytes, 44);
        Assert.True(DhcpMessage.TryParse(bytes, out DhcpMessage message));
        Assert.True(message.TryFindAddress(3, out IpAddress router));
        Assert.Equal("10.0.0.1", router.ToString());
        Assert.True(message.TryFindAddress(6, out IpAddress dns));
        Assert.Equal("10.0.0.2", dns.ToString());
        bytes[45] = 200; // longer than the field
        Assert.False(message.TryFindAddress(6, out _));
    }
}
