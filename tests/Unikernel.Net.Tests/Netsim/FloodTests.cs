using Unikernel.Net.Iface;
using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Sockets.Udp;
using Unikernel.Net.Tests.Support;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Netsim;

/// <summary>
/// A server under a flood: twenty frames in each simulated millisecond beside its clients' traffic. What is established goes on, new clients are served, memory
/// stays within its bounds and comes back, and the flood is visible in the counters.
/// </summary>
public class FloodTests
{
    private const int FramesPerMillisecond = 20, Milliseconds = 1500, Newcomers = 12;
    private static readonly MacAddress s_attacker = new(0x0200_0000_0666);

    private readonly Random _random = new(1);
    private UdpTransport? _udp;
    private ushort _clientPort; // of the established connection

    private delegate byte[] Frame(SimNetwork network);

    // ---- Which flood, and who counts it ----

    [Fact]
    public void Syns() => Run(Syn, network => network.B.Tcp.Counters.CookiesSent);

    [Fact]
    public void Syns_that_ask_to_open_fast() => Run(
        network => Tcp(network, TcpFlags.Syn, 80, text: 100, fastOpen: true),
        network => network.B.Tcp.Counters.CookiesSent,
        listener => Assert.Equal(0, listener.SetOption(SocketOption.FastOpen, 16)));

    [Fact]
    public void Syns_to_ports_where_nobody_listens() => Run(network => Tcp(network, TcpFlags.Syn, Port()), network => network.B.Tcp.Counters.NoConnection);

    [Fact]
    public void Acknowledgments_of_nothing() => Run(network => Tcp(network, TcpFlags.Ack, 80), network => network.B.Tcp.Counters.NoConnection);

    // After SYNs, so that cookies are believed: none is guessed.
    [Fact]
    public void Acknowledgments_that_guess_cookies() => Run(
        network => _random.Next(2) == 0 ? Syn(network) : Tcp(network, TcpFlags.Ack | TcpFlags.Psh, 80, text: 50),
        network => network.B.Tcp.Counters.BadCookie,
        afterwards: network => Assert.True(network.B.Tcp.Counters.CookiesAccepted <= Newcomers, "a guessed cookie was accepted"));

    [Fact]
    public void Resets_of_the_established_connection() => Run(
        network => Tcp(network, TcpFlags.Rst, 80, fromClient: true),
        network => network.B.Tcp.Counters.OutsideWindow + network.B.Tcp.Counters.BadResetSequence);

    [Fact]
    public void Syns_into_the_established_connection() => Run(
        network => Tcp(network, TcpFlags.Syn, 80, fromClient: true),
        network => network.B.Tcp.Counters.ChallengeAcksLimited);

    [Fact]
    public void Text_into_the_established_connection() => Run(
        network => Tcp(network, TcpFlags.Ack | TcpFlags.Psh, 80, text: 500, fromClient: true),
        network => network.B.Tcp.Counters.MissingTimestamp);

    [Fact]
    public void Segments_with_any_flags() => Run(network => Tcp(network, (TcpFlags)_random.Next(256), _random.Next(2) == 0 ? (ushort)80 : Port(), text: _random.Next(100)), network => network.B.Tcp.Counters.NoConnection);

    [Fact]
    public void Datagrams_to_nobody() => Run(network => Udp(network, Port(), 100), network => network.B.Stack.Counters.IcmpRateLimited);

    [Fact]
    public void Datagrams_to_a_program_that_does_not_read() => Run(network => Udp(network, 53, 100), _ => _udp!.Counters.QueueFull);

    [Fact]
    public void Echo_requests() => Run(
        network => Icmp(network, new IcmpRepr((byte)Icmpv4Type.EchoRequest, 0, (uint)_random.Next()), 1000),
        network => network.B.Stack.Counters.IcmpReceived);

    [Fact]
    public void Errors_about_what_was_never_sent() => Run(
        network => Icmp(network, new IcmpRepr((byte)Icmpv4Type.DestinationUnreachable, (byte)_random.Next(16), 576), 60),
        network => network.B.Stack.Counters.IcmpErrorsUnmatched + network.B.Stack.Counters.IcmpMalformed + network.B.Stack.Counters.IcmpIgnored);

    [Fact]
    public void First_fragments() => Run(network => Fragment(network, 0, more: true), network => network.B.Stack.Counters.ReassemblyLimitDrops + network.B.Stack.Counters.ReassemblyTimeouts);

