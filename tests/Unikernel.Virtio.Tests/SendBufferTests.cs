using Unikernel.Net;
using Unikernel.Net.Iface;
using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Udp;
using Unikernel.Net.Wire;
using Unikernel.Virtio.Tests.Support;
using Unikernel.Virtio.Transport;

namespace Unikernel.Virtio.Tests;

/// <summary>Datagrams beyond what the device takes: the sender waits, and nothing is lost.</summary>
public class SendBufferTests
{
    private const int QueueSize = 256;

    // Small datagrams that fill the default send buffer: net.core.wmem_default by the charge of one.
    private const int Buffered = (PacketAccount.DefaultLimit + 703) / 704;

    private static readonly SocketName s_everybody = SocketName.From(SocketFamily.InterNetwork, new IpEndpoint(new IpAddress(255, 255, 255, 255), 9));
    private static readonly SocketName s_neighbour = SocketName.From(SocketFamily.InterNetwork, new IpEndpoint(new IpAddress(10, 0, 0, 9), 9));

    /// <summary>A machine with one card at 10.0.0.2, whose transmit queue the test empties.</summary>
    private sealed class Guest : ISocketHost, ISocketWatcher
    {
        private readonly MockMachine _machine = new();
        private readonly MockDevice _device;

        public Guest()
        {
            _device = new MockDevice(VirtioDeviceKind.Network) { Features = MockNic.Mac | VirtioFeature.Version1 | VirtioFeature.EventIndex };
            MockNic.Address.CopyTo(_device.Config);
            _machine.Map(0x1000, _device);
            _machine.Options.Add(("virtio_mmio.device", "512@0x1000:5"));
            _machine.Options.Add(("ip", "10.0.0.2/24"));
            Network = new GuestNetwork(_machine, _machine.Lines.Add);
            // Past duplicate detection and the first router solicitations.
            for (int i = 0; i < 20; i++)
            {
                Network.Poll(true);
                _machine.Now += TimeSpan.FromSeconds(1);
                while (TryTake(out _)) { }
            }
        }

        public GuestNetwork Network { get; }
        public Lock Lock => Network.Stack.Lock;
        public Instant Now => _machine.Now;
        public IEntropySource Entropy => _machine.Entropy;
        public List<SocketReadiness> Raised { get; } = [];

        public void OperationEnded()
        {
            Network.Stack.Flush();
            // Broadcasts come back.
            if (Network.Stack.HasLoopbackPackets()) Network.Stack.PollLoopback(Now);
        }

        public bool Wait(SocketWaiter waiter, Instant deadline) => waiter.Sleep(20_000);

        public void ReadinessChanged(NetSocket socket, SocketReadiness changes) => Raised.Add(changes);

        public UdpSocket NewSocket()
        {
            var socket = new UdpSocket(this, Network.Udp, SocketFamily.InterNetwork) { NonBlocking = true };
            Assert.Equal(0, socket.SetOption(SocketOption.Broadcast, 1));
            socket.Watch(this);
            return socket;
        }

        /// <summary>The device sends one frame.</summary>
        public bool TryTake(out byte[] frame)
        {
            frame = [];
            if (_device.Queues[1].Waiting == 0) return false;
            var (head, segments) = _device.Queues[1].Take();
            frame = segments.SelectMany(MockQueue.Read).Skip(12).ToArray();
            _device.Queues[1].Push((uint)head, 0);
            return true;
        }

        public void Receive(byte[] frame)
        {
            var (head, segments) = _device.Queues[0].Take();
            MockQueue.Write(segments[0], [.. new byte[12], .. frame]);
            _device.Queues[0].Push((uint)head, (uint)(12 + frame.Length));
            Network.Poll(true);
        }

        public void NeighbourAnswers()
        {
            byte[] frame = new byte[60];
            var mac = new MacAddress(0x5254_0099_0009);
            new EthernetRepr(MockNic.Address, mac, EtherType.Arp).Emit(frame);
            new ArpRepr(ArpOperation.Reply, mac, s_neighbour.Endpoint.Address, MockNic.Address, new IpAddress(10, 0, 0, 2)).Emit(frame.AsSpan(14));
            Receive(frame);
        }

        public void AssertNothingWasDropped()
        {
            Assert.True(Network.Devices[0].Fault == DeviceFault.None, string.Join("\n", _machine.Lines));
            Assert.Equal(0, Network.Devices[0].Counters.TransmitFull);
            Assert.Equal(0, Network.Stack.Counters.DeviceFullDrops);
            Assert.Equal(0, Network.Stack.Counters.NeighborQueueDrops);
            Assert.Equal(0, Network.Udp.Counters.SendErrors);
        }
    }

    private static int SendUntilFull(UdpSocket socket, in SocketName to, int size = 4)
    {
        byte[] datagram = new byte[size];
        for (int sent = 0; ; sent++)
        {
            BitConverter.TryWriteBytes(datagram, sent);
            int result = socket.SendTo(datagram, SocketMessageFlags.None, to);
            if (result == -SocketErrno.EAGAIN) return sent;
            Assert.Equal(size, result);
            Assert.True(sent < 100_000, "the send buffer has no end");
        }
    }

    private static int NumberOf(byte[] frame) => BitConverter.ToInt32(frame, 14 + 20 + 8);

