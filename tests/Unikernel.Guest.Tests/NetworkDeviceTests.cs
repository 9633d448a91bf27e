using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Unikernel.Guest.Tests;

/// <summary>Networks as they should not be, and devices beside the card, each in a real machine.</summary>
public abstract partial class NetworkDeviceTests(string machine)
{
    private const string UserNetwork = "-netdev user,id=net0 -device virtio-net,netdev=net0";

    [Fact]
    public void Without_a_device_the_program_runs_and_the_first_use_says_what_is_missing()
    {
        using NetworkMachine guest = new(machine, "");
        Assert.Equal("65536 bytes came back", guest.Ask("loopback"));
        Assert.Equal("", guest.Ask("interfaces"));
        Assert.DoesNotContain("network:", guest.Console, StringComparison.Ordinal);
        Assert.EndsWith("NetworkUnreachable", guest.Ask("connect 10.0.2.2 80"), StringComparison.Ordinal);
        Assert.Contains("network: no network device: only the loopback works", guest.Console, StringComparison.Ordinal);
        Assert.EndsWith("TryAgain", guest.Ask("resolve example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_devices_each_gets_its_address_and_is_used_for_its_network()
    {
        using EchoServer echo = new();
        using NetworkMachine guest = new(machine,
            "-netdev user,id=a,net=10.0.2.0/24 -device virtio-net,netdev=a,mac=52:54:00:00:00:01 -netdev user,id=b,net=10.0.3.0/24 -device virtio-net,netdev=b,mac=52:54:00:00:00:02");
        guest.Ask("connect 10.0.2.2 9"); // waits for the first address
        string answer = "";
        for (int i = 0; i < 200 && !(answer.Contains("10.0.2.15/24", StringComparison.Ordinal) && answer.Contains("10.0.3.15/24", StringComparison.Ordinal)); i++)
        {
            answer = guest.Ask("interfaces");
        }

        // Which of them comes first is the machine's.
        Assert.Matches(@"^eth0 Up mtu 1500 10\.0\.[23]\.15/24\neth1 Up mtu 1500 10\.0\.[23]\.15/24$", answer);
        Assert.Equal("5000 bytes came back", guest.Ask($"exchange 10.0.2.2 {echo.Port} 5000"));
        Assert.Equal("5000 bytes came back", guest.Ask($"exchange 10.0.3.2 {echo.Port} 5000"));
    }

    [Fact]
    public void A_link_that_goes_down_and_up_again()
    {
        using EchoServer echo = new();
        using NetworkMachine guest = new(machine, UserNetwork);
        Assert.Equal("20000 bytes came back", guest.Ask($"exchange 10.0.2.2 {echo.Port} 20000"));
        guest.Monitor("set_link net0 off");
        guest.AskUntil("interfaces", "eth0 Down mtu 1500 10.0.2.15/24");
        Assert.EndsWith("NetworkDown", guest.Ask($"connect 10.0.2.2 {echo.Port}"), StringComparison.Ordinal);
        Assert.Equal("65536 bytes came back", guest.Ask("loopback"));
        guest.Monitor("set_link net0 on");
        guest.AskUntil("interfaces", "eth0 Up mtu 1500 10.0.2.15/24");
        Assert.Equal("20000 bytes came back", guest.Ask($"exchange 10.0.2.2 {echo.Port} 20000"));
    }

    [Fact]
    public void Without_a_dhcp_server_the_program_runs_and_says_so()
    {
        using NetworkMachine guest = new(machine, "-netdev hubport,id=net0,hubid=0 -device virtio-net,netdev=net0");
        Assert.Equal("65536 bytes came back", guest.Ask("loopback"));
        Assert.EndsWith("NetworkUnreachable", guest.Ask("connect 10.0.2.2 80"), StringComparison.Ordinal);
        Assert.Contains("network: eth0: no DHCP server answers", guest.Console, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_another_host_has_is_not_used()
    {
        // Both cards are on one wire.
        using NetworkMachine guest = new(machine,
            "-netdev hubport,id=a,hubid=0 -device virtio-net,netdev=a,mac=52:54:00:00:00:01 -netdev hubport,id=b,hubid=0 -device virtio-net,netdev=b,mac=52:54:00:00:00:02",
            "ip=10.9.0.1:::::eth0:off ip=10.9.0.1:::::eth1:off");
        Assert.Equal("65536 bytes came back", guest.Ask("loopback"));
        for (int i = 0; i < 100 && !guest.Console.Contains("already in use", StringComparison.Ordinal); i++)
        {
            guest.Ask("connect 240.0.0.1 80"); // fails, and says what the network had to say
        }

        Assert.Contains("10.9.0.1 is already in use on this link", guest.Console, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(576)]
    [InlineData(9000)]
    public void The_device_says_the_mtu(int mtu)
    {
        using EchoServer echo = new();
        using NetworkMachine guest = new(machine, $"{UserNetwork},host_mtu={mtu}");
        Assert.Equal("100000 bytes came back", guest.Ask($"exchange 10.0.2.2 {echo.Port} 100000"));
        Assert.Equal($"eth0 Up mtu {mtu} 10.0.2.15/24", guest.Ask("interfaces"));
    }

    [Fact]
    public void Words_that_make_no_sense_are_named_and_the_rest_holds()
    {
        using EchoServer echo = new();
        using NetworkMachine guest = new(machine, "-netdev user,id=net0,ipv6=off -device virtio-net,netdev=net0",
            "ip=10.0.2.999 ip=::::::nonsense ip=1:2:3:4:5:6:7:8:9:10:11:12 network.host=nobody network.host=:1.2.3.4 network.host=server:10.0.2.2 = '' a.b.c=");
        Assert.Equal("3000 bytes came back", guest.Ask($"exchange 10.0.2.2 {echo.Port} 3000"));
        Assert.Equal("10.0.2.2", guest.Ask("resolve server"));
        Assert.EndsWith("NetworkUnreachable", guest.Ask("connect 2001:db8::1 80"), StringComparison.Ordinal); // says what there is to say
        Assert.Contains("ip=10.0.2.999: ", guest.Console, StringComparison.Ordinal);
        Assert.Contains("'nonsense' is not a way to configure", guest.Console, StringComparison.Ordinal);
        Assert.Contains("more than 10 fields", guest.Console, StringComparison.Ordinal);
        Assert.Contains("network.host=nobody: not of the form NAME:ADDRESS", guest.Console, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_come_from_the_file_beside_the_program_and_from_the_command_line()
    {
        using NetworkMachine guest = new(machine, UserNetwork, "network.host=database:192.0.2.8 network.host=other:2001:db8::9");
        Assert.Equal("192.0.2.8", guest.Ask("resolve DataBase"));
        Assert.Equal("192.0.2.7", guest.Ask("resolve db.internal"));
        Assert.Equal("2001:db8::9", guest.Ask("resolve other"));
        Assert.Equal("db.internal", guest.Ask("name 192.0.2.7"));
    }

    [Fact]
    public void Files_keep_their_names_and_a_full_tmp_is_an_error_that_ends()
    {
        using NetworkMachine guest = new(machine, "", memory: "64M");
        string names = Path.Combine(Repository.Programs, "NetworkState", "names");
        IEnumerable<string> expected = Directory.EnumerateFiles(names, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetRelativePath(names, file)}: {File.ReadAllText(file)}");
        Assert.Equal(string.Join('\n', expected), guest.Ask("files"));
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal("IOException 0x1c: No space left on device : '/tmp/filling'; something fitted: True; deleted, it is free again: True", guest.Ask("fill"));
        }
    }

    [Fact]
    public async Task The_entropy_device_is_asked_before_the_network_takes_a_secret()
    {
        Socket? server = null;
        using NetworkMachine guest = new(machine,
            $"{UserNetwork} -chardev socket,id=rng,path=DIR/rng -object rng-egd,chardev=rng,id=source -device virtio-rng,rng=source",
            start: folder => server = EntropyDaemon(folder));
        using (server)
        {
            using Socket daemon = server!.Accept();
            Task<int> asked = Task.Run(() => Serve(daemon));
            Assert.Equal("65536 bytes came back", guest.Ask("loopback"));
            Assert.InRange(await asked.WaitAsync(TimeSpan.FromSeconds(60)), 32, 255);
            string first = guest.Ask("random"), second = guest.Ask("random");
            Assert.NotEqual(first, second);
            Assert.Equal(32, first.Length);
        }

        // The protocol of EGD, as QEMU's backends/rng-egd.c speaks it: 0x02, a count, and so many bytes for an answer.
        static int Serve(Socket daemon)
        {
            byte[] request = new byte[2];
            for (int at = 0; at < 2;)
            {
                at += daemon.Receive(request, at, 2 - at, SocketFlags.None);
            }

            daemon.Send(new byte[request[1]]); // zeros: what the pool had before is not lost by them
            return request[0] == 2 ? request[1] : -1;
        }
    }

    [Fact]
    public void An_entropy_device_that_says_nothing_holds_nothing_up()
    {
        Socket? server = null;
        using NetworkMachine guest = new(machine,
            $"-chardev socket,id=rng,path=DIR/rng -object rng-egd,chardev=rng,id=source -device virtio-rng,rng=source",
            start: folder => server = EntropyDaemon(folder));
        using (server)
        {
            using Socket daemon = server!.Accept();
            Assert.Equal("65536 bytes came back", guest.Ask("loopback"));
            guest.Ask("connect 240.0.0.1 80");
            Assert.Contains("0 of 32 bytes in 1 s", guest.Console, StringComparison.Ordinal);
        }
    }

    /// <summary>Listens where QEMU's rng-egd asks.</summary>
    private static Socket EntropyDaemon(string folder)
    {
        Socket server = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        server.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "rng")));
        server.Listen();
        return server;
    }

    [Fact]
    public void The_monitor_on_the_virtio_console_prints_the_network_and_captures_it()
    {
        using EchoServer echo = new();
        using NetworkMachine guest = new(machine,
            $"{UserNetwork} -chardev socket,id=look,path=DIR/look,server=on,wait=off -device virtio-serial -device virtconsole,chardev=look");
        Assert.Equal("3000 bytes came back", guest.Ask($"exchange 10.0.2.2 {echo.Port} 3000"));
        using Socket look = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
        look.Connect(new UnixDomainSocketEndPoint(guest.LookSocket));
        Assert.Contains("eth0 52:54:00:12:34:56 up mtu 1500", Look(look, "interfaces"), StringComparison.Ordinal);
        Assert.Contains("10.0.2.15/24 ", Look(look, "interfaces"), StringComparison.Ordinal);
        Assert.Contains("10.0.2.2 ", Look(look, "neighbors"), StringComparison.Ordinal);
        Assert.Contains("10.0.2.2", Look(look, "routes"), StringComparison.Ordinal);
        Assert.Contains("tcp 10.0.2.15:", Look(look, "connections"), StringComparison.Ordinal); // in TIME-WAIT
        Assert.Matches(Received(), Look(look, "counters"));
        Assert.StartsWith("? interfaces", Look(look, "nonsense"), StringComparison.Ordinal);

        look.Send("capture eth0\n"u8);
        Thread.Sleep(200);
        Assert.Equal("3000 bytes came back", guest.Ask($"exchange 10.0.2.2 {echo.Port} 3000"));
        AssertCapture(look, echo.Port);
    }

    [Fact]
    public void The_command_line_captures_from_the_first_frame_on()
    {
        using EchoServer echo = new();
        using NetworkMachine guest = new(machine,
            $"{UserNetwork} -chardev socket,id=look,path=DIR/look,server=on,wait=off -device virtio-serial -device virtconsole,chardev=look", "network.capture=eth0");
        using Socket look = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
        look.Connect(new UnixDomainSocketEndPoint(guest.LookSocket));
        Assert.Equal("3000 bytes came back", guest.Ask($"exchange 10.0.2.2 {echo.Port} 3000"));
        AssertCapture(look, echo.Port);
    }

    // The file's header, and frames until both directions of a connection to that port were seen, whole.
    private static void AssertCapture(Socket look, int port)
    {
        byte[] header = Read(look, 24);
        Assert.Equal(0xa1b23c4du, BinaryPrimitives.ReadUInt32LittleEndian(header)); // pcap with nanoseconds
        Assert.Equal(1u, BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(20))); // Ethernet
        bool there = false, back = false;
        for (int frames = 0; frames < 500 && !(there && back); frames++)
        {
            byte[] record = Read(look, 16);
            int length = BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(8));
            Assert.InRange(length, 14, 65535);
            byte[] frame = Read(look, length);
            if (length < 54 || frame[12] != 8 || frame[13] != 0 || frame[23] != 6)
            {
                continue; // not TCP over IPv4
            }

            there |= BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(36)) == port;
            back |= BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(34)) == port;
        }

        Assert.True(there && back);
    }

