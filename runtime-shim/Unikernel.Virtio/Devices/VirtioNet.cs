using System.Runtime.CompilerServices;
using Unikernel.Net;
using Unikernel.Net.Phy;
using Unikernel.Virtio.Hal;
using Unikernel.Virtio.Queue;
using Unikernel.Virtio.Transport;

namespace Unikernel.Virtio.Devices;

/// <summary>
/// A virtio network device (virtio 1.2 section 5.1). Tried with QEMU's <c>-device virtio-net-pci,netdev=n</c> (q35) and
/// <c>-device virtio-net-device,netdev=n</c> (microvm).
/// <para>Packets are not copied: the device writes into pool buffers, which go up the stack, and reads packets from where the
/// stack made them, in as many parts as they have. Nothing is allocated per packet.</para>
/// <para>The device is not trusted: what it returns is checked, counted, and a device that breaks the queue's rules is stopped
/// with one line on the log; its link is then down.</para>
/// </summary>
public sealed class VirtioNet : INetDevice, ICounterGroup
{
    private const ulong FeatureChecksum = 1ul << 0, FeatureGuestChecksum = 1ul << 1, FeatureMtu = 1ul << 3, FeatureMac = 1ul << 5, FeatureGuestTso4 = 1ul << 7,
        FeatureGuestTso6 = 1ul << 8, FeatureHostTso4 = 1ul << 11, FeatureHostTso6 = 1ul << 12, FeatureMergeableBuffers = 1ul << 15, FeatureStatus = 1ul << 16;

    private const int ConfigMac = 0, ConfigStatus = 6, ConfigMtu = 10;
    private const int ReceiveQueue = 0, TransmitQueue = 1;

    /// <summary>Room in front of what the device writes: a reply can be made in the same buffer with any headers.</summary>
    private const int ReceiveHeadroom = 64;

    /// <summary>Parts of one packet: 64 KB in pool buffers, and the headers.</summary>
    public const int MaximumParts = 36;

    /// <summary>Interrupts without any work in a row before the line is called a storm.</summary>
    public const int StormLimit = 10_000;

    /// <summary>Packets that wait for room in the transmit queue at most, as in a queue of Linux's (txqueuelen).</summary>
    public const int BacklogLimit = 1000;

    private const int QueueIsFull = -1, TooManyParts = -2;

    private static readonly TimeSpan s_linkCheckDelay = TimeSpan.FromMilliseconds(100);

    private readonly VirtioTransport _transport;
    private readonly PacketPool _pool;
    private readonly Action<string>? _log;
    private readonly SplitQueue _receive, _transmit;
    private readonly PacketBuffer?[] _receiveBuffers, _transmitPackets;
    private readonly int _headerLength;
    private readonly bool _mergeable;
    private readonly int _refillThreshold;
    private bool _reported;
    private int _idleInterrupts;
    private bool _linkUp;

    // Packets that wait for room in the transmit queue, their device header in front.
    private PacketBuffer? _backlogHead, _backlogTail;
    private int _backlogCount;

    /// <param name="transport">The device, not yet negotiated.</param>
    /// <param name="name">eth0.</param>
    /// <param name="pool">Buffers for receiving.</param>
    /// <param name="queueSize">Packets in each queue at most.</param>
    /// <param name="log">Takes lines for the user.</param>
    /// <exception cref="DeviceException">It can not be used.</exception>
    public VirtioNet(VirtioTransport transport, string name, PacketPool pool, int queueSize = 256, Action<string>? log = null)
    {
        _transport = transport;
        _pool = pool;
        _log = log;
        Name = name;
        transport.Negotiate(name, VirtioFeature.EventIndex | VirtioFeature.IndirectDescriptors | FeatureChecksum | FeatureGuestChecksum | FeatureMtu | FeatureMac |
            FeatureGuestTso4 | FeatureGuestTso6 | FeatureHostTso4 | FeatureHostTso6 | FeatureMergeableBuffers | FeatureStatus);
        _mergeable = transport.Has(FeatureMergeableBuffers);
        _headerLength = transport.IsLegacy && !_mergeable ? VirtioNetHeader.LegacyLength : VirtioNetHeader.Length;
        if (!_mergeable && transport.Has(FeatureGuestTso4 | FeatureGuestTso6))
        {
            // Large receives without mergeable buffers would need 64 KB for every packet (section 5.1.6.3.1): without, then.
            transport.Negotiate(name, transport.Features & ~(FeatureGuestTso4 | FeatureGuestTso6));
        }

        HardwareAddress = ReadMac(transport);
        int mtu = transport.Has(FeatureMtu) ? transport.ReadConfig16(ConfigMtu) : 1500;
        if (mtu is < 68 or > 65535) throw new DeviceException($"{name} at {transport.Location}", DeviceFault.BadConfiguration, $"MTU {mtu}");
        bool checksum = transport.Has(FeatureChecksum);
        // What one buffer must hold if the device can not spread a packet over several.
        if (!_mergeable && mtu + 14 + _headerLength + ReceiveHeadroom > pool.BufferSize) mtu = pool.BufferSize - 14 - _headerLength - ReceiveHeadroom;
        bool scatter = transport.Has(VirtioFeature.IndirectDescriptors);
        Capabilities = new DeviceCapabilities(Medium.Ethernet, mtu)
        {
            TransmitChecksum = checksum,
            // Cutting needs the checksum feature (section 5.1.3.1), and room for a packet's parts.
            SegmentationV4 = checksum && scatter && transport.Has(FeatureHostTso4),
            SegmentationV6 = checksum && scatter && transport.Has(FeatureHostTso6),
            ScatterGather = true,
            MaximumSegmentationSize = 65535,
        };
        _receive = transport.CreateQueue(name, ReceiveQueue, queueSize, indirectLimit: 0);
        _transmit = transport.CreateQueue(name, TransmitQueue, queueSize, indirectLimit: scatter && transport.Has(FeatureHostTso4 | FeatureHostTso6) ? MaximumParts : scatter ? 4 : 0);
        _receiveBuffers = new PacketBuffer?[_receive.Size];
        _transmitPackets = new PacketBuffer?[_transmit.Size];
        _refillThreshold = Math.Max(1, _receive.Size / 8);
    }

