using System.Buffers.Binary;
using Unikernel.Net.Phy;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Netsim;

/// <summary>What a link does to frames. Probabilities are per frame.</summary>
internal sealed record SimFaults
{
    public double Drop { get; init; }
    public double Duplicate { get; init; }
    public double Reorder { get; init; }
    public double Corrupt { get; init; }

    /// <summary>One way.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>By how much a reordered frame is late.</summary>
    public TimeSpan ReorderDelay { get; init; } = TimeSpan.FromMilliseconds(3);

    /// <summary>Bytes per second; 0: without limit.</summary>
    public long Rate { get; init; } = 10_000_000;

    /// <summary>Bytes that wait for the rate; what is beyond is dropped, as in a router.</summary>
    public int Queue { get; init; } = 64 * 1024;
}

/// <summary>A cable with faults between two devices: everything that happens on it follows from the seed.</summary>
internal sealed class SimLink
{
    private readonly PriorityQueue<(SimDevice To, byte[] Frame), (long Ticks, long Order)> _onTheWay = new();
    private readonly Random _random;
    private long _order;

    public SimLink(int seed, SimFaults faults, DeviceCapabilities capabilities, PacketPool poolA, PacketPool poolB)
    {
        _random = new Random(seed);
        Faults = faults;
        A = new SimDevice(this, "a", new MacAddress(0x0200_0000_000a), capabilities, poolA);
        B = new SimDevice(this, "b", new MacAddress(0x0200_0000_000b), capabilities, poolB);
    }

    public SimFaults Faults { get; set; }
    public SimDevice A { get; }
    public SimDevice B { get; }
    public Instant Now { get; set; }
    public long Dropped { get; private set; }
    public long Carried { get; private set; }

    /// <summary>Sees every frame that enters the link: for captures.</summary>
    public Action<Instant, SimDevice, byte[]>? Tap { get; set; }

    public Instant NextArrival => _onTheWay.TryPeek(out _, out (long Ticks, long Order) at) ? new Instant(at.Ticks) : Instant.Never;

    public void Deliver()
    {
        while (_onTheWay.TryPeek(out (SimDevice To, byte[] Frame) next, out (long Ticks, long Order) at) && at.Ticks <= Now.Ticks)
        {
            _onTheWay.Dequeue();
            next.To.Incoming.Enqueue(next.Frame);
        }
    }

    public void Carry(SimDevice from, byte[] frame)
    {
        Tap?.Invoke(Now, from, frame);
        SimDevice to = from == A ? B : A;
        Instant leaves = Now;
        if (Faults.Rate > 0)
        {
            Instant free = Instant.Max(from.LineFree, Now);
            if ((free - Now).TotalSeconds * Faults.Rate > Faults.Queue)
            {
                Dropped++;
                return;
            }

            leaves = free + TimeSpan.FromSeconds((double)frame.Length / Faults.Rate);
            from.LineFree = leaves;
        }

        if (_random.NextDouble() < Faults.Drop)
        {
            Dropped++;
            return;
        }

        Carried++;
        if (_random.NextDouble() < Faults.Corrupt)
        {
            frame = (byte[])frame.Clone();
            frame[_random.Next(frame.Length)] ^= (byte)(1 << _random.Next(8));
        }

        Instant arrives = leaves + Faults.Delay;
        if (_random.NextDouble() < Faults.Reorder) arrives += Faults.ReorderDelay;
        _onTheWay.Enqueue((to, frame), (arrives.Ticks, _order++));
        if (_random.NextDouble() < Faults.Duplicate) _onTheWay.Enqueue((to, frame), (arrives.Ticks + 1, _order++));
    }
}

/// <summary>One end of the cable. Cuts large segments as a device with TSO does.</summary>
internal sealed class SimDevice(SimLink link, string name, MacAddress address, DeviceCapabilities capabilities, PacketPool pool) : INetDevice
{
    public Queue<byte[]> Incoming { get; } = new();
    public Instant LineFree { get; set; }
    public string Name => name;
    public DeviceCapabilities Capabilities => capabilities;
    public MacAddress HardwareAddress => address;
    public bool IsLinkUp => true;
    public int LinkGeneration => 0;
    public bool CanTransmit => true;
    public long LargeSegments { get; private set; }

