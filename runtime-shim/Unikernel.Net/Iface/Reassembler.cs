namespace Unikernel.Net.Iface;

/// <summary>
/// Puts fragments together again, for IPv4 (RFC 791, RFC 815's idea) and IPv6 (RFC 8200 section 4.5). What is held has limits in
/// number, bytes and time. Fragments that overlap discard the whole packet (RFC 5722; for IPv4 too, since the only known use of
/// overlap is to fool filters); exact duplicates are ignored. The payloads are chained, not copied.
/// </summary>
public sealed class Reassembler
{
    /// <summary>Packets in work at the same time.</summary>
    public const int MaximumPackets = 64;

    /// <summary>Bytes of buffers in work at the same time, counted as the memory that they hold and not as their payload.</summary>
    public const int MaximumMemory = 512 * 1024;

    /// <summary>Fragments of one packet: 64 KB in pieces of 576-byte links, and some.</summary>
    public const int MaximumFragments = 128;

    /// <summary>RFC 8200: 60 seconds; for IPv4 Linux's 30 (RFC 1122 section 3.3.2 wants 60 to 120, which helps only attackers).</summary>
    public static readonly TimeSpan Timeout4 = TimeSpan.FromSeconds(30), Timeout6 = TimeSpan.FromSeconds(60);

    private const int MaximumPayload = 65535;

    private sealed class Pending
    {
        public IpAddress Source, Destination;
        public uint Identification;
        public IpProtocol Protocol;
        public int InterfaceIndex;
        public Instant Deadline;
        public int TotalLength; // 0: the last fragment is not here yet
        public int Received, Fragments, Memory;
        public PacketBuffer? Head; // ordered by offset, linked by QueueNext
        public bool InUse;
        public byte TrafficClass;
        public bool IsDiscarding; // an overlap was found: swallow the rest until the timeout
    }

    private readonly Pending[] _pending = new Pending[MaximumPackets];
    private readonly IpCounters _counters;
    private int _memory;
    private int _inUse;

    internal Reassembler(IpCounters counters)
    {
        _counters = counters;
        for (int i = 0; i < _pending.Length; i++) _pending[i] = new Pending();
    }

    public int InUse => _inUse;
    public int MemoryInUse => _memory;
    public Instant NextDeadline { get; private set; } = Instant.Never;

    /// <summary>
    /// Takes a fragment, <see cref="PacketBuffer.Data"/> at its payload. Returns the whole payload when this was the missing piece.
    /// </summary>
    /// <param name="ip">Addresses and protocol of the fragment.</param>
    /// <param name="offset">Of the payload in the packet.</param>
    /// <param name="protocol">Of the whole packet: from the first fragment.</param>
    public PacketBuffer? Add(Instant now, in IpPacketInfo ip, uint identification, int offset, bool more, PacketBuffer packet, out IpProtocol protocol, out byte trafficClass)
    {
        _counters.FragmentsReceived++;
        protocol = ip.Protocol;
        trafficClass = ip.TrafficClass;
        int length = packet.TotalLength;
        // All but the last are multiples of 8 and not empty; none reaches beyond 64 KB (the "ping of death").
        if (offset + length > MaximumPayload || length == 0 || (more && (length & 7) != 0))
        {
            _counters.ReassemblyBadFragment++;
            packet.Release();
            return null;
        }

        if (Find(ip, identification) is not { } pending)
        {
            pending = Allocate(now);
            pending.Source = ip.Source;
            pending.Destination = ip.Destination;
            pending.Identification = identification;
            pending.Protocol = ip.Protocol;
            pending.InterfaceIndex = ip.InterfaceIndex;
            pending.TrafficClass = ip.TrafficClass;
            pending.Deadline = now + (ip.Source.IsV4 ? Timeout4 : Timeout6);
            NextDeadline = Instant.Min(NextDeadline, pending.Deadline);
        }

        if (pending.IsDiscarding)
        {
            _counters.ReassemblyOverlaps++;
            packet.Release();
            return null;
        }

        int memory = Memory(packet);
        if (_memory + memory > MaximumMemory || pending.Fragments == MaximumFragments)
        {
            _counters.ReassemblyLimitDrops++;
            packet.Release();
            Free(pending);
            return null;
        }

        int end = offset + length;
        if ((!more && pending.TotalLength != 0 && pending.TotalLength != end) || (!more && LastEnd(pending) > end) || (pending.TotalLength != 0 && end > pending.TotalLength))
        {
            Discard(pending, packet);
            return null;
        }

        if (!Insert(pending, packet, offset, length)) return null;
        if (!more) pending.TotalLength = end;
        if (offset == 0)
        {
            pending.Protocol = ip.Protocol;
            pending.TrafficClass = ip.TrafficClass;
        }

        pending.Received += length;
        pending.Fragments++;
        pending.Memory += memory;
        _memory += memory;
        if (pending.TotalLength == 0 || pending.Received != pending.TotalLength) return null;
        protocol = pending.Protocol;
        trafficClass = pending.TrafficClass;
        _counters.ReassembledPackets++;
        return Join(pending);
    }

