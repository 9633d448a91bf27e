using System.Net;
using System.Net.Sockets;
using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Sockets.Udp;

namespace Unikernel.Net.Tests.Linux;

/// <summary>
/// Our stack against Linux's over a tap in a network namespace. Where none can be made the tests are skipped, and say why: the runner of
/// continuous integration has the rights.
/// </summary>
public class LinuxTests
{
    private const int Port = 7007;

    private static byte[] Pattern(int length)
    {
        byte[] data = new byte[length];
        new Random(length).NextBytes(data);
        return data;
    }

    private static void Run(double loss, int seed, Action<LinuxPair> test, int mtu = 1500) => Assert.Null(LinuxPair.Run(loss, seed, test, mtu));

    // A Linux socket of the calling thread's namespace.
    private static Socket Linux(SocketType type = SocketType.Stream) =>
        new(AddressFamily.InterNetwork, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp) { ReceiveTimeout = 60_000, SendTimeout = 60_000 };

    private static IPEndPoint OursAt(int port) => new(IPAddress.Parse("10.77.0.2"), port);

    private static TcpSocket Listen(LinuxPair pair, int backlog = 16)
    {
        TcpSocket listener = pair.NewTcp();
        Assert.Equal(0, listener.Bind(LinuxPair.Name(LinuxPair.Ours, Port)));
        Assert.Equal(0, listener.Listen(backlog));
        return listener;
    }

    private static TcpSocket Accept(TcpSocket listener)
    {
        Assert.Equal(0, listener.Accept(out NetSocket? accepted, out _));
        return (TcpSocket)accepted!;
    }

    private static byte[] ReceiveAll(NetSocket socket)
    {
        var all = new MemoryStream();
        byte[] buffer = new byte[16384];
        int count;
        while ((count = socket.Receive(buffer)) > 0) all.Write(buffer, 0, count);
        Assert.Equal(0, count);
        return all.ToArray();
    }

    private static byte[] ReceiveAll(Socket socket)
    {
        var all = new MemoryStream();
        byte[] buffer = new byte[16384];
        int count;
        while ((count = socket.Receive(buffer)) > 0) all.Write(buffer, 0, count);
        return all.ToArray();
    }

    [LinuxTheory]
    [InlineData(0.0, 4_000_000, 1500)]
    [InlineData(0.02, 1_000_000, 1500)]
    [InlineData(0.1, 100_000, 1500)]
    [InlineData(0.02, 300_000, 576)]
    [InlineData(0.0, 4_000_000, 9000)]
    public void Both_send_at_once_and_nothing_is_lost_or_changed(double loss, int length, int mtu) => Run(
        loss,
        seed: length,
        pair =>
        {
            byte[] toLinux = Pattern(length), toUs = Pattern(length + 1);
            TcpSocket listener = Listen(pair);
            using Socket client = Linux();
            client.Connect(OursAt(Port));
            TcpSocket server = Accept(listener);
            byte[]? received = null;
            // Sockets stay in the namespace that they were made in, whoever uses them.
            Task receiver = Task.Run(() => received = ReceiveAll(server));
            Task sender = Task.Run(() =>
            {
                Assert.Equal(toLinux.Length, server.Send(toLinux));
                Assert.Equal(0, server.Shutdown(Sockets.SocketShutdown.Send));
            });
            Task feeder = Task.Run(() =>
            {
                client.Send(toUs);
                client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            });
            Assert.True(ReceiveAll(client).AsSpan().SequenceEqual(toLinux), "what Linux received differs");
            Task.WaitAll(receiver, sender, feeder);
            Assert.True(received.AsSpan().SequenceEqual(toUs), "what we received differs");
            if (loss > 0) Assert.True(pair.Lost > 0, "no frame was lost");
            server.Close();
            listener.Close();
        },
        mtu);

    [LinuxFact]
    public void Half_closed_connections_answer_after_the_end() => Run(0, 1, pair =>
    {
        TcpSocket listener = Listen(pair);
        using Socket client = Linux();
        client.Connect(OursAt(Port));
        TcpSocket server = Accept(listener);
        client.Send("question"u8);
        client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        Assert.Equal("question"u8.ToArray(), ReceiveAll(server));
        Assert.Equal(6, server.Send("answer"u8));
        server.Close();
        Assert.Equal("answer"u8.ToArray(), ReceiveAll(client));
        listener.Close();
    });

    [LinuxFact]
    public void We_connect_to_Linux() => Run(0, 2, pair =>
    {
        using Socket listener = Linux();
        listener.Bind(new IPEndPoint(IPAddress.Parse("10.77.0.1"), Port));
        listener.Listen();
        TcpSocket client = pair.NewTcp();
        Assert.Equal(0, client.Connect(LinuxPair.Name(LinuxPair.Linux, Port)));
        using Socket server = listener.Accept();
        Assert.Equal(5, client.Send("hello"u8));
        Assert.Equal(0, client.Shutdown(Sockets.SocketShutdown.Send));
        Assert.Equal("hello"u8.ToArray(), ReceiveAll(server));
        client.Close();

        TcpSocket refused = pair.NewTcp();
        Assert.Equal(-SocketErrno.ECONNREFUSED, refused.Connect(LinuxPair.Name(LinuxPair.Linux, Port + 1)));
        refused.Close();
    });