    private static MacAddress ReadMac(VirtioTransport transport)
    {
        Span<byte> mac = stackalloc byte[6];
        if (transport.Has(FeatureMac))
        {
            for (int i = 0; i < 6; i++) mac[i] = transport.ReadConfig8(ConfigMac + i);
            var given = new MacAddress(mac);
            if (given.IsUnicast) return given;
        }

        // Section 5.1.5: a random, locally administered address.
        transport.Machine.Entropy.Fill(mac);
        mac[0] = (byte)(mac[0] & 0xfe | 0x02);
        return new MacAddress(mac);
    }

    public string Name { get; }
    public DeviceCapabilities Capabilities { get; }
    public MacAddress HardwareAddress { get; }
    public bool IsLinkUp => _linkUp && Fault == DeviceFault.None;
    public int LinkGeneration { get; private set; }
    public VirtioNetCounters Counters { get; } = new();
    public DeviceFault Fault { get; private set; }
    public string Location => _transport.Location;

    /// <summary>There is no interrupt (or it stormed): ask by time.</summary>
    public bool MustBePolled { get; private set; }

    /// <summary>Packets wait for room in the transmit queue.</summary>
    public bool HasBacklog => _backlogHead is not null;

    /// <summary>The device has packets for us.</summary>
    public bool HasReceived => _receive.HasUsed;

    /// <summary>Gives the device its buffers and lets it begin; its interrupts signal <paramref name="target"/>.</summary>
    public void Start(IDeviceEvent target)
    {
        _transport.Start(target);
        MustBePolled = !_transport.HasInterrupt;
        _transmit.DisableInterrupts();
        Refill();
        ReadLink();
        if (!_receive.EnableInterrupts()) target.Signal();
        if (MustBePolled) _log?.Invoke($"{Name}: no interrupt at {_transport.Location}; polling every millisecond");
    }

    /// <summary>
    /// The event was signalled, by this device or by something else that shares it: acknowledges, looks at the link if asked to,
    /// and notices storms. Then poll the stack.
    /// </summary>
    public void InterruptArrived()
    {
        if (Fault != DeviceFault.None) return;
        uint reason = _transport.AcknowledgeInterrupt();
        Counters.Interrupts++;
        bool work = _receive.HasUsed || _transmit.HasUsed;
        if (work)
        {
            _idleInterrupts = 0;
            if (reason == VirtioTransport.ReasonUnknown)
            {
                // The link's change may be behind the packets'. To ask at each interrupt would cost an exit to the monitor each time.
                if (LinkCheckAt.IsNever) LinkCheckAt = _transport.Machine.Now + s_linkCheckDelay;
            }
            else if ((reason & 2) != 0)
            {
                ReadLink();
            }

            return;
        }

        Counters.SpuriousInterrupts++;
        if ((reason & 2) != 0) ReadLink();
        if (++_idleInterrupts < StormLimit || MustBePolled) return;
        Counters.InterruptStorms++;
        MustBePolled = true;
        _receive.DisableInterrupts();
        _log?.Invoke($"{Name}: {StormLimit} interrupts in a row without a packet at {_transport.Location}; polling every millisecond instead");
    }

