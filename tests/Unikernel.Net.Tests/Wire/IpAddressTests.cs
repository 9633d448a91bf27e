namespace Unikernel.Net.Tests.Wire;

public class IpAddressTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("255.255.255.255")]
    [InlineData("192.0.2.33")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("1::")]
    [InlineData("2001:db8::1:0:0:1")]
    [InlineData("2001:db8:0:1:1:1:1:1")]
    [InlineData("fe80::5054:ff:fe12:3456")]
    [InlineData("1:2:3:4:5:6:7:8")]
    public void Canonical_text_survives(string text) => Assert.Equal(text, IpAddress.Parse(text).ToString());

    [Theory]
    [InlineData("2001:DB8:0:0:0:0:0:1", "2001:db8::1")]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3")]
    [InlineData("64:ff9b::192.0.2.33", "64:ff9b::c000:221")]
    [InlineData("1:0:0:2:0:0:0:3", "1:0:0:2::3")]
    public void Other_spellings_become_canonical(string text, string canonical) => Assert.Equal(canonical, IpAddress.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.256")]
    [InlineData("01.2.3.4")]
    [InlineData("1..2.3")]
    [InlineData(" 1.2.3.4")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("1::2::3")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7::8")]
    [InlineData("12345::")]
    [InlineData("1:")]
    [InlineData("::1.2.3")]
    [InlineData("1.2.3.4::")]
    [InlineData("fe80::1%eth0")]
    public void What_is_no_address_is_refused(string text) => Assert.False(IpAddress.TryParse(text, out _));

    [Fact]
    public void Text_agrees_with_the_base_class_library()
    {
        var random = new Random(3);
        byte[] bytes = new byte[16];
        for (int i = 0; i < 5000; i++)
        {
            random.NextBytes(bytes);
            for (int z = random.Next(8); z > 0; z--) bytes.AsSpan(random.Next(8) * 2, 2).Clear();
            if (bytes.AsSpan(0, 10).IndexOfAnyExcept((byte)0) < 0) continue; // mapped and compatible forms print differently there
            string theirs = new System.Net.IPAddress(bytes).ToString();
            var ours = new IpAddress(bytes);
            // The library compresses a single zero group; RFC 5952 section 4.2.2 does not. Reading must agree in any case.
            Assert.Equal(ours, IpAddress.Parse(theirs));
            Assert.Equal(bytes, System.Net.IPAddress.Parse(ours.ToString()).GetAddressBytes());
        }
    }

    [Theory]
    [InlineData("10.1.2.3", 8, "10.0.0.0")]
    [InlineData("10.1.2.3", 0, "0.0.0.0")]
    [InlineData("10.1.2.3", 32, "10.1.2.3")]
    [InlineData("10.1.2.3", 31, "10.1.2.2")]
    [InlineData("2001:db8:1:2:3:4:5:6", 64, "2001:db8:1:2::")]
    [InlineData("2001:db8:1:2:3:4:5:6", 65, "2001:db8:1:2::")]
    [InlineData("2001:db8:1:2:ffff:4:5:6", 65, "2001:db8:1:2:8000::")]
    [InlineData("2001:db8:1:2:3:4:5:6", 0, "::")]
    [InlineData("2001:db8:1:2:3:4:5:6", 128, "2001:db8:1:2:3:4:5:6")]
    public void Masks(string address, int prefix, string network) => Assert.Equal(network, IpAddress.Parse(address).Masked(prefix).ToString());

    [Fact]
    public void Kinds()
    {
        Assert.True(new IpAddress(127, 9, 9, 9).IsLoopback);
        Assert.True(IpAddress.Loopback6.IsLoopback);
        Assert.True(new IpAddress(224, 0, 0, 1).IsMulticast);
        Assert.True(new IpAddress(239, 1, 1, 1).IsMulticast);
        Assert.False(new IpAddress(223, 1, 1, 1).IsMulticast);
        Assert.True(IpAddress.Parse("ff02::1").IsMulticast);
        Assert.True(IpAddress.Parse("ff02::1").IsLinkScopedMulticast);
        Assert.False(IpAddress.Parse("ff0e::1").IsLinkScopedMulticast);
        Assert.True(IpAddress.Parse("fe80::1").IsLinkLocal);
        Assert.True(IpAddress.Parse("febf::1").IsLinkLocal);
        Assert.False(IpAddress.Parse("fec0::1").IsLinkLocal);
        Assert.True(new IpAddress(169, 254, 1, 1).IsLinkLocal);
        Assert.True(IpAddress.Any4.IsUnspecified && IpAddress.Any6.IsUnspecified);
        Assert.NotEqual(IpAddress.Any4, IpAddress.Any6);
        Assert.Equal("ff02::1:ff12:3456", IpAddress.Parse("fe80::5054:ff:fe12:3456").SolicitedNode.ToString());
        Assert.Equal("10.0.0.255", new IpCidr(new(10, 0, 0, 7), 24).Broadcast!.Value.ToString());
        Assert.Null(new IpCidr(new(10, 0, 0, 7), 31).Broadcast);
    }

    [Fact]
    public void Multicast_addresses_of_the_link()
    {
        Assert.Equal("01:00:5e:7f:ff:fa", MacAddress.ForMulticast(new(239, 255, 255, 250)).ToString());
        Assert.Equal("33:33:ff:12:34:56", MacAddress.ForMulticast(IpAddress.Parse("ff02::1:ff12:3456")).ToString());
        Assert.Equal("fe80::5054:ff:fe12:3456", new IpAddress(0xfe80_0000_0000_0000, new MacAddress(0x5254_0012_3456).InterfaceIdentifier).ToString());
    }
}
