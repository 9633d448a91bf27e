using System.Buffers.Binary;

namespace Unikernel.Net.Phy;

/// <summary>Takes the bytes of a capture file, in order. In a guest: a console port or a file; in tests: a stream.</summary>
public interface ICaptureSink
{
    void Write(ReadOnlySpan<byte> bytes);
}

/// <summary>A capture sink over a stream.</summary>
public sealed class StreamCaptureSink(Stream stream) : ICaptureSink
{
    public void Write(ReadOnlySpan<byte> bytes) => stream.Write(bytes);
}

/// <summary>
/// Wraps a device and writes all its frames to a sink in the pcap format (draft-ietf-opsawg-pcap, nanosecond magic), as
/// Wireshark and tcpdump read it. Capturing can be switched on and off while packets flow.
/// </summary>
public sealed class PcapDevice : INetDevice, ICounterGroup
{
    private const uint LinkTypeEthernet = 1, LinkTypeRaw = 101;
    private readonly INetDevice _inner;
    private readonly ICaptureSink _sink;
    private readonly Func<Instant> _clock;
    private readonly int _snapLength;
    private bool _headerWritten;

    /// <param name="inner">The device whose frames are wanted.</param>
    /// <param name="sink">Where they go.</param>
    /// <param name="clock">The time that a frame is marked with.</param>
    /// <param name="snapLength">Bytes kept of each frame.</param>
    public PcapDevice(INetDevice inner, ICaptureSink sink, Func<Instant> clock, int snapLength = 65535) =>
        (_inner, _sink, _clock, _snapLength) = (inner, sink, clock, snapLength);

    public bool IsCapturing { get; set; } = true;
    public long CapturedFrames { get; private set; }
    public string Name => _inner.Name;
    public DeviceCapabilities Capabilities => _inner.Capabilities;
    public MacAddress HardwareAddress => _inner.HardwareAddress;
    public bool IsLinkUp => _inner.IsLinkUp;
    public int LinkGeneration => _inner.LinkGeneration;
    public bool CanTransmit => _inner.CanTransmit;

    public PacketBuffer? TryReceive()
    {
        PacketBuffer? packet = _inner.TryReceive();
        if (packet is not null && IsCapturing) Capture(packet);
        return packet;
    }

    public bool TryTransmit(PacketBuffer packet)
    {
        // Before the device has it: afterwards it is no longer ours to read. A refused frame is in the capture once too often.
        if (IsCapturing && _inner.CanTransmit) Capture(packet);
        return _inner.TryTransmit(packet);
    }

    public void Flush() => _inner.Flush();

    public bool TryArmInterrupt() => _inner.TryArmInterrupt();

    public void Visit(ICounterVisitor visitor)
    {
        visitor.Visit("capture", nameof(CapturedFrames), CapturedFrames);
        if (_inner is ICounterGroup group) group.Visit(visitor);
    }

    private void Capture(PacketBuffer packet)
    {
        Span<byte> header = stackalloc byte[24];
        if (!_headerWritten)
        {
            _headerWritten = true;
            BinaryPrimitives.WriteUInt32LittleEndian(header, 0xa1b2_3c4d);
            BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
            BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
            header[8..16].Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(header[16..], (uint)_snapLength);
            BinaryPrimitives.WriteUInt32LittleEndian(header[20..], Capabilities.Medium == Medium.Ethernet ? LinkTypeEthernet : LinkTypeRaw);
            _sink.Write(header);
        }

        long ticks = _clock().Ticks;
        int total = packet.TotalLength, kept = Math.Min(total, _snapLength);
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)(ticks / TimeSpan.TicksPerSecond));
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)(ticks % TimeSpan.TicksPerSecond * 100));
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], (uint)kept);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)total);
        _sink.Write(header[..16]);
        for (PacketBuffer? part = packet; part is not null && kept > 0; part = part.Next)
        {
            ReadOnlySpan<byte> data = part.Data;
            if (data.Length > kept) data = data[..kept];
            _sink.Write(data);
            kept -= data.Length;
        }

        CapturedFrames++;
    }
}