    /// <summary>When to look at the link because nobody said that it did not change; <see cref="CheckLink"/>.</summary>
    public Instant LinkCheckAt { get; private set; } = Instant.Never;

    /// <summary>Looks at the link: <see cref="LinkCheckAt"/> has come.</summary>
    public void CheckLink()
    {
        if (Fault == DeviceFault.None) ReadLink();
    }

    private void ReadLink()
    {
        LinkCheckAt = Instant.Never;
        if ((_transport.Status & DeviceStatus.NeedsReset) != 0)
        {
            Fail(DeviceFault.NeedsReset);
            return;
        }

        bool up = !_transport.Has(FeatureStatus) || (_transport.ReadConfig16(ConfigStatus) & 1) != 0;
        if (up == _linkUp) return;
        _linkUp = up;
        LinkGeneration++;
        Counters.LinkChanges++;
    }

    public PacketBuffer? TryReceive()
    {
        while (true)
        {
            if (!_receive.TryTake(out int head, out uint written))
            {
                if (_receive.Fault != DeviceFault.None && Fault == DeviceFault.None) Fail(_receive.Fault);
                if (_receive.FreeDescriptors >= _refillThreshold) Refill();
                return null;
            }

            PacketBuffer packet = _receiveBuffers[head]!;
            _receiveBuffers[head] = null;
            int count = 1;
            byte flags = 0;
            if (written < (uint)_headerLength)
            {
                Counters.ReceiveTooShort++;
            }
            else
            {
                packet.Append((int)written);
                // All else that the header says is about cutting, which is done, and about checksums still to be made, which nobody wants.
                ReadOnlySpan<byte> header = packet.Data[.._headerLength];
                flags = VirtioNetHeader.FlagsOf(header);
                if (_mergeable) count = VirtioNetHeader.BufferCountOf(header);
                packet.TrimStart(_headerLength);
            }

            if (count != 1 && !TryMerge(packet, count)) continue;
            if (_receive.FreeDescriptors >= _refillThreshold) Refill();
            if (packet.TotalLength == 0)
            {
                packet.Release();
                continue;
            }

            // Both flags say that the transport checksum needs no check (section 5.1.6.4): partial ones come from this very host.
            if ((flags & (VirtioNetHeader.NeedsChecksum | VirtioNetHeader.DataValid)) != 0) packet.Checksum = ChecksumState.Verified;
            Counters.Received++;
            return packet;
        }
    }

    // A packet in several buffers: the device returns them one after another and at once (section 5.1.6.4).
    private bool TryMerge(PacketBuffer packet, int count)
    {
        if (count is < 1 or > MaximumParts)
        {
            Counters.ReceiveBadHeader++;
            packet.Release();
            return false;
        }

        PacketBuffer last = packet;
        for (int i = 1; i < count; i++)
        {
            if (!_receive.TryTake(out int head, out uint written))
            {
                Counters.MergeIncomplete++;
                packet.Release();
                return false;
            }

            PacketBuffer part = _receiveBuffers[head]!;
            _receiveBuffers[head] = null;
            part.Append((int)written);
            last.Next = part;
            last = part;
        }

        return true;
    }

    private void Refill()
    {
        if (Fault != DeviceFault.None) return;
        Span<QueueSegment> segment = stackalloc QueueSegment[1];
        while (_receive.FreeDescriptors > 0)
        {
            if (_pool.Rent(ReceiveHeadroom) is not { } buffer)
            {
                Counters.RefillFailures++;
                break;
            }

            segment[0] = new QueueSegment(buffer.BusAddress, (uint)buffer.Tailroom);
            int head = _receive.Add(segment, readable: 0);
            _receiveBuffers[head] = buffer;
        }

        if (_receive.Publish()) Notify(ReceiveQueue);
    }

    public bool CanTransmit => Fault == DeviceFault.None && _backlogCount < BacklogLimit;

    public bool TryTransmit(PacketBuffer packet)
    {
        if (Fault != DeviceFault.None) return false;
        if (packet.Headroom < _headerLength)
        {
            Counters.TransmitNoHeadroom++;
            return false;
        }

        EmitHeader(packet);
        int head = _backlogHead is null ? Add(packet) : QueueIsFull;
        if (head >= 0 || (head == QueueIsFull && TryWait(packet))) return true;
        if (head == QueueIsFull) Counters.TransmitFull++;
        else Counters.TransmitTooManyParts++;
        packet.TrimStart(_headerLength);
        return false;
    }