    [Fact]
    public void Fragments_from_anywhere_in_their_packets() => Run(
        network => Fragment(network, _random.Next(8000) * 8, _random.Next(2) == 0),
        network => network.B.Stack.Counters.ReassemblyLimitDrops + network.B.Stack.Counters.ReassemblyTimeouts);

    [Fact]
    public void Arp_requests_of_everybody() => Run(network => Arp(network, ArpOperation.Request), network => network.B.Stack.Counters.ArpReceived);

    [Fact]
    public void Arp_replies_that_nobody_asked_for() => Run(network => Arp(network, ArpOperation.Reply), network => network.B.Stack.Counters.ArpIgnored + network.B.Stack.Counters.ArpReceived);

    [Fact]
    public void Solicitations_of_everybody() => Run(Solicitation, network => network.B.Stack.Counters.NeighborsEvicted, v4: false);

    [Fact]
    public void Frames_of_noise() => Run(
        network =>
        {
            byte[] frame = Frames.Bytes(15 + _random.Next(200), _random.Next());
            network.Link.B.HardwareAddress.CopyTo(frame);
            if (_random.Next(2) == 0) (frame[12], frame[13], frame[14]) = (8, 0, 0x45);
            return frame;
        },
        network => network.B.Stack.Counters.Ipv4HeaderErrors + network.B.Stack.Counters.FrameUnknownType);

    // ---- The scene ----

    private void Run(Frame flood, Func<SimNetwork, long> counter, Action<TcpSocket>? configure = null, Action<SimNetwork>? afterwards = null, bool v4 = true)
    {
        const int Total = 400_000;
        var network = new SimNetwork(1, new SimFaults { Delay = TimeSpan.FromMilliseconds(2), Rate = 400_000 }, v4: v4);
        SimHost server = network.B;
        _udp = new UdpTransport(server.Stack);
        var reader = new UdpSocket(server, _udp, v4 ? SocketFamily.InterNetwork : SocketFamily.InterNetworkV6) { NonBlocking = true };
        Assert.Equal(0, reader.Bind(SocketName.From(new IpEndpoint(network.AddressB, 53))));
        TcpSocket listener = server.NewSocket(v4);
        var name = SocketName.From(new IpEndpoint(network.AddressB, 80));
        Assert.Equal(0, listener.Bind(name));
        configure?.Invoke(listener);
        Assert.Equal(0, listener.Listen(64));
        int seed = 0;
        List<TcpSocket> sockets = [];
        network.Add(new SimAcceptor(network, listener, 1 + Newcomers, socket =>
        {
            sockets.Add(socket);
            int length = seed == 0 ? Total : 1000;
            seed++;
            return [new SimReceiver(socket, length, 8000, 7), new SimSender(socket, length, 8000, 8)];
        }));
        List<SimReceiver> answers = [];
        void Connect(int length)
        {
            TcpSocket client = network.A.NewSocket(v4);
            sockets.Add(client);
            Assert.Equal(-SocketErrno.EINPROGRESS, client.Connect(name));
            answers.Add(new SimReceiver(client, length, 8000, 8));
            network.Add(new SimSender(client, length, 8000, 7));
            network.Add(answers[^1]);
        }

        Connect(Total);
        network.Run(TimeSpan.FromMilliseconds(20));
        Assert.Single(sockets, socket => socket.State == TcpState.Established && socket != answers[0].Socket);
        Assert.Equal(0, answers[0].Socket.GetLocalName(out SocketName client));
        _clientPort = client.Endpoint.Port;

        int most = 0, interval = Milliseconds / (Newcomers + 1);
        for (int time = 1; time <= Milliseconds; time++)
        {
            for (int i = 0; i < FramesPerMillisecond; i++) network.Link.B.Incoming.Enqueue(flood(network));
            if (time % interval == 0 && answers.Count <= Newcomers) Connect(1000);
            network.Run(TimeSpan.FromMilliseconds(1));
            most = Math.Max(most, server.Pool.Outstanding);
            Assert.InRange(server.Tcp.HalfOpenCount, 0, server.Tcp.Limits.HalfOpen);
            Assert.InRange(server.Stack.Interfaces[1].Neighbors.Count, 0, NeighborCache.DefaultLimit);
        }

        // Questions that must be answered fill the cable with answers; there was progress all the same.
        Assert.InRange(answers[0].Received, Total / 20, Total);
        // Everybody was served, and those who came during it within seconds: lost SYNs are repeated after one.
        network.Run(TimeSpan.FromSeconds(20));
        Assert.All(answers, answer => Assert.True(answer.IsDone, $"{answers.IndexOf(answer)} of {answers.Count} has {answer.Received} bytes\n{network.Describe()}"));
        Assert.InRange(most, 0, server.Pool.MaximumBuffers / 2);
        Assert.True(counter(network) > 0, "the flood is not counted");
        afterwards?.Invoke(network);

        foreach (TcpSocket socket in sockets) socket.Close();
        listener.Close();
        reader.Close();
        network.Run(TimeSpan.FromMinutes(5));
        Assert.Equal(0, server.Tcp.ConnectionCount);
        Assert.Equal((0, 0), (server.Pool.Outstanding, server.Pool.OutstandingSlices));
    }