    [LinuxTheory]
    [InlineData(0.0, 300)]
    [InlineData(0.05, 20)]
    public void Connections_one_after_another(double loss, int count) => Run(loss, 3, pair =>
    {
        TcpSocket listener = Listen(pair);
        Task server = Task.Run(() =>
        {
            byte[] buffer = new byte[100];
            for (int i = 0; i < count; i++)
            {
                TcpSocket connection = Accept(listener);
                int received = connection.Receive(buffer);
                Assert.Equal(received, connection.Send(buffer.AsSpan(0, received)));
                connection.Close();
            }
        });
        byte[] answer = new byte[100];
        for (int i = 0; i < count; i++)
        {
            using Socket client = Linux();
            client.Connect(OursAt(Port));
            client.Send(BitConverter.GetBytes(i));
            Assert.Equal(4, client.Receive(answer));
            Assert.Equal(i, BitConverter.ToInt32(answer));
            Assert.Equal(0, client.Receive(answer));
        }

        server.Wait();
        listener.Close();
    });

    [LinuxFact]
    public void Many_connections_are_open_together() => Run(0, 4, pair =>
    {
        const int Count = 200;
        TcpSocket listener = Listen(pair, backlog: 512);
        Socket[] clients = [.. Enumerable.Range(0, Count).Select(_ => Linux())];
        foreach (Socket client in clients) client.Connect(OursAt(Port));
        TcpSocket[] servers = [.. Enumerable.Range(0, Count).Select(_ => Accept(listener))];
        byte[] buffer = new byte[10];
        for (int i = 0; i < Count; i++) clients[i].Send(BitConverter.GetBytes(((IPEndPoint)clients[i].LocalEndPoint!).Port));
        foreach (TcpSocket server in servers)
        {
            Assert.Equal(4, server.Receive(buffer));
            Assert.Equal(0, server.GetPeerName(out SocketName peer));
            Assert.Equal(peer.Endpoint.Port, BitConverter.ToInt32(buffer));
            server.Close();
        }

        Array.ForEach(clients, c => c.Dispose());
        listener.Close();
    });

    // TCP_FASTOPEN_CONNECT of Linux's socket: the SYN goes out with the first text if the kernel has our cookie.
    [LinuxFact]
    public void Linux_opens_with_text_and_our_cookie() => Run(0, 6, pair =>
    {
        TcpSocket listener = Listen(pair);
        Assert.Equal(0, listener.SetOption(SocketOption.FastOpen, 4));
        byte[] buffer = new byte[100];
        for (int i = 0; i < 3; i++)
        {
            using Socket client = Linux();
            client.SetRawSocketOption(6, 30, BitConverter.GetBytes(1));
            client.Connect(OursAt(Port));
            client.Send(BitConverter.GetBytes(i));
            TcpSocket server = Accept(listener);
            Assert.Equal(4, server.Receive(buffer));
            Assert.Equal(i, BitConverter.ToInt32(buffer));
            Assert.Equal(4, server.Send(buffer.AsSpan(0, 4)));
            Assert.Equal(4, client.Receive(buffer));
            server.Close();
            Assert.Equal(0, client.Receive(buffer));
        }

        Assert.Equal(2, pair.Tcp.Counters.FastOpenPassive);
        listener.Close();
    });

    [LinuxFact]
    public void We_open_with_text_and_Linuxs_cookie() => Run(0, 7, pair =>
    {
        using Socket listener = Linux();
        listener.Bind(new IPEndPoint(IPAddress.Parse("10.77.0.1"), Port));
        listener.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.FastOpen, 4);
        listener.Listen();
        byte[] text = Pattern(3000);
        for (int i = 0; i < 3; i++)
        {
            TcpSocket client = pair.NewTcp();
            Assert.Equal(0, client.SetOption(SocketOption.FastOpenConnect, 1));
            Assert.Equal(0, client.Connect(LinuxPair.Name(LinuxPair.Linux, Port)));
            Assert.Equal(text.Length, client.Send(text));
            Assert.Equal(0, client.Shutdown(Sockets.SocketShutdown.Send));
            using Socket server = listener.Accept();
            Assert.True(ReceiveAll(server).AsSpan().SequenceEqual(text), "what Linux received differs");
            client.Close();
        }

        Assert.Equal(2, pair.Tcp.Counters.FastOpenActive);
        Assert.Equal(0, pair.Tcp.Counters.FastOpenNotTaken);
    });

    [LinuxTheory]
    [InlineData(1)]
    [InlineData(1472)]
    [InlineData(1473)]
    [InlineData(20_000)]
    public void Datagrams_go_both_ways_in_fragments_too(int length) => Run(0, 5, pair =>
    {
        var ours = new UdpSocket(pair, pair.Udp, SocketFamily.InterNetwork);
        Assert.Equal(0, ours.Bind(LinuxPair.Name(LinuxPair.Ours, Port)));
        using Socket client = Linux(SocketType.Dgram);
        byte[] data = Pattern(length), buffer = new byte[65536];
        client.SendTo(data, OursAt(Port));
        Assert.Equal(length, ours.ReceiveFrom(buffer, SocketMessageFlags.None, out SocketName from));
        Assert.True(buffer.AsSpan(0, length).SequenceEqual(data));
        Assert.Equal(length, ours.SendTo(data, SocketMessageFlags.None, from));
        Assert.Equal(length, client.Receive(buffer));
        Assert.True(buffer.AsSpan(0, length).SequenceEqual(data));
        ours.Close();
    });
}

/// <summary>A test that needs a tap in a namespace of its own; skipped, with the reason, where none can be made.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinuxFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> s_problem = new(() => LinuxPair.Run(0, 0, static _ => { }));

    public LinuxFactAttribute() => Skip = Problem;

    public static string? Problem => s_problem.Value;
}

/// <inheritdoc cref="LinuxFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute() => Skip = LinuxFactAttribute.Problem;
}
