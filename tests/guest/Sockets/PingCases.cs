using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>
/// Ping, and what Linux tells only some programs. Not compared with Linux, where it takes rights or files that a test does not always have; run it by hand: `Sockets.elf` with the argument ping.
/// </summary>
internal static class PingCases
{
    public static void Run()
    {
        Suite.Each("loopback", ["127.0.0.1", "::1"], address => Send(address, 32));
        Suite.Each("size", [0, 1, 1400, 1473, 60_000], size => Send("127.0.0.1", size));
        Suite.Case("async", () =>
        {
            using Ping ping = new();
            return ping.SendPingAsync(IPAddress.Loopback, 5000).Result.Status;
        });
        Suite.Case("gateway", () => Send(Gateway(), 32));
        Suite.Case("nobody there", () =>
        {
            using Ping ping = new();
            try
            {
                return ping.Send(IPAddress.Parse("240.0.0.1"), 300).Status == IPStatus.Success;
            }
            catch (PingException)
            {
                return false; // no route
            }
        });
        Suite.Case("interface of the machine", () =>
        {
            NetworkInterface card = NetworkInterface.GetAllNetworkInterfaces().Single(i => i.NetworkInterfaceType == NetworkInterfaceType.Ethernet);
            IPInterfaceProperties properties = card.GetIPProperties();
            return $"{card.Name} {card.OperationalStatus} {card.GetPhysicalAddress()} {properties.GetIPv4Properties().Mtu} {properties.DnsAddresses[0]} {NetworkInterface.GetIsNetworkAvailable()}";
        });
        Suite.Case("address of the machine", () =>
            string.Join(' ', NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Where(a => a.Address.ToString().StartsWith("10.", StringComparison.Ordinal)).Select(a => $"{a.Address}/{a.PrefixLength}")));
    }

    private static string Gateway() => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(i => i.GetIPProperties().GatewayAddresses).First(g => g.Address.AddressFamily == AddressFamily.InterNetwork).Address.ToString();

    private static string Send(string address, int size)
    {
        using Ping ping = new();
        byte[] data = Pair.Pattern(size);
        try
        {
            PingReply reply = ping.Send(IPAddress.Parse(address), 5000, data);
            return $"{reply.Status} {reply.Address} {reply.Buffer.AsSpan().SequenceEqual(data)}";
        }
        catch (PingException e)
        {
            return $"throws {e.InnerException}";
        }
    }
}
