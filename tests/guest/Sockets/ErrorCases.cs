using System.Net;
using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>Wrong uses, and what refuses them: error codes as on Linux.</summary>
internal static class ErrorCases
{
    private static Socket Tcp() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private static Socket Udp() => new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    private static void Fails(string name, Action body) => Suite.Case(name, () => Pair.Error(body));

    public static void Run()
    {
        Fails("connect refused", () => Tcp().Connect(Pair.Closed()));
        Fails("connect refused IPv6", () =>
        {
            IPEndPoint closed = Pair.Closed();
            new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp).Connect(IPAddress.IPv6Loopback, closed.Port);
        });
        Fails("connect twice", () =>
        {
            using Socket listener = Pair.Listen();
            using Socket c = Tcp();
            c.Connect(listener.LocalEndPoint!);
            c.Connect(listener.LocalEndPoint!);
        });
        Fails("connect of a listener", () =>
        {
            using Socket listener = Pair.Listen();
            listener.Connect(Pair.Closed());
        });
        Fails("send before connect", () => Tcp().Send([1]));
        Fails("receive before connect", () => Tcp().Receive(new byte[1]));
        Fails("shutdown before connect", () => Tcp().Shutdown(SocketShutdown.Both));
        Fails("accept before listen", () =>
        {
            using Socket s = Tcp();
            s.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            s.Accept();
        });
        Fails("accept before bind", () => Tcp().Accept());
        Fails("bind twice", () =>
        {
            using Socket s = Tcp();
            s.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            s.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        });
        Fails("address in use", () =>
        {
            using Socket listener = Pair.Listen();
            using Socket s = Tcp();
            s.Bind(listener.LocalEndPoint!);
            s.Listen();
        });
        Fails("udp address in use", () =>
        {
            using Socket a = Udp(), b = Udp();
            a.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            b.Bind(a.LocalEndPoint!);
        });
        Fails("bind to a foreign address", () => Tcp().Bind(new IPEndPoint(IPAddress.Parse("192.0.2.77"), 0)));
        Fails("bind to the wrong family", () => Tcp().Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0)));
        Fails("connect to the wrong family", () => Tcp().Connect(new IPEndPoint(IPAddress.IPv6Loopback, 9)));
        Fails("connect to port 0", () => Tcp().Connect(new IPEndPoint(IPAddress.Loopback, 0)));
        Fails("bad port", () => _ = new IPEndPoint(IPAddress.Loopback, 65536));
        Fails("udp too long", () => Udp().SendTo(new byte[65536], new IPEndPoint(IPAddress.Loopback, 9)));
        Fails("udp send without address", () => Udp().Send([1]));
        Fails("udp refused by a connected socket", () =>
        {
            using Socket s = Udp();
            s.Connect(Pair.Closed());
            for (int i = 0; i < 20; i++)
            {
                s.Send([1]);
                Thread.Sleep(2);
            }
        });
        Fails("listen on udp", () =>
        {
            using Socket s = Udp();
            s.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            s.Listen();
        });
        Fails("receive on a listener", () =>
        {
            using Socket listener = Pair.Listen();
            listener.Receive(new byte[1]);
        });
        Fails("non-blocking receive", () =>
        {
            using Pair p = new();
            p.Client.Blocking = false;
            p.Client.Receive(new byte[1]);
        });
        Fails("non-blocking accept", () =>
        {
            using Socket listener = Pair.Listen();
            listener.Blocking = false;
            listener.Accept();
        });
        Fails("non-blocking send until full", () =>
        {
            using Pair p = new();
            p.Client.Blocking = false;
            byte[] block = new byte[65536];
            for (int i = 0; i < 2000; i++)
            {
                p.Client.Send(block);
            }
        });
        Fails("non-blocking udp receive", () =>
        {
            using Socket s = Udp();
            s.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            s.Blocking = false;
            s.Receive(new byte[1]);
        });
        Fails("receive timeout", () =>
        {
            using Pair p = new();
            p.Client.ReceiveTimeout = 30;
            p.Client.Receive(new byte[1]);
        });
        Fails("send timeout", () =>
        {
            using Pair p = new();
            p.Client.SendTimeout = 50;
            byte[] block = new byte[100_000];
            for (int i = 0; i < 1000; i++)
            {
                p.Client.Send(block);
            }
        });
        Fails("udp receive timeout", () =>
        {
            using Socket s = Udp();
            s.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            s.ReceiveTimeout = 20;
            s.Receive(new byte[1]);
        });
        Fails("use after dispose", () =>
        {
            Socket s = Tcp();
            s.Dispose();
            s.Connect(IPAddress.Loopback, 9);
        });
        Fails("option after dispose", () =>
        {
            Socket s = Tcp();
            s.Dispose();
            s.NoDelay = true;
        });
        Fails("multicast on tcp is refused or taken", () => Tcp().GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Type));
        Fails("unsupported family", () => _ = new Socket(AddressFamily.AppleTalk, SocketType.Stream, ProtocolType.Tcp));
        Fails("wrong protocol", () => _ = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Udp));
        Fails("get a bad option", () => Tcp().GetSocketOption(SocketOptionLevel.Tcp, (SocketOptionName)12345));
        Fails("offset out of range", () => Tcp().Send(new byte[4], 3, 5, SocketFlags.None));
        Fails("null buffer", () => Tcp().Send((byte[])null!));
        Fails("null endpoint", () => Tcp().Connect((EndPoint)null!));
        Fails("sendto on a connected tcp socket is a send", () =>
        {
            using Pair p = new();
            p.Client.SendTo([1], p.Client.RemoteEndPoint!);
        });
        Suite.Case("remote end point before connect", () => Pair.Error(() => _ = Tcp().RemoteEndPoint));
        Suite.Case("local end point before bind", () => Tcp().LocalEndPoint is null);
        Suite.Case("error text", () => new SocketException((int)SocketError.ConnectionRefused).Message);
        Suite.Each("error texts", [SocketError.TimedOut, SocketError.AddressAlreadyInUse, SocketError.HostNotFound, SocketError.ConnectionReset, SocketError.NotConnected, SocketError.WouldBlock, SocketError.AccessDenied],
            e => new SocketException((int)e).Message);
    }
}