    private static byte[] Read(Socket socket, int length)
    {
        byte[] bytes = new byte[length];
        for (int at = 0; at < length;)
        {
            int count = socket.Receive(bytes, at, length - at, SocketFlags.None);
            Assert.NotEqual(0, count);
            at += count;
        }

        return bytes;
    }

    internal static string Look(Socket look, string command)
    {
        look.Send(Encoding.ASCII.GetBytes(command + "\n"));
        StringBuilder answer = new();
        byte[] buffer = new byte[4096];
        while (!(answer.Length >= 2 && answer.ToString() is var text && (text == ".\n" || text.EndsWith("\n.\n", StringComparison.Ordinal))))
        {
            int count = look.Receive(buffer);
            Assert.NotEqual(0, count);
            answer.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return answer.ToString();
    }

    // What the guest sends faster than the device takes waits in the program, and none of it is lost on our side: also while the neighbour is not known yet.
    // The device looks at its queue 50 ms after the first frame (x-txtimer in ns): else a fast host takes as fast as the guest sends, and nothing ever waits.
    [Theory]
    [InlineData("burst")]
    [InlineData("burst-async")]
    public async Task Twenty_thousand_datagrams_in_a_row_all_arrive(string how)
    {
        const int Count = 20_000;
        using Socket sink = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 60_000 };
        sink.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        // SO_RCVBUFFORCE, else SO_RCVBUF: the host must not be who loses them.
        sink.SetRawSocketOption(1, Environment.IsPrivilegedProcess ? 33 : 8, BitConverter.GetBytes(64 << 20));
        Task received = Task.Run(() => ReceiveInOrder(sink, Count));
        using NetworkMachine guest = new(machine,
            $"{UserNetwork},tx=timer,x-txtimer=50000000 -chardev socket,id=look,path=DIR/look,server=on,wait=off -device virtio-serial -device virtconsole,chardev=look");
        Assert.Equal($"{Count} sent", guest.Ask($"{how} 10.0.2.2 {((IPEndPoint)sink.LocalEndPoint!).Port} {Count}"));
        await received;
        using Socket look = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
        look.Connect(new UnixDomainSocketEndPoint(guest.LookSocket));
        string counters = Look(look, "counters");
        Assert.Contains("TransmitWaited", counters, StringComparison.Ordinal);
        Assert.DoesNotMatch("TransmitFull|DeviceFullDrops|NeighborQueueDrops|SendErrors", counters);
    }

