using Unikernel.Net.Wire;

namespace Unikernel.Net.Storage;

/// <summary>
/// Received text that is ahead of the sequence: packets sorted by sequence number, without overlap, waiting for the hole before
/// them to fill. Under the stack's lock.
/// </summary>
public struct OutOfOrderQueue
{
    /// <summary>Packets of one connection held at most: bounds both memory and the time to find a place.</summary>
    public const int MaximumPackets = 512;

    private PacketBuffer? _head;
    private PacketBuffer? _tail;

    public readonly bool IsEmpty => _head is null;

    public int PacketCount { get; private set; }

    /// <summary>Bytes in the queue.</summary>
    public int Length { get; private set; }

    /// <summary>The sequence number behind the last byte; only if not empty.</summary>
    public readonly uint End => _tail!.Sequence + (uint)_tail.TotalLength;

    /// <summary>
    /// Takes over a packet whose text begins at <paramref name="sequence"/>; what is here already is cut from it. Returns the bytes
    /// that were new (0: a duplicate, released), or -1: the limit is reached, released.
    /// </summary>
    public int Insert(uint sequence, PacketBuffer packet)
    {
        int length = packet.TotalLength;
        if (_tail is { } tail && TcpSequence.LessOrEqual(End, sequence)) // the common case: behind everything
            return LinkAfter(tail, sequence, packet, length);

        // Find the last packet that begins at or before this one.
        PacketBuffer? before = null;
        for (PacketBuffer? p = _head; p is not null && TcpSequence.LessOrEqual(p.Sequence, sequence); p = p.QueueNext) before = p;
        if (before is not null)
        {
            int overlap = (int)(before.Sequence + (uint)before.TotalLength - sequence);
            if (overlap >= length)
            {
                packet.Release();
                return 0;
            }

            if (overlap > 0)
            {
                packet.TrimStartTotal(overlap);
                sequence += (uint)overlap;
                length -= overlap;
            }
        }

        // Those that follow and are wholly covered go; one that is partly covered cuts the new packet's end.
        PacketBuffer? after = before is null ? _head : before.QueueNext;
        int replaced = 0;
        while (after is not null && TcpSequence.Less(after.Sequence, sequence + (uint)length))
        {
            int afterLength = after.TotalLength;
            if (TcpSequence.Less(sequence + (uint)length, after.Sequence + (uint)afterLength))
            {
                int keep = (int)(after.Sequence - sequence);
                if (keep == 0)
                {
                    packet.Release();
                    return 0;
                }

                packet.TruncateTotal(keep);
                length = keep;
                break;
            }

            PacketBuffer covered = after;
            after = covered.QueueNext;
            if (before is null) _head = after;
            else before.QueueNext = after;
            if (after is null) _tail = before;
            covered.QueueNext = null;
            covered.Release();
            PacketCount--;
            Length -= afterLength;
            replaced += afterLength;
        }

        int added = LinkAfter(before, sequence, packet, length);
        return added < 0 ? added : added - replaced;
    }

    private int LinkAfter(PacketBuffer? before, uint sequence, PacketBuffer packet, int length)
    {
        // A small packet that continues the one before is copied into its room: a peer that sends single bytes gets no more
        // than its bytes' memory.
        if (before is { Next: null, IsShared: false } && packet.Next is null && before.Sequence + (uint)before.Length == sequence && before.Tailroom >= length)
        {
            packet.Data.CopyTo(before.Append(length));
            packet.Release();
            Length += length;
            return length;
        }

        if (PacketCount >= MaximumPackets)
        {
            packet.Release();
            return -1;
        }

        packet.Sequence = sequence;
        if (before is null)
        {
            packet.QueueNext = _head;
            _head = packet;
        }
        else
        {
            packet.QueueNext = before.QueueNext;
            before.QueueNext = packet;
        }

        if (packet.QueueNext is null) _tail = packet;
        PacketCount++;
        Length += length;
        return length;
    }

    /// <summary>
    /// Takes the first packet if it reaches beyond <paramref name="next"/> without a hole; what lies before is cut off or, wholly,
    /// dropped. Null: there is a hole, or nothing.
    /// </summary>
    public PacketBuffer? TakeContiguous(uint next)
    {
        while (_head is { } head && TcpSequence.LessOrEqual(head.Sequence, next))
        {
            int length = head.TotalLength;
            _head = head.QueueNext;
            head.QueueNext = null;
            if (_head is null) _tail = null;
            PacketCount--;
            Length -= length;
            int old = (int)(next - head.Sequence);
            if (old < length)
            {
                if (old > 0) head.TrimStartTotal(old);
                return head;
            }

            head.Release();
        }

        return null;
    }

    public void Clear()
    {
        while (_head is { } head)
        {
            _head = head.QueueNext;
            head.QueueNext = null;
            head.Release();
        }

        _tail = null;
        PacketCount = Length = 0;
    }
}