    // ---- Frames ----

    private ushort Port() => (ushort)_random.Next(1024, 65536);

    // Neighbours that there are not.
    private IpAddress Stranger() => new(10, 0, 0, (byte)_random.Next(3, 255));

    private byte[] Ip(SimNetwork network, Ipv4Repr ip, ReadOnlySpan<byte> payload)
    {
        byte[] frame = Frames.Ipv4(ip, payload, network.Link.B.HardwareAddress);
        s_attacker.CopyTo(frame.AsSpan(6));
        return frame;
    }

    private byte[] Syn(SimNetwork network) => Tcp(network, TcpFlags.Syn, 80);

    private byte[] Tcp(SimNetwork network, TcpFlags flags, ushort port, int text = 0, bool fromClient = false, bool fastOpen = false)
    {
        IpAddress source = fromClient ? network.AddressA : Stranger();
        var header = new TcpRepr
        {
            SourcePort = fromClient ? _clientPort : Port(),
            DestinationPort = port,
            SequenceNumber = (uint)_random.NextInt64(uint.MaxValue),
            AcknowledgmentNumber = (uint)_random.NextInt64(uint.MaxValue),
            Flags = flags,
            Window = 65535,
            WindowScale = -1,
        };
        if (fastOpen)
        {
            header.FastOpen = 9;
            _random.NextBytes(header.FastOpenCookie);
        }

        byte[] segment = new byte[header.HeaderLength + text];
        header.Emit(segment);
        InternetChecksum.Write(segment.AsSpan(TcpPacket.ChecksumOffset), InternetChecksum.Add(segment, InternetChecksum.PseudoHeader(source, network.AddressB, IpProtocol.Tcp, segment.Length)));
        return Ip(network, new Ipv4Repr(source, network.AddressB, IpProtocol.Tcp, segment.Length), segment);
    }

    private byte[] Udp(SimNetwork network, ushort port, int length)
    {
        IpAddress source = Stranger();
        byte[] segment = Frames.UdpSegment(source, network.AddressB, Port(), port, new byte[length]);
        return Ip(network, new Ipv4Repr(source, network.AddressB, IpProtocol.Udp, segment.Length), segment);
    }

    private byte[] Icmp(SimNetwork network, IcmpRepr icmp, int length)
    {
        IpAddress source = Stranger();
        byte[] frame = Frames.Icmpv4(source, network.AddressB, icmp, Frames.Bytes(length, _random.Next()), network.Link.B.HardwareAddress);
        s_attacker.CopyTo(frame.AsSpan(6));
        return frame;
    }

    private byte[] Fragment(SimNetwork network, int offset, bool more)
    {
        IpAddress source = Stranger();
        return Ip(network, new Ipv4Repr(source, network.AddressB, IpProtocol.Udp, 1000) { Identification = (ushort)_random.Next(65536), FragmentOffset = offset, MoreFragments = more }, new byte[1000]);
    }

    private byte[] Arp(SimNetwork network, ArpOperation operation)
    {
        var mac = new MacAddress(0x0200_0000_0000 + (ulong)_random.Next());
        return Frames.Arp(mac, network.Link.B.HardwareAddress, new ArpRepr(operation, mac, Stranger(), network.Link.B.HardwareAddress, network.AddressB));
    }

    private byte[] Solicitation(SimNetwork network)
    {
        Span<byte> address = stackalloc byte[16];
        network.AddressB.CopyTo(address);
        _random.NextBytes(address[8..]);
        var mac = new MacAddress(0x0200_0000_0000 + (ulong)_random.Next());
        return Frames.Neighbor(mac, network.Link.B.HardwareAddress, new IpAddress(address), network.AddressB, new NdpNeighborRepr(false, network.AddressB, mac));
    }
}
