using System.Net;
using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>Addresses and names that need no server.</summary>
internal static class NameCases
{
    public static void Run()
    {
        Suite.Case("localhost has the loopback address", () => Dns.GetHostAddresses("localhost").Any(IPAddress.IsLoopback));
        Suite.Case("localhost IPv4", () => Dns.GetHostAddresses("localhost", AddressFamily.InterNetwork)[0]);
        Suite.Case("literal", () => Dns.GetHostAddresses("192.0.2.1")[0]);
        Suite.Case("literal IPv6", () => Dns.GetHostAddresses("::1")[0]);
        Suite.Case("host entry of a literal", () => Dns.GetHostEntry("127.0.0.1").AddressList.Contains(IPAddress.Loopback));
        Suite.Throws("name too long", () => Dns.GetHostAddresses(new string('a', 300)));
        Suite.Throws("null name", () => Dns.GetHostAddresses(null!));
        Suite.Throws("any address", () => Dns.GetHostEntry("0.0.0.0"));
        Suite.Case("host name is not empty", () => Dns.GetHostName().Length > 0);
        Suite.Each("parse", ["127.0.0.1", "::", "fe80::1", "::ffff:1.2.3.4", "1.2.3", "256.1.1.1", "0x7f.1", "x", "1::2::3"], s => IPAddress.TryParse(s, out IPAddress? a) ? a : null);
        Suite.Each("kinds", ["10.0.0.1", "224.0.0.1", "fe80::1", "ff02::1", "::1", "fc00::1"], s =>
        {
            IPAddress a = IPAddress.Parse(s);
            return $"{IPAddress.IsLoopback(a)} {a.IsIPv6LinkLocal} {a.IsIPv6Multicast} {a.IsIPv6UniqueLocal}";
        });
        Suite.Case("network", () => IPNetwork.Parse("10.1.0.0/16").Contains(IPAddress.Parse("10.1.255.3")));
        Suite.Case("end point parse", () => IPEndPoint.Parse("[::1]:80"));
        Suite.Case("host order", () => $"{IPAddress.HostToNetworkOrder(1)} {IPAddress.NetworkToHostOrder((short)0x1234):x}");
    }
}
