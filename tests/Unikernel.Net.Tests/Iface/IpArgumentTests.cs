using Unikernel.Net.Iface;

namespace Unikernel.Net.Tests.Iface;

public class IpArgumentTests
{
    [Theory]
    [InlineData("10.0.0.2::10.0.0.1:255.255.255.0::eth0:off", "10.0.0.2/24", "10.0.0.1", "eth0", false)]
    [InlineData("10.0.0.2", "10.0.0.2/8", null, null, false)]
    [InlineData("10.0.0.2/30", "10.0.0.2/30", null, null, false)]
    [InlineData("192.168.3.4:::", "192.168.3.4/24", null, null, false)]
    [InlineData("172.20.0.9:::16", "172.20.0.9/16", null, null, false)]
    [InlineData("[2001:db8::5]::[fe80::1]:64::eth1:off", "2001:db8::5/64", "fe80::1", "eth1", false)]
    [InlineData("dhcp", null, null, null, true)]
    [InlineData("on", null, null, null, true)]
    [InlineData("", null, null, null, true)]
    [InlineData(":::::eth1:dhcp", null, null, "eth1", true)]
    [InlineData("off", null, null, null, false)]
    [InlineData("none", null, null, null, false)]
    public void Forms_that_Linux_takes(string text, string? address, string? gateway, string? device, bool dhcp)
    {
        Assert.True(IpArgument.TryParse(text, out IpArgument argument, out string error), error);
        Assert.Equal((address, gateway, device, dhcp), (argument.Address?.ToString(), argument.Gateway?.ToString(), argument.Device, argument.Dhcp));
    }

    [Fact]
    public void Host_name_and_name_servers()
    {
        Assert.True(IpArgument.TryParse("10.0.0.2::10.0.0.1:255.255.255.0:web:eth0:none:9.9.9.9:1.1.1.1:10.0.0.7", out IpArgument argument, out _));
        Assert.Equal("web", argument.HostName);
        Assert.Equal(["9.9.9.9", "1.1.1.1"], argument.DnsServers.Select(server => server.ToString()));
    }

    [Theory]
    [InlineData("10.0.0.300", "address")]
    [InlineData("10.0.0.2::gw", "gateway")]
    [InlineData("10.0.0.2:::255.0.255.0", "netmask")]
    [InlineData("10.0.0.2/40", "too long")]
    [InlineData("10.0.0.2/x", "address")]
    [InlineData("127.0.0.1", "can not be")]
    [InlineData("255.255.255.255", "can not be")]
    [InlineData("::10.0.0.1", "without an address")]
    [InlineData("sometimes", "way to configure")]
    [InlineData("10.0.0.2::10.0.0.1:255.255.255.0::eth0:maybe", "way to configure")]
    [InlineData("a:b:c:d:e:f:g:h:i:j:k", "more than 10")]
    [InlineData("[2001:db8::5", "address")]
    public void Malformed_ones_say_what_is_wrong(string text, string expected)
    {
        Assert.False(IpArgument.TryParse(text, out _, out string error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Contains(text, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_text_never_throws()
    {
        var random = new Random(4);
        const string Alphabet = "0123456789.:/[]abcdhponeff";
        for (int i = 0; i < 50_000; i++)
            IpArgument.TryParse(new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]), out _, out _);
    }
}
