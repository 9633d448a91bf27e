using System.Net;
using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>Socket options that .NET exposes: set, read back, effect.</summary>
internal static class OptionCases
{
    public static void Run()
    {
        Suite.Each("no delay", [true, false], v => OnTcp(s => s.NoDelay = v, s => s.NoDelay));
        Suite.Each("linger", [0, 5, 1000], v => OnTcp(s => s.LingerState = new LingerOption(true, v), s => $"{s.LingerState!.Enabled} {s.LingerState.LingerTime}"));
        Suite.Case("linger off", () => OnTcp(s => s.LingerState = new LingerOption(false, 0), s => s.LingerState!.Enabled));
        Suite.Each("ttl", [1, 64, 255], v => OnTcp(s => s.Ttl = (short)v, s => s.Ttl));
        Suite.Case("ttl 0", () => Pair.Error(() => OnTcp(s => s.Ttl = 0, s => s.Ttl)));
        Suite.Each("receive timeout", [0, 100, 1500], v => OnTcp(s => s.ReceiveTimeout = v, s => s.ReceiveTimeout));
        Suite.Each("send timeout", [0, 100], v => OnTcp(s => s.SendTimeout = v, s => s.SendTimeout));
        Suite.Throws("negative timeout", () => OnTcp(s => s.ReceiveTimeout = -2, s => s.ReceiveTimeout));
        Suite.Case("keep alive", () => OnTcp(
            s => s.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true),
            s => (int)s.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)! != 0));
        Suite.Case("keep alive time", () => OnTcp(
            s => s.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30),
            s => s.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime)));
        Suite.Case("keep alive interval", () => OnTcp(
            s => s.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 7),
            s => s.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval)));
        Suite.Case("keep alive retry count", () => OnTcp(
            s => s.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 4),
            s => s.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount)));
        Suite.Case("reuse address", () => OnTcp(
            s => s.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true),
            s => (int)s.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress)! != 0));
        Suite.Case("type", () => OnTcp(_ => { }, s => s.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Type)));
        Suite.Case("error", () => OnTcp(_ => { }, s => s.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)));
        Suite.Case("accept connection", () =>
        {
            using Socket listener = Pair.Listen();
            return listener.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection);
        });
        Suite.Case("receive buffer grows", () => OnTcp(s => s.ReceiveBufferSize = 100_000, s => s.ReceiveBufferSize >= 100_000));
        Suite.Case("send buffer grows", () => OnTcp(s => s.SendBufferSize = 100_000, s => s.SendBufferSize >= 100_000));
        Suite.Throws("negative buffer", () => OnTcp(s => s.ReceiveBufferSize = -1, s => s.ReceiveBufferSize));
        Suite.Case("dual mode", () =>
        {
            using Socket s = new(SocketType.Stream, ProtocolType.Tcp);
            string before = $"{s.AddressFamily} {s.DualMode}";
            s.DualMode = false;
            return $"{before} {s.DualMode}";
        });
        Suite.Case("dual mode on IPv4", () => Pair.Error(() => OnTcp(s => s.DualMode = true, s => s.DualMode)));
        Suite.Case("broadcast", () => OnUdp(s => s.EnableBroadcast = true, s => s.EnableBroadcast));
        Suite.Case("broadcast without leave", () => OnUdp(_ => { }, s => Pair.Error(() => s.SendTo([1], new IPEndPoint(IPAddress.Broadcast, 9)))));
        Suite.Each("multicast loopback", [true, false], v => OnUdp(s => s.MulticastLoopback = v, s => s.MulticastLoopback));
        Suite.Case("multicast ttl", () => OnUdp(
            s => s.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive, 5),
            s => s.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive)));
        Suite.Case("exclusive address use", () => OnTcp(_ => { }, s => s.ExclusiveAddressUse));
        Suite.Case("blocking", () => OnTcp(s => s.Blocking = false, s => s.Blocking));
        Suite.Case("is bound", () => OnTcp(s => s.Bind(new IPEndPoint(IPAddress.Loopback, 0)), s => s.IsBound));
        Suite.Case("properties", () => OnTcp(_ => { }, s => $"{s.AddressFamily} {s.SocketType} {s.ProtocolType} {s.Connected}"));
        Suite.Case("dont fragment", () => OnUdp(s => s.DontFragment = true, s => s.DontFragment));
        Suite.Case("packet information", () =>
        {
            using Socket a = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp), b = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            a.Bind(new IPEndPoint(IPAddress.Any, 0));
            a.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
            b.SendTo("packet"u8.ToArray(), new IPEndPoint(IPAddress.Loopback, ((IPEndPoint)a.LocalEndPoint!).Port));
            SocketFlags flags = SocketFlags.None;
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            int n = a.ReceiveMessageFrom(new byte[20], 0, 20, ref flags, ref from, out IPPacketInformation information);
            return $"{n} {information.Address} {flags}";
        });
        Suite.Each("flags of a send", [0, 1, 2, 4, 8, 0x100, 0x200, 0x400, 0x800, 0x8000], flags => OnPair(p => $"{Pair.Error(() => p.Client.Send([1], (SocketFlags)flags))}"));
        Suite.Each("flags of a receive", [0, 1, 2, 4, 8, 0x100, 0x200, 0x400, 0x800, 0x8000], flags => OnPair(p =>
        {
            p.Client.Send([1]);
            p.Server.Poll(5_000_000, SelectMode.SelectRead);
            return Pair.Error(() => p.Server.Receive(new byte[1], (SocketFlags)flags));
        }));
        Suite.Case("truncated as a flag", () =>
        {
            using Socket a = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp), b = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            a.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            b.SendTo(new byte[50], a.LocalEndPoint!);
            a.Poll(5_000_000, SelectMode.SelectRead);
            return a.Receive(new byte[10], SocketFlags.Truncated | SocketFlags.Peek);
        });
        Suite.Each("linger of", [65535, 65536, 100_000], v => OnTcp(s => s.LingerState = new LingerOption(true, v), s => s.LingerState!.LingerTime));
        Suite.Each("control", [IOControlCode.AsyncIO, IOControlCode.NonBlockingIO, IOControlCode.DataToRead, IOControlCode.OobDataRead, IOControlCode.KeepAliveValues, IOControlCode.AddressListQuery, IOControlCode.ReceiveAll, IOControlCode.Flush], code => OnPair(p =>
        {
            byte[] answer = new byte[4];
            return Pair.Error(() => p.Client.IOControl(code, new byte[12], answer)) + answer[0];
        }));
        Suite.Each("control of datagrams", [IOControlCode.DataToRead, IOControlCode.OobDataRead], code => OnUdp(_ => { }, s =>
        {
            byte[] answer = new byte[4];
            return Pair.Error(() => s.IOControl(code, null, answer)) + answer[0];
        }));
        Suite.Each("protection level", Enum.GetValues<IPProtectionLevel>(), level => OnTcp(_ => { }, s => Pair.Error(() => s.SetIPProtectionLevel(level))));
        Suite.Case("raw option round trip", () =>
        {
            using Socket s = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            const int Tcp = 6, NoDelay = 1;
            s.SetRawSocketOption(Tcp, NoDelay, BitConverter.GetBytes(1));
            byte[] value = new byte[4];
            int length = s.GetRawSocketOption(Tcp, NoDelay, value);
            return $"{length} {BitConverter.ToInt32(value) != 0}";
        });
    }

    private static string OnTcp<T>(Action<Socket> set, Func<Socket, T> get)
    {
        using Socket s = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        set(s);
        return Suite.Format(get(s));
    }

    private static string OnPair(Func<Pair, string> body)
    {
        using Pair p = new();
        return body(p);
    }

    private static string OnUdp<T>(Action<Socket> set, Func<Socket, T> get)
    {
        using Socket s = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        set(s);
        return Suite.Format(get(s));
    }
}
