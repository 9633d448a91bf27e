using System.Net;
using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>Datagrams: sizes, truncation, connected sockets, multicast on loopback.</summary>
internal static class UdpCases
{
    private static Socket Bound(AddressFamily family = AddressFamily.InterNetwork)
    {
        Socket s = new(family, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000 };
        s.Bind(new IPEndPoint(Pair.Loopback(family), 0));
        return s;
    }

    public static void Run()
    {
        Suite.Each("size", [0, 1, 511, 512, 1471, 1472, 1473, 8000, 16384, 60000, 65507], n =>
        {
            using Socket a = Bound(), b = Bound();
            byte[] data = Pair.Pattern(n), buffer = new byte[65536];
            int sent = a.SendTo(data, b.LocalEndPoint!);
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            int got = b.ReceiveFrom(buffer, ref from);
            return $"{sent} {got} {buffer.AsSpan(0, got).SequenceEqual(data)} {from.Equals(a.LocalEndPoint)}";
        });
        Suite.Case("IPv6", () =>
        {
            using Socket a = Bound(AddressFamily.InterNetworkV6), b = Bound(AddressFamily.InterNetworkV6);
            a.SendTo(Pair.Pattern(3000), b.LocalEndPoint!);
            return b.Receive(new byte[4000]);
        });
        Suite.Case("truncated receive", () =>
        {
            using Socket a = Bound(), b = Bound();
            a.SendTo(new byte[100], b.LocalEndPoint!);
            a.SendTo(new byte[7], b.LocalEndPoint!);
            return $"{Pair.Error(() => b.Receive(new byte[10]))} {b.Receive(new byte[10])}";
        });
        Suite.Case("truncated message has a flag", () =>
        {
            using Socket a = Bound(), b = Bound();
            a.SendTo(new byte[100], b.LocalEndPoint!);
            SocketFlags flags = SocketFlags.None;
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            return Pair.Error(() => b.ReceiveMessageFrom(new byte[10], 0, 10, ref flags, ref from, out _)) + " " + flags;
        });
        Suite.Case("boundaries are kept", () =>
        {
            using Socket a = Bound(), b = Bound();
            foreach (int n in (int[])[3, 1, 4, 1, 5])
            {
                a.SendTo(new byte[n], b.LocalEndPoint!);
            }

            byte[] buffer = new byte[100];
            return Enumerable.Range(0, 5).Select(_ => b.Receive(buffer)).ToArray();
        });
        Suite.Case("connected filters others", () =>
        {
            using Socket a = Bound(), b = Bound(), c = Bound();
            b.Connect(a.LocalEndPoint!);
            c.SendTo([1, 2, 3], b.LocalEndPoint!);
            a.SendTo([9], b.LocalEndPoint!);
            byte[] buffer = new byte[10];
            return $"{b.Receive(buffer)} {buffer[0]}";
        });
        Suite.Case("connected send and receive", () =>
        {
            using Socket a = Bound(), b = Bound();
            a.Connect(b.LocalEndPoint!);
            b.Connect(a.LocalEndPoint!);
            a.Send([1, 2]);
            return b.Receive(new byte[10]);
        });
        Suite.Case("reconnect elsewhere", () =>
        {
            using Socket a = Bound(), b = Bound(), c = Bound();
            a.Connect(b.LocalEndPoint!);
            a.Connect(c.LocalEndPoint!);
            a.Send([1]);
            return c.Receive(new byte[4]);
        });
        Suite.Case("implicit bind on send", () =>
        {
            using Socket b = Bound(), a = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            a.SendTo([1], b.LocalEndPoint!);
            return $"{((IPEndPoint)a.LocalEndPoint!).Port != 0} {b.Receive(new byte[4])}";
        });
        Suite.Case("available is the next datagram or all", () =>
        {
            using Socket a = Bound(), b = Bound();
            a.SendTo(new byte[10], b.LocalEndPoint!);
            SpinWait.SpinUntil(() => b.Available > 0);
            return b.Available;
        });
        Suite.Case("peek", () =>
        {
            using Socket a = Bound(), b = Bound();
            a.SendTo([1, 2, 3], b.LocalEndPoint!);
            byte[] buffer = new byte[10];
            return $"{b.Receive(buffer, SocketFlags.Peek)} {b.Receive(buffer)}";
        });
        Suite.Case("1000 datagrams one by one", () =>
        {
            using Socket a = Bound(), b = Bound();
            byte[] buffer = new byte[4];
            int good = 0;
            for (int i = 0; i < 1000; i++)
            {
                a.SendTo(BitConverter.GetBytes(i), b.LocalEndPoint!);
                good += b.Receive(buffer) == 4 && BitConverter.ToInt32(buffer) == i ? 1 : 0;
            }

            return good;
        });
        Suite.Case("UdpClient", () =>
        {
            using UdpClient a = new(new IPEndPoint(IPAddress.Loopback, 0)), b = new(new IPEndPoint(IPAddress.Loopback, 0));
            a.Send([1, 2, 3], 3, (IPEndPoint)b.Client.LocalEndPoint!);
            IPEndPoint? from = null;
            return $"{b.Receive(ref from).Length} {from!.Equals(a.Client.LocalEndPoint)}";
        });
        Suite.Case("UdpClient async", () =>
        {
            using UdpClient a = new(new IPEndPoint(IPAddress.Loopback, 0)), b = new(new IPEndPoint(IPAddress.Loopback, 0));
            Task<UdpReceiveResult> receive = b.ReceiveAsync();
            a.SendAsync(new byte[] { 4, 5 }, (IPEndPoint)b.Client.LocalEndPoint!).AsTask().Wait();
            return receive.Result.Buffer;
        });
        Suite.Case("shutdown of an unconnected socket", () => Pair.Error(() =>
        {
            using Socket a = Bound();
            a.Shutdown(SocketShutdown.Both);
        }));
        Suite.Case("close wakes a blocked receive", () =>
        {
            Socket a = Bound();
            a.ReceiveTimeout = 0;
            Task<string> receive = Task.Run(() => Pair.Error(() => a.Receive(new byte[1])));
            Thread.Sleep(50);
            a.Dispose();
            return receive.Result;
        });
        Suite.Case("full receive buffer drops, does not block", () =>
        {
            using Socket a = Bound(), b = Bound();
            b.ReceiveBufferSize = 8192;
            for (int i = 0; i < 500; i++)
            {
                a.SendTo(new byte[1000], b.LocalEndPoint!);
            }

            int received = 0;
            b.ReceiveTimeout = 100;
            while (Pair.Error(() => b.Receive(new byte[1000])) == "no error")
            {
                received++;
            }

            return received is > 0 and < 500;
        });
    }
}
