// Drives the stack and the virtio drivers without the base class library's sockets: answers ping, echoes UDP on port 7, and on
// port 9 prints counters, neighbours and addresses. Arguments: seconds to live.
using Unikernel.Net;
using Unikernel.Net.Iface;
using Unikernel.Net.Sockets.Udp;
using Unikernel.Virtio;
using Unikernel.Virtio.Devices;
using Unikernel.Virtio.Hal;

var machine = new CoreMachine();
Instant end = machine.Now + TimeSpan.FromSeconds(args.Length > 0 ? int.Parse(args[0]) : 30);
var network = new GuestNetwork(machine, line => Console.WriteLine("net: " + line), "echo");
foreach (VirtioNet device in network.Devices)
    Console.WriteLine($"device {device.Name} {device.Location} {device.HardwareAddress} mtu {device.Capabilities.Mtu} link {device.IsLinkUp} " +
        $"csum {device.Capabilities.TransmitChecksum} tso4 {device.Capabilities.SegmentationV4} polled {device.MustBePolled}");
UdpEndpoint echo = network.Udp.Open(isV6: true), control = network.Udp.Open(isV6: true);
echo.Bind(IpAddress.Any6, 7);
control.Bind(IpAddress.Any6, 9);
Console.WriteLine("ready");
bool signalled = false, stop = false;
while (!stop && machine.Now < end)
{
    Instant next = network.Poll(signalled);
    lock (network.Stack.Lock)
    {
        Instant now = machine.Now;
        while (echo.TryReceive(out Datagram datagram))
        {
            // The received packet itself goes back: nothing is copied.
            echo.EndSend(now, datagram.Packet, datagram.Source);
        }

        while (control.TryReceive(out Datagram datagram))
        {
            stop = datagram.Packet.Data.StartsWith("stop"u8);
            datagram.Packet.Release();
            Print(network);
        }

        network.Stack.Flush();
    }

    signalled = !stop && next != Instant.Zero && network.Event.Wait(Instant.Min(next, end));
}

Print(network);
Console.WriteLine("done");

static void Print(GuestNetwork network)
{
    network.Stack.VisitCounters(new Printer());
    foreach (NetworkInterface networkInterface in network.Stack.Interfaces)
    {
        Console.WriteLine($"interface {networkInterface.Index} {networkInterface.Name} up {networkInterface.IsUp} mtu {networkInterface.Mtu} dns {string.Join(',', networkInterface.DnsServers)}");
        foreach (InterfaceAddress address in networkInterface.Addresses) Console.WriteLine($"  address {address.Cidr} {address.State} {address.Origin}");
    }

    foreach (RouteEntry route in network.Stack.Routes.Routes) Console.WriteLine($"  route {route}");
    Console.WriteLine($"pool {network.Stack.Pool.Outstanding} of {network.Stack.Pool.TotalBuffers}");
}

internal sealed class Printer : ICounterVisitor
{
    public void Visit(string group, string name, long value)
    {
        if (value != 0) Console.WriteLine($"  {group}.{name} {value}");
    }
}
