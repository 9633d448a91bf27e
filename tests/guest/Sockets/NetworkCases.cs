using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>What the program can learn of its network: interfaces, connections, statistics, changes.</summary>
internal static class NetworkCases
{
    public static void Run()
    {
        Suite.Case("loopback interface", () => $"{Loopback().OperationalStatus} {NetworkInterface.LoopbackInterfaceIndex} {NetworkInterface.IPv6LoopbackInterfaceIndex}");
        Suite.Case("loopback has its address", () =>
            Loopback().GetIPProperties().UnicastAddresses.Where(a => a.Address.Equals(IPAddress.Loopback)).Select(a => $"{a.Address}/{a.PrefixLength} {a.IPv4Mask}").Single());
        Suite.Case("loopback has its IPv6 address", () => Loopback().GetIPProperties().UnicastAddresses.Any(a => a.Address.Equals(IPAddress.IPv6Loopback)));
        Suite.Case("loopback index", () => Loopback().GetIPProperties().GetIPv4Properties().Index);
        Suite.Case("loopback has no gateway", () => Loopback().GetIPProperties().GatewayAddresses.Count);
        Suite.Case("loopback physical address", () => Loopback().GetPhysicalAddress());
        Suite.Case("statistics grow", () =>
        {
            IPInterfaceStatistics before = Loopback().GetIPStatistics();
            using (Pair p = new())
            {
                p.Client.Send(new byte[100]);
                p.Server.Receive(new byte[100]);
            }

            IPInterfaceStatistics after = Loopback().GetIPStatistics();
            return $"{after.BytesSent > before.BytesSent} {after.UnicastPacketsReceived > before.UnicastPacketsReceived} {after.IncomingPacketsWithErrors}";
        });
        Suite.Case("listener is listed", () =>
        {
            using Socket listener = Pair.Listen();
            return IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Contains((IPEndPoint)listener.LocalEndPoint!);
        });
        Suite.Case("IPv6 listener is listed", () =>
        {
            using Socket listener = Pair.Listen(AddressFamily.InterNetworkV6);
            return IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Contains((IPEndPoint)listener.LocalEndPoint!);
        });
        Suite.Case("connections are listed", () =>
        {
            using Pair p = new();
            TcpConnectionInformation[] all = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections();
            return string.Join(' ', ((Socket[])[p.Client, p.Server]).Select(s =>
                all.Single(c => c.LocalEndPoint.Equals(s.LocalEndPoint) && c.RemoteEndPoint.Equals(s.RemoteEndPoint)).State));
        });
        Suite.Case("udp listener is listed", () =>
        {
            using UdpClient u = new(new IPEndPoint(IPAddress.Loopback, 0));
            return IPGlobalProperties.GetIPGlobalProperties().GetActiveUdpListeners().Contains((IPEndPoint)u.Client.LocalEndPoint!);
        });
        Suite.Case("udp statistics", () => IPGlobalProperties.GetIPGlobalProperties().GetUdpIPv4Statistics().DatagramsSent >= 0);
        Suite.Case("ip statistics", () => IPGlobalProperties.GetIPGlobalProperties().GetIPv4GlobalStatistics().DefaultTtl);
        Suite.Case("icmp statistics", () => IPGlobalProperties.GetIPGlobalProperties().GetIcmpV4Statistics().ErrorsSent >= 0);
        Suite.Case("changes can be watched", () =>
        {
            NetworkAddressChangedEventHandler handler = (_, _) => { };
            NetworkChange.NetworkAddressChanged += handler;
            NetworkChange.NetworkAddressChanged -= handler;
            return "watched";
        });
        Suite.Case("host name is that of Dns", () => IPGlobalProperties.GetIPGlobalProperties().HostName == Dns.GetHostName());
        Suite.Throws("DHCP is not told", () => _ = Loopback().GetIPProperties().GetIPv4Properties().IsDhcpEnabled);
    }

    private static NetworkInterface Loopback() => NetworkInterface.GetAllNetworkInterfaces().Single(i => i.NetworkInterfaceType == NetworkInterfaceType.Loopback);
}