    private static void ReceiveInOrder(Socket sink, int count)
    {
        byte[] datagram = new byte[100];
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(32, sink.Receive(datagram));
            Assert.Equal(i, BitConverter.ToInt32(datagram));
        }
    }

    [GeneratedRegex(@"SegmentsReceived \d+")]
    private static partial Regex Received();

    /// <summary>Gives back what it gets, on a port of the host, which QEMU's network shows as 10.0.2.2.</summary>
    private sealed class EchoServer : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        public EchoServer()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen();
            _ = RunAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

        public void Dispose() => _listener.Dispose();

        private async Task RunAsync()
        {
            try
            {
                while (true)
                {
                    _ = EchoAsync(await _listener.AcceptAsync());
                }
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException)
            {
                // The test is over.
            }
        }

        private static async Task EchoAsync(Socket socket)
        {
            using (socket)
            {
                byte[] buffer = new byte[65536];
                int count;
                while ((count = await socket.ReceiveAsync(buffer)) > 0)
                {
                    for (int sent = 0; sent < count;)
                    {
                        sent += await socket.SendAsync(buffer.AsMemory(sent, count - sent));
                    }
                }
            }
        }
    }
}

/// <inheritdoc/>
public sealed class MicrovmNetworkDeviceTests() : NetworkDeviceTests("microvm");

/// <inheritdoc/>
public sealed class Q35NetworkDeviceTests() : NetworkDeviceTests("q35");
