namespace Unikernel.Net.Phy;

/// <summary>The device whose packets come back: bare IP, nothing copied, checksums not computed and not checked.</summary>
public sealed class LoopbackDevice : INetDevice
{
    /// <summary>Packets on the way at one time; like a device's queue, so that a sender sees back-pressure.</summary>
    public const int QueueLimit = 512;

    private PacketBuffer? _head, _tail;
    private int _count;

    public string Name => "lo";

    public DeviceCapabilities Capabilities { get; } = new(Medium.Ip, 65535)
    {
        TransmitChecksum = true,
        SegmentationV4 = false,
        SegmentationV6 = false,
        ScatterGather = true,
        MaximumSegmentationSize = 65535,
    };

    public MacAddress HardwareAddress => default;
    public bool IsLinkUp => true;
    public int LinkGeneration => 0;
    public bool CanTransmit => _count < QueueLimit;
    public bool HasPackets => _head is not null;

    public PacketBuffer? TryReceive()
    {
        if (_head is not { } packet) return null;
        _head = packet.QueueNext;
        if (_head is null) _tail = null;
        packet.QueueNext = null;
        _count--;
        return packet;
    }

    public bool TryTransmit(PacketBuffer packet)
    {
        if (_count >= QueueLimit) return false;
        packet.Checksum = ChecksumState.Verified;
        packet.QueueNext = null;
        if (_tail is { } tail)
            tail.QueueNext = packet;
        else
            _head = packet;
        _tail = packet;
        _count++;
        return true;
    }

    public void Flush() { }

    public bool TryArmInterrupt() => _head is null;
}