    [Fact]
    public void A_full_send_buffer_is_told_and_so_is_room_again()
    {
        var guest = new Guest();
        UdpSocket socket = guest.NewSocket();
        int sent = SendUntilFull(socket, s_everybody);
        Assert.Equal(QueueSize + Buffered, sent);
        Assert.Equal(SocketReadiness.None, socket.Readiness);
        Assert.Empty(guest.Raised);

        // Less than half of it leaves: still no room for who waits, as on Linux.
        for (int i = 0; i < Buffered / 2 - 1; i++) Assert.True(guest.TryTake(out _));
        guest.Network.Poll(true);
        Assert.Equal(SocketReadiness.None, socket.Readiness);
        Assert.Empty(guest.Raised);

        for (int i = Buffered / 2 - 1; i < sent; i++)
        {
            if (!guest.TryTake(out byte[] frame))
            {
                guest.Network.Poll(true);
                Assert.True(guest.TryTake(out frame), $"{i} of {sent} left");
            }

            Assert.Equal(i, NumberOf(frame));
        }

        guest.Network.Poll(true);
        Assert.Equal([SocketReadiness.Writable], guest.Raised);
        Assert.Equal(SocketReadiness.Writable, socket.Readiness);
        Assert.Equal(4, socket.SendTo(new byte[4], SocketMessageFlags.None, s_everybody));
        guest.AssertNothingWasDropped();
    }

    [Theory]
    [InlineData(1, 4608)]
    [InlineData(10_000, 20_000)]
    [InlineData(1_000_000, 425_984)]
    public void The_option_says_how_much_waits(int asked, int limit)
    {
        var guest = new Guest();
        UdpSocket socket = guest.NewSocket();
        Assert.Equal(0, socket.SetOption(SocketOption.SendBuffer, asked));
        Assert.Equal(0, socket.GetOption(SocketOption.SendBuffer, out int shown));
        Assert.Equal(limit, shown);
        Assert.Equal(QueueSize + (limit + 703) / 704, SendUntilFull(socket, s_everybody));
    }

    [Fact]
    public void Two_sockets_have_a_buffer_each()
    {
        var guest = new Guest();
        Assert.Equal(QueueSize + Buffered, SendUntilFull(guest.NewSocket(), s_everybody));
        Assert.Equal(Buffered, SendUntilFull(guest.NewSocket(), s_everybody));
        guest.AssertNothingWasDropped();
    }

    [Fact]
    public void Fragments_count_too()
    {
        var guest = new Guest();
        UdpSocket socket = guest.NewSocket();
        int sent = SendUntilFull(socket, s_everybody, size: 20_000);
        // Fourteen fragments of up to 2,048 bytes each.
        Assert.InRange(sent, QueueSize / 14 + 5, QueueSize / 14 + 10);
        guest.AssertNothingWasDropped();
    }

    [Fact]
    public void What_waits_for_a_neighbour_counts_and_none_of_it_is_lost()
    {
        var guest = new Guest();
        UdpSocket socket = guest.NewSocket();
        Assert.Equal(Buffered, SendUntilFull(socket, s_neighbour));
        Assert.True(guest.TryTake(out byte[] question));
        Assert.Equal(0x0806, question[12] << 8 | question[13]);
        guest.NeighbourAnswers();
        int taken = 0;
        while (guest.TryTake(out byte[] frame))
        {
            Assert.Equal(taken++, NumberOf(frame));
            guest.Network.Poll(true);
        }

        Assert.Equal(Buffered, taken);
        Assert.Contains(SocketReadiness.Writable, guest.Raised);
        guest.AssertNothingWasDropped();
    }

    [Fact]
    public void A_neighbour_that_is_silent_gives_the_room_back()
    {
        var guest = new Guest();
        UdpSocket socket = guest.NewSocket();
        Assert.Equal(Buffered, SendUntilFull(socket, s_neighbour));
        lock (guest.Lock) guest.Network.Stack.Poll(guest.Now + TimeSpan.FromSeconds(1));
        lock (guest.Lock) guest.Network.Stack.Poll(guest.Now + TimeSpan.FromSeconds(2));
        lock (guest.Lock) guest.Network.Stack.Poll(guest.Now + TimeSpan.FromSeconds(3));
        Assert.True((socket.Readiness & SocketReadiness.Writable) != 0);
        Assert.True(SendUntilFull(socket, s_everybody) > 0);
    }

    [Fact]
    public void A_socket_that_is_closed_while_its_datagrams_wait()
    {
        var guest = new Guest();
        UdpSocket socket = guest.NewSocket();
        int sent = SendUntilFull(socket, s_everybody), taken = 0;
        socket.Close();
        while (taken < sent)
        {
            if (guest.TryTake(out _)) taken++;
            else guest.Network.Poll(true);
        }

        Assert.Empty(guest.Raised);
        guest.AssertNothingWasDropped();
    }

    [Fact]
    public async Task Twenty_thousand_in_a_row_all_arrive_in_order()
    {
        const int Count = 20_000;
        var guest = new Guest();
        UdpSocket socket = guest.NewSocket();
        socket.NonBlocking = false;
        Task sender = Task.Run(() =>
        {
            byte[] datagram = new byte[100];
            for (int i = 0; i < Count; i++)
            {
                BitConverter.TryWriteBytes(datagram, i);
                Assert.Equal(datagram.Length, socket.SendTo(datagram, SocketMessageFlags.None, s_everybody));
            }
        });
        for (int taken = 0; taken < Count && !sender.IsFaulted;)
        {
            bool any;
            byte[] frame;
            lock (guest.Lock) any = guest.TryTake(out frame);
            if (any) Assert.Equal(taken++, NumberOf(frame));
            else guest.Network.Poll(true);
        }

        await sender;
        guest.AssertNothingWasDropped();
    }
}
