using System.Reflection;
using Unikernel.Net.Iface;
using Unikernel.Net.Phy;
using Unikernel.Net.Sockets.Dns;
using Unikernel.Net.Sockets.Udp;
using Unikernel.Net.Tests.Support;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Iface;

public class StackTests
{
    private sealed class Names : ICounterVisitor
    {
        public List<string> Seen { get; } = [];

        public void Visit(string group, string name, long value) => Seen.Add(name);
    }

    [Theory]
    [InlineData(typeof(IpCounters))]
    [InlineData(typeof(UdpCounters))]
    [InlineData(typeof(ResolverCounters))]
    public void Every_counter_is_printed(Type type)
    {
        var group = (ICounterGroup)Activator.CreateInstance(type)!;
        var names = new Names();
        group.Visit(names);
        Assert.Equal(type.GetFields(BindingFlags.Public | BindingFlags.Instance).Select(field => field.Name).Order(), names.Seen.Order());
    }

    [Fact]
    public void A_ping_and_a_datagram_allocate_nothing()
    {
        using var host = new Host();
        var device = new EchoingDevice(host.Pool);
        NetworkInterface other = host.Stack.AddInterface(device);
        host.Stack.AddAddress(other, new IpCidr(new(10, 9, 0, 1), 24), AddressOrigin.Static, host.Now);
        host.Advance(TimeSpan.FromSeconds(5));
        UdpEndpoint endpoint = host.Udp.Open(true);
        endpoint.Bind(IpAddress.Any6, 7);
        byte[] ping = Frames.Icmpv4(new(10, 9, 0, 2), new(10, 9, 0, 1), IcmpRepr.Echo(8, 1, 1), Frames.Bytes(200), device.HardwareAddress);
        byte[] udp = Frames.Udp(new(10, 9, 0, 2), new(10, 9, 0, 1), 5, 7, Frames.Bytes(200), device.HardwareAddress);
        device.Deliver(Frames.Arp(Host.PeerMac, device.HardwareAddress, new ArpRepr(ArpOperation.Request, Host.PeerMac, new(10, 9, 0, 2), default, new(10, 9, 0, 1))));
        host.Stack.Poll(host.Now);

        void Round()
        {
            device.Deliver(ping);
            device.Deliver(udp);
            host.Stack.Poll(host.Now);
            while (endpoint.TryReceive(out Datagram datagram)) endpoint.EndSend(host.Now, datagram.Packet, datagram.Source);
            host.Stack.Flush();
        }

        for (int i = 0; i < 200; i++) Round();
        int sent = device.SentFrames;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) Round();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2000, device.SentFrames - sent);
        other.Neighbors.Clear();
        endpoint.Close(host.Now);
    }

    /// <summary>A device that itself allocates nothing: frames are copied into pool buffers, what is sent is only counted.</summary>
    private sealed class EchoingDevice(PacketPool pool) : INetDevice
    {
        private readonly byte[]?[] _frames = new byte[8][];
        private int _count;

        public int SentFrames { get; private set; }
        public string Name => "eth9";
        public DeviceCapabilities Capabilities => new(Medium.Ethernet, 1500);
        public MacAddress HardwareAddress => new(0x0200_0000_0099);
        public bool IsLinkUp => true;
        public int LinkGeneration => 0;
        public bool CanTransmit => true;

        public void Deliver(byte[] frame) => _frames[_count++] = frame;

        public PacketBuffer? TryReceive()
        {
            if (_count == 0) return null;
            PacketBuffer packet = pool.Rent(64)!;
            packet.Append(_frames[0]);
            Array.Copy(_frames, 1, _frames, 0, --_count);
            return packet;
        }

        public bool TryTransmit(PacketBuffer packet)
        {
            SentFrames++;
            packet.Release();
            return true;
        }

        public void Flush() { }

        public bool TryArmInterrupt() => true;
    }

    [Fact]
    public void An_empty_pool_drops_and_counts_and_recovers()
    {
        using var host = new Host(poolLimit: 20);
        var held = new List<PacketBuffer>();
        while (host.Pool.Rent() is { } buffer) held.Add(buffer);
        UdpEndpoint endpoint = host.Udp.Open(false);
        Assert.Equal(EndpointError.NoBuffers, endpoint.Send(host.Now, [1], new IpEndpoint(Host.Peer4, 9)));
        Assert.True(host.Pool.Exhausted > 0);
        foreach (PacketBuffer buffer in held) buffer.Release();
        Assert.Equal(EndpointError.None, endpoint.Send(host.Now, [1], new IpEndpoint(Host.Peer4, 9)));
    }

    [Fact]
    public void Packets_in_many_parts_are_handled_like_whole_ones()
    {
        using var host = new Host(new DeviceCapabilities(Medium.Ethernet, 9000));
        host.Device.PartSize = 70; // headers in the first part, the rest in pieces
        byte[] payload = Frames.Bytes(8000);
        host.Receive(Frames.Icmpv4(Host.Peer4, Host.Our4, IcmpRepr.Echo(8, 1, 1), payload));
        Assert.Equal(payload, Frames.Check(Assert.Single(host.TakeSent())).Payload[8..]);
    }

    [Fact]
    public void A_capture_is_a_pcap_file_of_both_directions()
    {
        using var stream = new MemoryStream();
        using var host = new Host();
        var inner = new TestDevice(host.Pool, new DeviceCapabilities(Medium.Ethernet, 1500), new MacAddress(0x0200_0000_0077), "eth7");
        var capture = new PcapDevice(inner, new StreamCaptureSink(stream), () => new Instant(15_000_001), snapLength: 60);
        NetworkInterface other = host.Stack.AddInterface(capture);
        byte[] frame = Frames.Udp(Host.Peer4, Host.Our4, 1, 2, Frames.Bytes(100), inner.HardwareAddress);
        inner.Deliver(frame);
        host.Poll();
        byte[] file = stream.ToArray();
        Assert.Equal(0xa1b2_3c4du, BitConverter.ToUInt32(file, 0));
        Assert.Equal(1u, BitConverter.ToUInt32(file, 20));
        Assert.Equal((1u, 500_000_100u, 60u, (uint)frame.Length), (BitConverter.ToUInt32(file, 24), BitConverter.ToUInt32(file, 28), BitConverter.ToUInt32(file, 32), BitConverter.ToUInt32(file, 36)));
        Assert.Equal(frame[..60], file[40..100]);
        other.Neighbors.Clear();
    }

    [Fact]
    public void Random_frames_never_break_the_stack()
    {
        using var host = new Host();
        _ = new Autoconfiguration(host.Stack, host.Interface, host.Now);
        UdpEndpoint endpoint = host.Udp.Open(true);
        endpoint.Bind(IpAddress.Any6, 2000);
        byte[][] corpus = Wire.ParserFuzz.Corpus().Where(bytes => bytes.Length > 14).ToArray();
        var random = new Random(12);
        for (int i = 0; i < 30_000; i++)
        {
            byte[] frame = (byte[])corpus[random.Next(corpus.Length)].Clone();
            Host.OurMac.CopyTo(frame);
            for (int k = random.Next(6); k > 0; k--) frame[random.Next(12, frame.Length)] = (byte)random.Next(256);
            if (random.Next(5) == 0) frame = frame[..random.Next(1, frame.Length)];
            host.Device.IncomingChecksum = random.Next(2) == 0 ? ChecksumState.Verified : ChecksumState.None;
            host.Device.PartSize = random.Next(4) == 0 ? random.Next(20, 100) : 1900;
            host.Receive(frame);
            while (endpoint.TryReceive(out Datagram datagram)) datagram.Packet.Release();
            if (i % 100 == 0)
            {
                host.Advance(TimeSpan.FromSeconds(random.Next(20)));
                host.Device.Sent.Clear();
            }
        }
    }
}
