namespace Unikernel.Net.Iface;

/// <summary>RFC 4861 section 7.3.2; used for ARP in the same way.</summary>
public enum NeighborState : byte
{
    Incomplete,
    Reachable,
    Stale,
    Delay,
    Probe,
}

/// <summary>A neighbour on the link: its address, and packets that wait for its link address.</summary>
public sealed class Neighbor
{
    public IpAddress Address { get; internal set; }
    public MacAddress HardwareAddress { get; internal set; }
    public NeighborState State { get; internal set; }
    public bool IsRouter { get; internal set; }

    internal Instant Deadline;
    internal Instant LastUsed;
    internal int Attempts;
    internal Neighbor? NextInBucket;
    internal PacketBuffer? QueueHead, QueueTail;
    internal int QueueLength;
}

/// <summary>
/// The neighbours of one interface: a hash table with a limit. When it is full the entry that was not used for the longest time
/// goes; entries with packets waiting go last. So a scan of the link's addresses costs memory for a bounded time only.
/// </summary>
public sealed class NeighborCache
{
    public const int DefaultLimit = 512;

    /// <summary>
    /// Packets that wait for one neighbour (RFC 4861 section 7.2.2 asks for at least one): as many small ones as a socket's send buffer holds, so that
    /// a burst to a neighbour that is not known yet is not lost (as Linux's unres_qlen_bytes).
    /// </summary>
    public const int QueueLimit = 320;

    /// <summary>Packets that wait for all neighbours together.</summary>
    public const int TotalQueueLimit = 512;

    /// <summary>RFC 4861 section 10.</summary>
    public static readonly TimeSpan ReachableTime = TimeSpan.FromSeconds(30), RetransmitTime = TimeSpan.FromSeconds(1), DelayFirstProbe = TimeSpan.FromSeconds(5);

    public const int MaximumSolicitations = 3;

    private readonly Neighbor?[] _buckets = new Neighbor?[128];
    private readonly IpCounters _counters;
    private Neighbor? _last;
    private int _queued;

    internal NeighborCache(IpCounters counters, int limit = DefaultLimit) => (_counters, Limit) = (counters, limit);

    public int Limit { get; }
    public int Count { get; private set; }

    /// <summary>The earliest deadline of any entry, or earlier.</summary>
    internal Instant NextDeadline { get; set; } = Instant.Never;

    private ref Neighbor? Bucket(IpAddress address) => ref _buckets[address.GetHashCode() & _buckets.Length - 1];

    public Neighbor? Find(IpAddress address)
    {
        if (_last is { } last && last.Address == address) return last;
        for (Neighbor? entry = Bucket(address); entry is not null; entry = entry.NextInBucket)
        {
            if (entry.Address == address) return _last = entry;
        }

        return null;
    }

    /// <summary>A new entry; makes room by evicting.</summary>
    internal Neighbor Create(IpAddress address, Instant now)
    {
        if (Count >= Limit) EvictOne();
        var entry = new Neighbor { Address = address, LastUsed = now };
        ref Neighbor? bucket = ref Bucket(address);
        entry.NextInBucket = bucket;
        bucket = entry;
        Count++;
        _counters.NeighborsCreated++;
        return entry;
    }

    internal void SetDeadline(Neighbor entry, Instant deadline)
    {
        entry.Deadline = deadline;
        NextDeadline = Instant.Min(NextDeadline, deadline);
    }

    internal void Remove(Neighbor entry)
    {
        ref Neighbor? link = ref Bucket(entry.Address);
        while (link is not null && link != entry) link = ref link.NextInBucket;
        if (link is null) return;
        link = entry.NextInBucket;
        entry.NextInBucket = null;
        if (_last == entry) _last = null;
        Count--;
        DropQueue(entry);
    }

    internal void Enqueue(Neighbor entry, PacketBuffer packet)
    {
        if (_queued >= TotalQueueLimit && entry.QueueLength == 0)
        {
            packet.Release();
            _counters.NeighborQueueDrops++;
            return;
        }

        if (entry.QueueLength == QueueLimit || _queued >= TotalQueueLimit)
        {
            // The oldest goes: the newest is the likeliest to be still wanted (RFC 4861 section 7.2.2).
            Dequeue(entry)!.Release();
            _counters.NeighborQueueDrops++;
        }

        packet.Account?.Enter(packet);
        packet.QueueNext = null;
        if (entry.QueueTail is { } tail)
            tail.QueueNext = packet;
        else
            entry.QueueHead = packet;
        entry.QueueTail = packet;
        entry.QueueLength++;
        _queued++;
    }

    internal PacketBuffer? Dequeue(Neighbor entry)
    {
        if (entry.QueueHead is not { } packet) return null;
        entry.QueueHead = packet.QueueNext;
        if (entry.QueueHead is null) entry.QueueTail = null;
        entry.QueueLength--;
        _queued--;
        packet.QueueNext = null;
        packet.Account?.Leave(packet);
        return packet;
    }

    internal void DropQueue(Neighbor entry)
    {
        while (Dequeue(entry) is { } packet)
        {
            packet.Release();
            _counters.NeighborQueueDrops++;
        }
    }

    internal void Clear()
    {
        for (int i = 0; i < _buckets.Length; i++)
        {
            while (_buckets[i] is { } entry) Remove(entry);
        }

        NextDeadline = Instant.Never;
    }

    /// <summary>All entries, for printing and for timers. The table must not change meanwhile, except by removing the current one.</summary>
    internal void CopyTo(List<Neighbor> list)
    {
        foreach (Neighbor? bucket in _buckets)
        {
            for (Neighbor? entry = bucket; entry is not null; entry = entry.NextInBucket) list.Add(entry);
        }
    }

    /// <summary>All entries, for printing.</summary>
    public List<Neighbor> List()
    {
        var list = new List<Neighbor>();
        CopyTo(list);
        return list;
    }

    private void EvictOne()
    {
        Neighbor? victim = null;
        foreach (Neighbor? bucket in _buckets)
        {
            for (Neighbor? entry = bucket; entry is not null; entry = entry.NextInBucket)
            {
                if (victim is null || Rank(entry) < Rank(victim) || (Rank(entry) == Rank(victim) && entry.LastUsed < victim.LastUsed)) victim = entry;
            }
        }

        if (victim is null) return;
        Remove(victim);
        _counters.NeighborsEvicted++;
    }

    // What is lost least: unused knowledge, then questions without waiting packets, then routers and waiting packets.
    private static int Rank(Neighbor entry) => entry.IsRouter || entry.QueueLength > 0 ? 2 : entry.State == NeighborState.Stale ? 0 : 1;
}
