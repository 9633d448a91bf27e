using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Unikernel.Guest.Tests;

/// <summary>
/// A server in a real machine with two cards: clients come over one, a flood over the other. The connection that is there goes on, new ones are
/// served, and afterwards the counters say what it was.
/// </summary>
public abstract class FloodTests(string machine)
{
    private const ushort Port = 7;
    private const int Rounds = 8;

    private readonly Random _random = new(1);

    [Theory]
    [InlineData("SYNs", "CookiesSent")]
    [InlineData("acknowledgments", "NoConnection")]
    [InlineData("datagrams", "IcmpRateLimited")]
    [InlineData("unread", "QueueFull")]
    [InlineData("echo requests", "IcmpReceived")]
    [InlineData("fragments", "ReassemblyLimitDrops")]
    [InlineData("ARP", "ArpReceived")]
    public void A_server_goes_on_under_a_flood(string kind, string counter)
    {
        using LyingNetwork network = new();
        int port = FreePort();
        using NetworkMachine guest = new(machine,
            $"-netdev user,id=a,hostfwd=tcp:127.0.0.1:{port}-10.0.2.15:{Port} -device virtio-net,netdev=a {network.Devices} " +
            "-chardev socket,id=look,path=DIR/look,server=on,wait=off -device virtio-serial -device virtconsole,chardev=look");
        Assert.Equal("serving", guest.Ask($"serve {Port}"));
        while (!(guest.Ask("interfaces") is var cards && cards.Contains("10.0.2.15/24", StringComparison.Ordinal) && cards.Contains("10.9.9.15/24", StringComparison.Ordinal)))
        {
            Thread.Sleep(50);
        }

        using Socket established = Connect(port);
        Exchange(established);
        bool ends = false;
        Thread flood = new(() =>
        {
            while (!Volatile.Read(ref ends))
            {
                // About five thousand a second, if the machine lets us.
                for (int i = 0; i < 50; i++)
                {
                    Send(network, kind);
                }

                Thread.Sleep(10);
            }
        });
        flood.Start();
        try
        {
            for (int round = 0; round < Rounds; round++)
            {
                Thread.Sleep(250);
                Exchange(established);
                using Socket newcomer = Connect(port);
                Exchange(newcomer);
            }
        }
        finally
        {
            Volatile.Write(ref ends, true);
            flood.Join();
        }

        Exchange(established);
        Assert.Equal("65536 bytes came back", guest.Ask("loopback"));
        using Socket look = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
        look.Connect(new UnixDomainSocketEndPoint(guest.LookSocket));
        string counters = NetworkDeviceTests.Look(look, "counters");
        Assert.Matches($"\\b{counter} \\d", counters);
        Assert.DoesNotMatch("NoBufferDrops|RefillFailures|MemoryDrops", counters);
    }

    private void Send(LyingNetwork network, string kind)
    {
        byte[] stranger = [10, 9, 9, (byte)_random.Next(20, 255)];
        ushort port = (ushort)_random.Next(1024, 65536);
        switch (kind)
        {
            case "SYNs":
                network.SendSegment(stranger, port, Port, 2, (uint)_random.Next(), 0);
                break;
            case "acknowledgments":
                network.SendSegment(stranger, port, Port, 16, (uint)_random.Next(), (uint)_random.Next());
                break;
            case "datagrams":
                network.Send(stranger, 17, Datagram(port, (ushort)_random.Next(1024, 65536)));
                break;
            case "unread":
                network.Send(stranger, 17, Datagram(port, Port));
                break;
            case "echo requests":
                byte[] echo = new byte[508];
                echo[0] = 8;
                BinaryPrimitives.WriteUInt16BigEndian(echo.AsSpan(2), LyingNetwork.Checksum(echo));
                network.Send(LyingNetwork.Server, 1, echo);
                break;
            case "fragments":
                network.Send(stranger, 17, new byte[512], identification: (ushort)_random.Next(), fragment: 0x2000);
                break;
            case "ARP":
                byte[] mac = [2, 1, 1, 1, 1, stranger[3]];
                network.Send(0x0806, [0, 1, 8, 0, 6, 4, 0, 1, .. mac, .. stranger, 0, 0, 0, 0, 0, 0, .. LyingNetwork.Guest], mac);
                break;
            default:
                throw new ArgumentException(kind);
        }
    }

    private static byte[] Datagram(ushort from, ushort to) => [(byte)(from >> 8), (byte)from, (byte)(to >> 8), (byte)to, 0, 40, 0, 0, .. new byte[32]];

    private static Socket Connect(int port)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 60_000, SendTimeout = 60_000 };
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }

    private static void Exchange(Socket socket)
    {
        byte[] question = new byte[2000], answer = new byte[2000];
        Random.Shared.NextBytes(question);
        socket.Send(question);
        for (int at = 0; at < answer.Length;)
        {
            int count = socket.Receive(answer, at, answer.Length - at, SocketFlags.None);
            Assert.NotEqual(0, count);
            at += count;
        }

        Assert.True(question.AsSpan().SequenceEqual(answer), "what came back differs");
    }

    private static int FreePort()
    {
        using Socket free = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)free.LocalEndPoint!).Port;
    }
}

/// <inheritdoc/>
public sealed class MicrovmFloodTests() : FloodTests("microvm");

/// <inheritdoc/>
public sealed class Q35FloodTests() : FloodTests("q35");