    public PacketBuffer? TryReceive()
    {
        if (!Incoming.TryDequeue(out byte[]? frame)) return null;
        PacketBuffer? packet = pool.RentChain(frame.Length, headroom: 0);
        if (packet is null) return null; // no memory: the frame is lost, as with a device whose ring is empty
        int offset = 0;
        for (PacketBuffer? part = packet; part is not null && offset < frame.Length; part = part.Next)
        {
            int count = Math.Min(part.Tailroom, frame.Length - offset);
            part.Append(frame.AsSpan(offset, count));
            offset += count;
        }

        return packet;
    }

    public bool TryTransmit(PacketBuffer packet)
    {
        var frame = new byte[packet.TotalLength];
        packet.CopyTo(0, frame);
        int transport = packet.TransportOffset;
        bool partial = packet.Checksum == ChecksumState.Partial;
        if (packet.SegmentSize > 0)
        {
            LargeSegments++;
            Cut(frame, transport, packet.SegmentSize);
        }
        else
        {
            if (partial) Complete(frame, transport, packet.ChecksumFieldOffset);
            link.Carry(this, frame);
        }

        packet.Release();
        return true;
    }

    public void Flush() { }

    public bool TryArmInterrupt() => Incoming.Count == 0;

    // The field holds the sum of the pseudo-header.
    private static void Complete(byte[] frame, int transport, int field) =>
        InternetChecksum.Write(frame.AsSpan(transport + field), InternetChecksum.Add(frame.AsSpan(transport)));

    // Virtio 1.2 section 5.1.6.2: each piece gets its own sequence number, length and checksums; FIN and PSH are the last one's.
    private void Cut(byte[] frame, int transport, int segmentSize)
    {
        const int Ethernet = EthernetFrame.HeaderLength;
        int header = (frame[transport + 12] >> 4) * 4;
        int text = frame.Length - transport - header;
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(transport + 4));
        bool v4 = frame[Ethernet] >> 4 == 4;
        for (int offset = 0; offset < text; offset += segmentSize)
        {
            int length = Math.Min(segmentSize, text - offset);
            var piece = new byte[transport + header + length];
            frame.AsSpan(0, transport + header).CopyTo(piece);
            frame.AsSpan(transport + header + offset, length).CopyTo(piece.AsSpan(transport + header));
            BinaryPrimitives.WriteUInt32BigEndian(piece.AsSpan(transport + 4), sequence + (uint)offset);
            if (offset + length < text) piece[transport + 13] &= unchecked((byte)~(TcpFlags.Fin | TcpFlags.Psh));
            IpAddress source, destination;
            if (v4)
            {
                BinaryPrimitives.WriteUInt16BigEndian(piece.AsSpan(Ethernet + 2), (ushort)(piece.Length - Ethernet));
                piece.AsSpan(Ethernet + 10, 2).Clear();
                InternetChecksum.Write(piece.AsSpan(Ethernet + 10), InternetChecksum.Add(piece.AsSpan(Ethernet, transport - Ethernet)));
                source = new IpAddress(piece.AsSpan(Ethernet + 12, 4));
                destination = new IpAddress(piece.AsSpan(Ethernet + 16, 4));
            }
            else
            {
                BinaryPrimitives.WriteUInt16BigEndian(piece.AsSpan(Ethernet + 4), (ushort)(piece.Length - Ethernet - 40));
                source = new IpAddress(piece.AsSpan(Ethernet + 8, 16));
                destination = new IpAddress(piece.AsSpan(Ethernet + 24, 16));
            }

            piece.AsSpan(transport + 16, 2).Clear();
            InternetChecksum.Write(piece.AsSpan(transport + 16), InternetChecksum.Add(piece.AsSpan(transport), InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, piece.Length - transport)));
            link.Carry(this, piece);
        }
    }
}
