using Unikernel.Net;
using Unikernel.Virtio.Devices;
using Unikernel.Virtio.Hal;
using Unikernel.Virtio.Transport;

namespace Unikernel.Virtio.Tests.Support;

/// <summary>A mock network device and the driver on it.</summary>
public sealed class MockNic
{
    public const ulong Checksum = 1ul << 0, GuestChecksum = 1ul << 1, MtuFeature = 1ul << 3, Mac = 1ul << 5, GuestTso4 = 1ul << 7, HostTso4 = 1ul << 11, HostTso6 = 1ul << 12,
        Mergeable = 1ul << 15, StatusFeature = 1ul << 16;

    public static readonly MacAddress Address = new(0x5254_0012_3456);

    public MockNic(ulong features = Mac, bool legacy = false, Action<MockDevice>? configure = null, bool interrupts = true, bool start = true, int queueSize = 256)
    {
        Machine = new MockMachine { HasInterrupts = interrupts };
        Device = new MockDevice(VirtioDeviceKind.Network, legacy) { Features = features | (legacy ? 0 : VirtioFeature.Version1) };
        Address.CopyTo(Device.Config);
        Device.Config[6] = 1;
        configure?.Invoke(Device);
        Machine.Map(0x1000, Device);
        Pool = new PacketPool(Machine);
        Legacy = legacy;
        Driver = new VirtioNet(MmioTransport.TryOpen(Machine, 0x1000, 5)!, "eth0", Pool, queueSize, Machine.Lines.Add);
        Event = (MockEvent)Machine.CreateEvent();
        if (start) Driver.Start(Event);
    }

    public MockMachine Machine { get; }
    public MockDevice Device { get; }
    public PacketPool Pool { get; }
    public VirtioNet Driver { get; }
    public MockEvent Event { get; }
    public bool Legacy { get; }
    public MockQueue Receive => Device.Queues[0];
    public MockQueue Transmit => Device.Queues[1];
    public int HeaderLength => Legacy && (Device.Accepted & Mergeable) == 0 ? 10 : 12;

    /// <summary>The device receives a frame into one buffer.</summary>
    public void Deliver(ReadOnlySpan<byte> frame, byte flags = 0, ushort buffers = 1)
    {
        var (head, segments) = Receive.Take();
        byte[] bytes = new byte[HeaderLength + frame.Length];
        new VirtioNetHeader(flags, 0, 0, 0, 0, 0, buffers).Emit(bytes.AsSpan(0, HeaderLength));
        frame.CopyTo(bytes.AsSpan(HeaderLength));
        MockQueue.Write(Assert.Single(segments), bytes);
        Receive.Push((uint)head, (uint)bytes.Length);
    }

    /// <summary>The device sends what the driver gave it: header and frame.</summary>
    public (VirtioNetHeader Header, byte[] Frame, int Parts) TakeSent()
    {
        var (head, segments) = Transmit.Take();
        Assert.All(segments, segment => Assert.False(segment.Writable));
        byte[] all = segments.SelectMany(MockQueue.Read).ToArray();
        Transmit.Push((uint)head, 0);
        return (VirtioNetHeader.Parse(all.AsSpan(0, HeaderLength)), all[HeaderLength..], segments.Count);
    }

    public static byte[] Bytes(int count, int seed = 1)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public PacketBuffer Packet(ReadOnlySpan<byte> frame)
    {
        PacketBuffer packet = Pool.Rent()!;
        packet.Append(frame);
        return packet;
    }
}