    // Into the device's queue, without telling it.
    [SkipLocalsInit] // of 36 segments most packets use one
    private int Add(PacketBuffer packet)
    {
        Span<QueueSegment> segments = stackalloc QueueSegment[MaximumParts];
        int count = 0;
        for (PacketBuffer? part = packet; part is not null; part = part.Next)
        {
            if (part.Length == 0) continue;
            if (count == MaximumParts) return TooManyParts;
            segments[count++] = new QueueSegment(part.BusAddress, (uint)part.Length);
        }

        if (!_transmit.CanAdd(count)) Reclaim();
        int head = _transmit.Add(segments[..count], readable: count);
        if (head < 0) return QueueIsFull;
        _transmitPackets[head] = packet;
        Counters.Transmitted++;
        return head;
    }

    private bool TryWait(PacketBuffer packet)
    {
        if (_backlogCount == BacklogLimit) return false;
        packet.Account?.Enter(packet);
        packet.QueueNext = null;
        if (_backlogHead is null) _backlogHead = packet;
        else _backlogTail!.QueueNext = packet;
        _backlogTail = packet;
        if (_backlogCount++ == 0) AskForRoom();
        Counters.TransmitWaited++;
        return true;
    }

    // Tells the device what it has, and asks to be woken when half of it is done.
    private void AskForRoom()
    {
        if (_transmit.Publish()) Notify(TransmitQueue);
        if (!_transmit.EnableInterrupts(Math.Max(1, _transmit.InFlight / 2))) _transport.Event?.Signal();
    }

    private void DrainBacklog()
    {
        Reclaim();
        while (_backlogHead is { } packet && Add(packet) >= 0)
        {
            _backlogHead = packet.QueueNext;
            packet.QueueNext = null;
            _backlogCount--;
            packet.Account?.Leave(packet);
        }

        if (_backlogHead is not null) AskForRoom();
        else _transmit.Show();
    }

    private void EmitHeader(PacketBuffer packet)
    {
        byte flags = 0, segmentation = VirtioNetHeader.SegmentationNone;
        ushort headers = 0, start = 0, offset = 0;
        if (packet.Checksum == ChecksumState.Partial)
        {
            flags = VirtioNetHeader.NeedsChecksum;
            start = (ushort)packet.TransportOffset;
            offset = packet.ChecksumFieldOffset;
            if (packet.SegmentSize != 0)
            {
                ReadOnlySpan<byte> data = packet.Data;
                segmentation = data[14] >> 4 == 4 ? VirtioNetHeader.SegmentationTcp4 : VirtioNetHeader.SegmentationTcp6;
                // All headers: up to the transport's, and TCP's own length in its data offset field.
                headers = (ushort)(start + (data[start + 12] >> 4) * 4);
            }
        }

        new VirtioNetHeader(flags, segmentation, headers, segmentation == 0 ? (ushort)0 : packet.SegmentSize, start, offset, 0).Emit(packet.Prepend(_headerLength));
    }

    public void Flush()
    {
        if (Fault != DeviceFault.None) return;
        if (_backlogHead is not null) DrainBacklog();
        else _transmit.Show();
        Reclaim();
        if (_transmit.WantsNotification()) Notify(TransmitQueue);
    }

    private void Reclaim()
    {
        while (_transmit.TryTake(out int head, out _))
        {
            PacketBuffer packet = _transmitPackets[head]!;
            _transmitPackets[head] = null;
            packet.Release();
        }

        if (_transmit.Fault != DeviceFault.None && Fault == DeviceFault.None) Fail(_transmit.Fault);
    }

    public bool TryArmInterrupt()
    {
        if (Fault != DeviceFault.None) return true;
        if (_backlogHead is not null) DrainBacklog();
        // Once more, and late (see WantsNotification).
        if (_transmit.WantsNotification()) Notify(TransmitQueue);
        if (_receive.WantsNotification()) Notify(ReceiveQueue);
        return MustBePolled || _receive.EnableInterrupts();
    }

    private void Notify(int queue)
    {
        Counters.Notifications++;
        _transport.Notify(queue);
    }

    // The device keeps the buffers that it has: after such a fault nobody knows what it still writes to.
    private void Fail(DeviceFault fault)
    {
        Fault = fault;
        Counters.Faults++;
        LinkGeneration++;
        _transport.Fail();
        while (_backlogHead is { } packet)
        {
            _backlogHead = packet.QueueNext;
            packet.QueueNext = null;
            packet.Account?.Leave(packet);
            packet.Release();
        }

        _backlogCount = 0;
        if (_reported) return;
        _reported = true;
        _log?.Invoke($"{Name} at {_transport.Location}: {DeviceException.Describe(fault)}; the device is stopped");
    }

    public void Visit(ICounterVisitor visitor) => Counters.Visit(visitor);
}
