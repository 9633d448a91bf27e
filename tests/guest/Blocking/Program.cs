// Blocking: sockets without one asynchronous operation, so that the image has neither the engine of .NET's sockets nor, for them, the thread pool.

using System.Net;
using System.Net.Sockets;
using Unikernel.Guest;

return Suite.Run(args, ("tcp", Tcp), ("time", Timeouts), ("modes", Modes), ("ends", Ends), ("udp", Udp));

static void Tcp()
{
    using Socket listener = Listen(out IPEndPoint address);
    var server = new Thread(() =>
    {
        byte[] buffer = new byte[4096];
        for (int i = 0; i < 3; i++)
        {
            using Socket accepted = listener.Accept();
            for (int count; (count = accepted.Receive(buffer)) > 0;)
                accepted.Send(buffer.AsSpan(0, count));
        }
    });
    server.Start();
    foreach (int length in new[] { 1, 4096, 300_000 })
    {
        Suite.Case($"echo {length}", () =>
        {
            using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
            client.Connect(address);
            byte[] sent = new byte[length], received = new byte[length];
            new Random(length).NextBytes(sent);
            var sender = new Thread(() =>
            {
                client.Send(sent);
                client.Shutdown(SocketShutdown.Send);
            });
            sender.Start();
            int at = 0;
            for (int count; (count = client.Receive(received.AsSpan(at))) > 0;)
                at += count;
            sender.Join();
            return at == length && sent.AsSpan().SequenceEqual(received);
        });
    }

    server.Join();
    Suite.Case("TcpClient and NetworkStream", () =>
    {
        using var tcp = new TcpListener(IPAddress.Loopback, 0);
        tcp.Start();
        using var client = new TcpClient();
        client.Connect((IPEndPoint)tcp.LocalEndpoint);
        using TcpClient accepted = tcp.AcceptTcpClient();
        using var writer = new StreamWriter(client.GetStream()) { AutoFlush = true };
        using var reader = new StreamReader(accepted.GetStream());
        writer.WriteLine("a line");
        return reader.ReadLine();
    });
    Suite.Case("gather and scatter", () =>
    {
        (Socket a, Socket b) = Pair();
        using (a)
        using (b)
        {
            int sent = a.Send([new ArraySegment<byte>([1, 2, 3]), new ArraySegment<byte>([4, 5])]);
            byte[] first = new byte[2], second = new byte[8];
            int received = b.Receive([new ArraySegment<byte>(first), new ArraySegment<byte>(second)]);
            return $"{sent} {received} {string.Join(',', first)} {string.Join(',', second)}";
        }
    });
    Suite.Case("refused", () =>
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        return Error(() => client.Connect(IPAddress.Loopback, 9));
    });
}

static void Timeouts()
{
    Suite.Case("receive", () =>
    {
        (Socket a, Socket b) = Pair();
        using (a)
        using (b)
        {
            a.ReceiveTimeout = 50;
            return $"{a.ReceiveTimeout} {Error(() => a.Receive(new byte[1]))} {Error(() => a.Receive(new byte[1]))} {b.Send([7])} {a.Receive(new byte[1])}";
        }
    });
    Suite.Case("send", () =>
    {
        (Socket a, Socket b) = Pair();
        using (a)
        using (b)
        {
            a.SendTimeout = 50;
            return Error(() =>
            {
                while (true)
                    a.Send(new byte[100_000]);
            });
        }
    });
    Suite.Case("receive from", () =>
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 50 };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        return Error(() => socket.ReceiveFrom(new byte[1], ref from));
    });
    Suite.Case("accept goes on after the time of a receive", () =>
    {
        using Socket listener = Listen(out IPEndPoint address);
        listener.ReceiveTimeout = 50;
        var client = new Thread(() =>
        {
            Thread.Sleep(400);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(address);
        });
        client.Start();
        using Socket accepted = listener.Accept();
        client.Join();
        return accepted.Connected;
    });
}

