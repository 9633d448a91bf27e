using System.Globalization;
using System.Text;
using Unikernel.Net.Iface;
using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Sockets.Udp;

namespace Unikernel.Net;

/// <summary>The state of a stack as text for people: interfaces, routes, neighbours, connections, counters. Call under the stack's lock.</summary>
public sealed class NetworkReport(NetworkStack stack, TcpTransport tcp, UdpTransport udp) : ICounterVisitor
{
    private readonly StringBuilder _text = new();

    /// <summary>The parts that there are.</summary>
    public static IReadOnlyList<string> Parts { get; } = ["interfaces", "routes", "neighbors", "connections", "counters"];

    /// <summary>One part by its name; null: there is no such part.</summary>
    public string? Write(string part)
    {
        _text.Clear();
        switch (part)
        {
            case "interfaces":
                Interfaces();
                break;
            case "routes":
                foreach (RouteEntry route in stack.Routes.Routes) Line($"{route}");
                break;
            case "neighbors":
                Neighbors();
                break;
            case "connections":
                Connections();
                break;
            case "counters":
                stack.VisitCounters(this);
                break;
            default:
                return null;
        }

        return _text.ToString();
    }

    /// <summary>Counters that never counted say nothing.</summary>
    void ICounterVisitor.Visit(string group, string name, long value)
    {
        if (value != 0) Line($"{group}.{name} {value}");
    }

    private void Interfaces()
    {
        foreach (NetworkInterface device in stack.Interfaces)
        {
            Line($"{device.Name} {device.HardwareAddress} {(device.IsUp ? "up" : "down")} mtu {device.Mtu} in {device.ReceivedPackets}/{device.ReceivedBytes} out {device.SentPackets}/{device.SentBytes} dropped {device.Dropped}");
            foreach (InterfaceAddress address in device.Addresses) Line($"  {address.Cidr} {address.State} ({address.Origin})");
            foreach (IpAddress server in device.DnsServers) Line($"  dns {server}");
        }
    }

    private void Neighbors()
    {
        foreach (NetworkInterface device in stack.Interfaces)
        {
            foreach (Neighbor neighbor in device.Neighbors.List()) Line($"{neighbor.Address} {neighbor.HardwareAddress} {neighbor.State}{(neighbor.IsRouter ? " router" : "")} {device.Name}");
        }
    }

    private void Connections()
    {
        foreach (TcpListener listener in tcp.ListListeners()) Line($"tcp {listener.Local} LISTEN waiting {listener.Waiting} of {listener.Backlog}");
        foreach (TcpTableEntry entry in tcp.ListConnections())
        {
            TcpState state = entry is TcpConnection connection ? connection.State : TcpState.TimeWait;
            string queues = entry is TcpConnection open ? $" received {open.ReceiveQueueLength}" : "";
            Line($"tcp {new IpEndpoint(entry.LocalAddress, entry.LocalPort)} {new IpEndpoint(entry.RemoteAddress, entry.RemotePort)} {state.Name()}{queues}");
        }

        foreach (UdpEndpoint endpoint in udp.ListEndpoints())
            Line($"udp {new IpEndpoint(endpoint.LocalAddress, endpoint.LocalPort)}{(endpoint.Remote is { } remote ? $" {remote}" : "")} queued {endpoint.Queue.Count} dropped {endpoint.Dropped}");
    }

    private void Line(FormattableString line) => _text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
