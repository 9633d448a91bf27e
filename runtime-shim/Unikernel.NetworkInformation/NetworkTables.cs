using System.Globalization;
using System.Text;
using Unikernel.LibraryOS;
using Unikernel.Net;
using Unikernel.Net.Iface;

namespace Unikernel.NetworkInformation;

/// <summary>Interfaces, routes, neighbours and name servers in the formats of Linux (proc(5), resolv.conf(5)). Under the stack's lock.</summary>
internal static class NetworkTables
{
    // include/uapi/linux/route.h
    private const int RouteUp = 1, RouteGateway = 2;

    private static NetworkStack Stack => NetworkHost.Instance.Stack;

    public static void Devices(StringBuilder text)
    {
        text.Append("Inter-|   Receive                                                |  Transmit\n");
        text.Append(" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n");
        foreach (NetworkInterface i in Stack.Interfaces)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i.Name,6}: {i.ReceivedBytes} {i.ReceivedPackets} 0 {i.Dropped} 0 0 0 0 ");
            text.Append(CultureInfo.InvariantCulture, $"{i.SentBytes} {i.SentPackets} 0 0 0 0 0 0\n");
        }
    }

    public static void RoutesV4(StringBuilder text)
    {
        text.Append("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n");
        foreach (RouteEntry route in Stack.Routes.Routes)
        {
            if (!route.Destination.Address.IsV4 || Stack.FindInterface(route.InterfaceIndex) is not { IsLoopback: false } device)
                continue;
            uint mask = route.Destination.PrefixLength == 0 ? 0 : uint.MaxValue << (32 - route.Destination.PrefixLength);
            text.Append(device.Name).Append('\t').Append(Hex(route.Destination.Address)).Append('\t').Append(Hex(route.Gateway ?? IpAddress.Any4));
            text.Append(CultureInfo.InvariantCulture, $"\t{(route.Gateway is null ? RouteUp : RouteUp | RouteGateway):X4}\t0\t0\t{route.Metric}\t{Hex(new IpAddress(mask))}\t0\t0\t0\n");
        }
    }

    public static void RoutesV6(StringBuilder text)
    {
        foreach (RouteEntry route in Stack.Routes.Routes)
        {
            if (route.Destination.Address.IsV4 || Stack.FindInterface(route.InterfaceIndex) is not { } device)
                continue;
            text.Append(InOrder(route.Destination.Address)).Append(CultureInfo.InvariantCulture, $" {route.Destination.PrefixLength:x2} ");
            text.Append('0', 32).Append(" 00 ").Append(InOrder(route.Gateway ?? IpAddress.Any6));
            text.Append(CultureInfo.InvariantCulture, $" {route.Metric:x8} 00000001 00000000 {(route.Gateway is null ? RouteUp : RouteUp | RouteGateway):x8} {device.Name,8}\n");
        }
    }

    public static void Neighbors(StringBuilder text)
    {
        text.Append("IP address       HW type     Flags       HW address            Mask     Device\n");
        foreach (NetworkInterface device in Stack.Interfaces)
        {
            foreach (Neighbor neighbor in device.Neighbors.List())
            {
                if (neighbor.Address.IsV4)
                    text.Append(CultureInfo.InvariantCulture, $"{neighbor.Address,-16} 0x1         0x{(neighbor.State == NeighborState.Incomplete ? 0 : 2):x}         {neighbor.HardwareAddress}     *        {device.Name}\n");
            }
        }
    }

    public static void Resolver(StringBuilder text)
    {
        foreach (NetworkInterface device in Stack.Interfaces)
        {
            if (device.SearchDomains.Count > 0)
                text.Append("search ").AppendJoin(' ', device.SearchDomains).Append('\n');
            foreach (IpAddress server in device.DnsServers)
                text.Append("nameserver ").Append(server).Append('\n');
        }
    }

    /// <summary>An address as Linux prints its words: 32 bits at a time, in the order of the machine.</summary>
    public static string Hex(IpAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes = bytes[..(address.IsV4 ? 4 : 16)];
        address.CopyTo(bytes);
        for (int i = 0; i < bytes.Length; i += 4)
            bytes.Slice(i, 4).Reverse();
        return Convert.ToHexString(bytes);
    }

    private static string InOrder(IpAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
