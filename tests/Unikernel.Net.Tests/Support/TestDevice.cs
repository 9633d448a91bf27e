using Unikernel.Net.Phy;

namespace Unikernel.Net.Tests.Support;

/// <summary>A device whose frames are byte arrays in lists, with a link that can be pulled and a queue that can be full.</summary>
internal sealed class TestDevice(PacketPool pool, DeviceCapabilities capabilities, MacAddress mac, string name = "eth0") : INetDevice
{
    private readonly Queue<byte[]> _incoming = new();
    private bool _up = true;

    public List<byte[]> Sent { get; } = [];
    public string Name => name;
    public DeviceCapabilities Capabilities => capabilities;
    public MacAddress HardwareAddress => mac;
    public bool IsFull { get; set; }
    public bool CanTransmit => !IsFull;
    public int LinkGeneration { get; private set; }
    public int Flushes { get; private set; }
    public ChecksumState IncomingChecksum { get; set; }

    /// <summary>Bytes in each part of a received packet: smaller than a frame makes chains.</summary>
    public int PartSize { get; set; } = 1900;

    public bool IsLinkUp
    {
        get => _up;
        set
        {
            _up = value;
            LinkGeneration++;
        }
    }

    public void Deliver(byte[] frame) => _incoming.Enqueue(frame);

    public PacketBuffer? TryReceive()
    {
        if (!_incoming.TryDequeue(out byte[]? frame)) return null;
        PacketBuffer? first = null, last = null;
        for (int at = 0; at == 0 || at < frame.Length; at += PartSize)
        {
            PacketBuffer part = pool.Rent(64) ?? throw new InvalidOperationException("the pool is empty");
            part.Append(frame.AsSpan(at, Math.Min(PartSize, frame.Length - at)));
            if (last is null) first = part;
            else last.Next = part;
            last = part;
        }

        first!.Checksum = IncomingChecksum;
        return first;
    }

    public bool TryTransmit(PacketBuffer packet)
    {
        if (IsFull) return false;
        byte[] frame = new byte[packet.TotalLength];
        packet.CopyTo(0, frame);
        Sent.Add(frame);
        packet.Release();
        return true;
    }

    public void Flush() => Flushes++;

    public bool TryArmInterrupt() => _incoming.Count == 0;
}
