using System.Net;
using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>The rarer calls: files and packets as a source, reuse, packet information, groups, sharing of ports.</summary>
internal static class MoreCases
{
    public static void Run()
    {
        Suite.Case("own name towards other addresses of the loopback", () =>
        {
            using Socket a = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp), listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            a.Connect(IPAddress.Parse("127.0.0.9"), 9);
            listener.Bind(new IPEndPoint(IPAddress.Parse("127.1.2.3"), 0));
            listener.Listen();
            using Socket c = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            c.Connect(listener.LocalEndPoint!);
            using Socket s = listener.Accept();
            return $"{((IPEndPoint)a.LocalEndPoint!).Address} {((IPEndPoint)c.LocalEndPoint!).Address} {((IPEndPoint)s.LocalEndPoint!).Address}";
        });
        Suite.Case("send file", () => WithFile(path => Exchange(c => c.SendFile(path))));
        Suite.Case("send file between buffers", () => WithFile(path => Exchange(c => c.SendFile(path, "before"u8.ToArray(), "after"u8.ToArray(), TransmitFileOptions.UseDefaultWorkerThread))));
        Suite.Case("send file async", () => WithFile(path => Exchange(c => c.SendFileAsync(path).AsTask().Wait())));
        Suite.Case("send packets", () => WithFile(path => Exchange(c =>
        {
            using ManualResetEventSlim done = new();
            using SocketAsyncEventArgs args = new() { SendPacketsElements = [new SendPacketsElement("one"u8.ToArray()), new SendPacketsElement(path, 10, 100), new SendPacketsElement("two"u8.ToArray())] };
            args.Completed += (_, _) => done.Set();
            if (c.SendPacketsAsync(args))
            {
                done.Wait();
            }
        })));
        Suite.Throws("send file that is missing", () => Exchange(c => c.SendFile("/tmp/no-such-file")));
        Suite.Throws("duplicate and close", () =>
        {
            using Pair p = new();
            p.Client.DuplicateAndClose(1);
        });
        Suite.Each("disconnect", [false, true], reuse =>
        {
            using Pair p = new();
            return Pair.Error(() => p.Client.Disconnect(reuse)) + " " + p.Client.Connected;
        });
        Suite.Case("connect again after disconnect", () =>
        {
            using Socket listener = Pair.Listen();
            using Socket c = Tcp();
            c.Connect(listener.LocalEndPoint!);
            c.Disconnect(true);
            return Pair.Error(() => c.Connect(listener.LocalEndPoint!));
        });
        Suite.Case("connect again after a refusal", () =>
        {
            using Socket c = Tcp();
            string first = Pair.Error(() => c.Connect(Pair.Closed()));
            using Socket listener = Pair.Listen();
            return first + " " + Pair.Error(() => c.Connect(listener.LocalEndPoint!));
        });
        Suite.Case("packet information IPv6", () =>
        {
            using Socket a = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp), b = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
            a.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
            a.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.PacketInformation, true);
            b.SendTo("packet"u8.ToArray(), new IPEndPoint(IPAddress.IPv6Loopback, ((IPEndPoint)a.LocalEndPoint!).Port));
            return Message(a, IPAddress.IPv6Any);
        });
        Suite.Case("packet information of IPv4 in dual mode", () =>
        {
            using Socket a = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true }, b = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            a.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
            b.SendTo("packet"u8.ToArray(), new IPEndPoint(IPAddress.Loopback, ((IPEndPoint)a.LocalEndPoint!).Port));
            return Message(a, IPAddress.IPv6Any);
        });
        Suite.Case("packet information async", () =>
        {
            using Socket a = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp), b = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            a.Bind(new IPEndPoint(IPAddress.Any, 0));
            Task<SocketReceiveMessageFromResult> receive = a.ReceiveMessageFromAsync(new byte[20], new IPEndPoint(IPAddress.Any, 0));
            b.SendTo("packet"u8.ToArray(), new IPEndPoint(IPAddress.Loopback, ((IPEndPoint)a.LocalEndPoint!).Port));
            SocketReceiveMessageFromResult result = receive.Result;
            return $"{result.ReceivedBytes} {result.SocketFlags} {result.PacketInformation.Address}";
        });
        Suite.Case("group on the loopback", () =>
        {
            IPAddress group = IPAddress.Parse("239.1.2.3");
            using Socket a = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000 }, b = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            a.Bind(new IPEndPoint(IPAddress.Any, 0));
            a.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(group, IPAddress.Loopback));
            b.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.Loopback.GetAddressBytes());
            b.SendTo([1, 2, 3], new IPEndPoint(group, ((IPEndPoint)a.LocalEndPoint!).Port));
            int received = a.Receive(new byte[10]);
            string again = Pair.Error(() => a.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(group, IPAddress.Loopback)));
            a.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.DropMembership, new MulticastOption(group, IPAddress.Loopback));
            string left = Pair.Error(() => a.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.DropMembership, new MulticastOption(group, IPAddress.Loopback)));
            return $"{received}; {again}; {left}";
        });
        Suite.Case("join what is no group", () => Pair.Error(() =>
        {
            using Socket a = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            a.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(IPAddress.Parse("10.1.2.3"), IPAddress.Loopback));
        }));
        Suite.Case("join on tcp", () => Pair.Error(() =>
        {
            using Socket a = Tcp();
            a.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(IPAddress.Parse("239.1.2.3"), IPAddress.Loopback));
        }));
        Suite.Case("two sockets share a port", () =>
        {
            using Socket a = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp), b = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            a.ExclusiveAddressUse = false;
            b.ExclusiveAddressUse = false;
            a.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            return $"{Pair.Error(() => b.Bind(a.LocalEndPoint!))} {a.ExclusiveAddressUse}";
        });
        Suite.Case("two listeners share a port", () =>
        {
            using Socket a = Tcp(), b = Tcp();
            a.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            b.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            a.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            a.Listen();
            b.Bind(a.LocalEndPoint!);
            return Pair.Error(() => b.Listen());
        });
        Suite.Case("accepted sockets inherit", () =>
        {
            using Socket listener = Tcp();
            listener.NoDelay = true;
            listener.LingerState = new LingerOption(true, 3);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            using Socket c = Tcp();
            c.Connect(listener.LocalEndPoint!);
            using Socket s = listener.Accept();
            return $"{s.NoDelay} {s.LingerState!.Enabled} {s.LingerState.LingerTime}";
        });
        Suite.Case("dual mode listener takes both", () =>
        {
            TcpListener listener = TcpListener.Create(0);
            listener.Start();
            int port = ((IPEndPoint)listener.LocalEndpoint).Port;
            using TcpClient a = new(), b = new(AddressFamily.InterNetworkV6);
            a.Connect(IPAddress.Loopback, port);
            using Socket first = listener.AcceptSocket();
            b.Connect(IPAddress.IPv6Loopback, port);
            using Socket second = listener.AcceptSocket();
            listener.Stop();
            return $"{((IPEndPoint)first.RemoteEndPoint!).Address} {((IPEndPoint)second.RemoteEndPoint!).Address}";
        });
        Suite.Case("connect by several addresses", () =>
        {
            using Socket listener = Pair.Listen();
            using Socket c = Tcp();
            c.Connect([IPAddress.Parse("127.0.0.2"), IPAddress.Loopback], ((IPEndPoint)listener.LocalEndPoint!).Port);
            return c.Connected;
        });
        Suite.Case("connect cancelled before", () => Pair.Error(() =>
        {
            using Socket c = Tcp();
            c.ConnectAsync(Pair.Closed(), new CancellationToken(true)).AsTask().GetAwaiter().GetResult();
        }));
        Suite.Case("io control", () =>
        {
            using Pair p = new();
            p.Client.Send([1, 2, 3]);
            p.Server.Poll(5_000_000, SelectMode.SelectRead);
            byte[] count = new byte[4];
            p.Server.IOControl(IOControlCode.DataToRead, null, count);
            return BitConverter.ToInt32(count);
        });
        Suite.Throws("io control that is Windows's", () =>
        {
            using Socket c = Tcp();
            c.IOControl(IOControlCode.KeepAliveValues, new byte[12], null);
        });
        Suite.Case("shutdown twice", () =>
        {
            using Pair p = new();
            p.Client.Shutdown(SocketShutdown.Send);
            return Pair.Error(() => p.Client.Shutdown(SocketShutdown.Send));
        });
        Suite.Case("nothing is received into nothing", () =>
        {
            using Pair p = new();
            p.Client.Send([1]);
            return p.Server.Receive(Array.Empty<byte>());
        });
        Suite.Case("receive all of several buffers", () =>
        {
            using Pair p = new();
            p.Client.Send([new ArraySegment<byte>([1, 2, 3]), new ArraySegment<byte>([4, 5])]);
            p.Server.Poll(5_000_000, SelectMode.SelectRead);
            byte[] a = new byte[2], b = new byte[10];
            int n = p.Server.Receive([new ArraySegment<byte>(a), new ArraySegment<byte>(b)]);
            return $"{n} {Suite.Format(a)} {Suite.Format(b)}";
        });
        Suite.Case("peek then read", () =>
        {
            using Pair p = new();
            p.Client.Send([7, 8]);
            byte[] b = new byte[2];
            return $"{p.Server.Receive(b, SocketFlags.Peek)} {p.Server.Receive(b, SocketFlags.Peek)} {p.Server.Receive(b)} {b[1]}";
        });
        Suite.Each("udp connected to and dissolved", [1], _ =>
        {
            using UdpClient a = new(new IPEndPoint(IPAddress.Loopback, 0)), b = new(new IPEndPoint(IPAddress.Loopback, 0));
            a.Connect((IPEndPoint)b.Client.LocalEndPoint!);
            string while1 = Pair.Error(() => a.Client.SendTo([1], b.Client.LocalEndPoint!));
            return $"{while1} {a.Client.RemoteEndPoint!.Equals(b.Client.LocalEndPoint)}";
        });
        Suite.Case("scope of a link-local address", () => $"{IPAddress.Parse("fe80::1%7").ScopeId} {new IPEndPoint(IPAddress.Parse("fe80::1%7"), 80)}");
        Suite.Case("safe handle is valid until closed", () =>
        {
            Socket s = Tcp();
            bool before = s.SafeHandle.IsInvalid;
            s.Dispose();
            return $"{before} {s.SafeHandle.IsClosed}";
        });
        Suite.Case("socket of a handle", () =>
        {
            using Pair p = new();
            using Socket again = new(new SafeSocketHandle(p.Client.Handle, ownsHandle: false));
            return $"{again.AddressFamily} {again.SocketType} {again.ProtocolType} {again.Connected} {again.RemoteEndPoint!.Equals(p.Client.RemoteEndPoint)}";
        });
    }

    private static Socket Tcp() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private static string Message(Socket socket, IPAddress any)
    {
        SocketFlags flags = SocketFlags.None;
        EndPoint from = new IPEndPoint(any, 0);
        int n = socket.ReceiveMessageFrom(new byte[20], 0, 20, ref flags, ref from, out IPPacketInformation information);
        return $"{n} {information.Address} {flags}";
    }

    private static T WithFile<T>(Func<string, T> body)
    {
        string path = $"/tmp/sockets-{Environment.ProcessId}-{Guid.NewGuid():N}";
        File.WriteAllBytes(path, Pair.Pattern(100_000));
        try
        {
            return body(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // What arrives at the other side when the client does something and closes.
    private static byte[] Exchange(Action<Socket> client)
    {
        using Pair p = new();
        Task<byte[]> receive = Task.Run(() => Pair.ReceiveAll(p.Server));
        client(p.Client);
        p.Client.Shutdown(SocketShutdown.Send);
        return receive.Result;
    }
}