static void Modes()
{
    Suite.Case("to and fro", () =>
    {
        (Socket a, Socket b) = Pair();
        using (a)
        using (b)
        {
            a.Blocking = false;
            string first = Error(() => a.Receive(new byte[1]));
            a.Blocking = true;
            a.ReceiveTimeout = 50;
            string second = Error(() => a.Receive(new byte[1]));
            a.ReceiveTimeout = 0;
            var sender = new Thread(() =>
            {
                Thread.Sleep(100);
                b.Send([1, 2, 3]);
            });
            sender.Start();
            int count = a.Receive(new byte[8]);
            sender.Join();
            a.Blocking = false;
            return $"{first} {second} {count} {Error(() => a.Receive(new byte[1]))} {a.Blocking}";
        }
    });
    Suite.Case("accept", () =>
    {
        using Socket listener = Listen(out IPEndPoint address);
        listener.Blocking = false;
        string none = Error(() => listener.Accept());
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(address);
        listener.Poll(1_000_000, SelectMode.SelectRead);
        using Socket accepted = listener.Accept();
        return $"{none} {accepted.Blocking} {accepted.Connected}";
    });
    Suite.Case("connect", () =>
    {
        using Socket listener = Listen(out IPEndPoint address);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        string started = Error(() => client.Connect(address));
        return $"{started is "InProgress" or "WouldBlock" or "none"} {client.Poll(1_000_000, SelectMode.SelectWrite)}";
    });
    Suite.Case("select", () =>
    {
        (Socket a, Socket b) = Pair();
        using (a)
        using (b)
        {
            b.Send([1]);
            List<Socket> read = [a, b], write = [a, b];
            Socket.Select(read, write, null, 1_000_000);
            return $"{read.Count} {read[0] == a} {write.Count}";
        }
    });
}

static void Ends()
{
    Suite.Case("the peer closes", () =>
    {
        (Socket a, Socket b) = Pair();
        using (a)
        {
            b.Dispose();
            return a.Receive(new byte[1]);
        }
    });
    Suite.Case("the peer resets", () =>
    {
        (Socket a, Socket b) = Pair();
        using (a)
        {
            b.LingerState = new LingerOption(true, 0);
            b.Dispose();
            return Error(() => a.Receive(new byte[1]));
        }
    });
    Suite.Case("closed while it receives", () =>
    {
        (Socket a, Socket b) = Pair();
        using (b)
        {
            string result = "";
            var reader = new Thread(() => result = Error(() => a.Receive(new byte[1])));
            reader.Start();
            Thread.Sleep(200);
            a.Dispose();
            return $"{reader.Join(10_000)} {result}";
        }
    });
    Suite.Case("closed while it accepts", () =>
    {
        Socket listener = Listen(out _);
        string result = "";
        var acceptor = new Thread(() => result = Error(() => listener.Accept()));
        acceptor.Start();
        Thread.Sleep(200);
        listener.Dispose();
        return $"{acceptor.Join(10_000)} {result}";
    });
    Suite.Case("close with a time", () =>
    {
        (Socket a, Socket b) = Pair();
        using (b)
        {
            a.Send([1, 2]);
            a.Close(1);
            byte[] buffer = new byte[4];
            return $"{b.Receive(buffer)} {b.Receive(buffer)} {Error(() => a.Send([1]))}";
        }
    });
    Suite.Case("not blocking, closed", () =>
    {
        (Socket a, Socket b) = Pair();
        using (b)
        {
            a.Blocking = false;
            a.Dispose();
            return b.Receive(new byte[1]);
        }
    });
}

static void Udp()
{
    Suite.Case("to and from", () =>
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new UdpClient(0, AddressFamily.InterNetwork);
        client.Send([1, 2, 3], (IPEndPoint)server.LocalEndPoint!);
        byte[] buffer = new byte[16];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        int count = server.ReceiveFrom(buffer, ref from);
        server.SendTo(buffer[..count], from);
        IPEndPoint? sender = null;
        int returned = client.Receive(ref sender).Length;
        return $"{count} {returned} {sender?.Port == ((IPEndPoint)server.LocalEndPoint!).Port}";
    });
    Suite.Case("packet information", () =>
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        server.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        client.SendTo([1, 2], server.LocalEndPoint!);
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        SocketFlags flags = SocketFlags.None;
        int count = server.ReceiveMessageFrom(new byte[8], 0, 8, ref flags, ref from, out IPPacketInformation information);
        return $"{count} {flags} {information.Address}";
    });
}

static Socket Listen(out IPEndPoint address)
{
    var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    listener.Listen();
    address = (IPEndPoint)listener.LocalEndPoint!;
    return listener;
}

static (Socket, Socket) Pair()
{
    using Socket listener = Listen(out IPEndPoint address);
    var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    client.Connect(address);
    return (client, listener.Accept());
}

static string Error(Action action)
{
    try
    {
        action();
        return "none";
    }
    catch (SocketException e)
    {
        return e.SocketErrorCode.ToString();
    }
    catch (ObjectDisposedException)
    {
        return "disposed";
    }
}