    /// <summary>Frees what waited too long. The first fragment, if there, would merit an ICMP time exceeded; hosts rarely send it and neither do we.</summary>
    public void Poll(Instant now)
    {
        if (now < NextDeadline) return;
        NextDeadline = Instant.Never;
        foreach (Pending pending in _pending)
        {
            if (!pending.InUse) continue;
            if (pending.Deadline <= now)
            {
                _counters.ReassemblyTimeouts++;
                Free(pending);
            }
            else
            {
                NextDeadline = Instant.Min(NextDeadline, pending.Deadline);
            }
        }
    }

    internal void Clear()
    {
        foreach (Pending pending in _pending)
        {
            if (pending.InUse) Free(pending);
        }
    }

    private Pending? Find(in IpPacketInfo ip, uint identification)
    {
        if (_inUse == 0) return null;
        foreach (Pending pending in _pending)
        {
            // IPv4 tells packets apart by protocol too (RFC 791); IPv6 does not, and only the first fragment's counts (RFC 8200).
            if (pending.InUse && pending.Identification == identification && pending.Source == ip.Source && pending.Destination == ip.Destination &&
                pending.InterfaceIndex == ip.InterfaceIndex && (!ip.Source.IsV4 || pending.Protocol == ip.Protocol))
                return pending;
        }

        return null;
    }

    private Pending Allocate(Instant now)
    {
        Pending? oldest = null;
        foreach (Pending pending in _pending)
        {
            if (!pending.InUse)
            {
                pending.InUse = true;
                _inUse++;
                return pending;
            }

            if (oldest is null || pending.Deadline < oldest.Deadline) oldest = pending;
        }

        _counters.ReassemblyLimitDrops++;
        Free(oldest!);
        oldest!.InUse = true;
        _inUse++;
        return oldest;
    }

    // Into the list ordered by offset. Few fragments, so a linear search; their number is limited.
    private bool Insert(Pending pending, PacketBuffer packet, int offset, int length)
    {
        PacketBuffer? previous = null;
        PacketBuffer? next = pending.Head;
        while (next is not null && next.FragmentOffset < offset)
        {
            previous = next;
            next = next.QueueNext;
        }

        if (next is not null && next.FragmentOffset == offset && next.TotalLength == length)
        {
            _counters.ReassemblyDuplicates++;
            packet.Release();
            return false;
        }

        if ((previous is not null && previous.FragmentOffset + previous.TotalLength > offset) || (next is not null && offset + length > next.FragmentOffset))
        {
            Discard(pending, packet);
            return false;
        }

        packet.FragmentOffset = offset;
        packet.QueueNext = next;
        if (previous is null)
            pending.Head = packet;
        else
            previous.QueueNext = packet;
        return true;
    }

    private static int LastEnd(Pending pending)
    {
        PacketBuffer? last = pending.Head;
        while (last?.QueueNext is { } next) last = next;
        return last is null ? 0 : last.FragmentOffset + last.TotalLength;
    }

    private void Discard(Pending pending, PacketBuffer packet)
    {
        _counters.ReassemblyOverlaps++;
        packet.Release();
        ReleaseParts(pending);
        pending.IsDiscarding = true;
    }

    private PacketBuffer Join(Pending pending)
    {
        PacketBuffer first = pending.Head!;
        PacketBuffer last = first;
        for (PacketBuffer? part = first; part is not null;)
        {
            PacketBuffer? following = part.QueueNext;
            part.QueueNext = null;
            if (part != first) last.Next = part;
            last = part;
            while (last.Next is not null) last = last.Next;
            part = following;
        }

        // A device's verdict was about one fragment, not about the transport checksum of the whole.
        first.Checksum = ChecksumState.None;
        pending.Head = null;
        Free(pending);
        return first;
    }

    private void ReleaseParts(Pending pending)
    {
        while (pending.Head is { } part)
        {
            pending.Head = part.QueueNext;
            part.QueueNext = null;
            part.Release();
        }

        _memory -= pending.Memory;
        pending.Memory = 0;
    }

    private void Free(Pending pending)
    {
        ReleaseParts(pending);
        pending.InUse = false;
        pending.IsDiscarding = false;
        pending.TotalLength = pending.Received = pending.Fragments = 0;
        _inUse--;
    }

    private static int Memory(PacketBuffer packet)
    {
        int total = 0;
        for (PacketBuffer? part = packet; part is not null; part = part.Next) total += part.Capacity;
        return total;
    }
}
