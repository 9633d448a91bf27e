using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Unikernel.Net;

/// <summary>What is known about the transport checksum of a packet.</summary>
public enum ChecksumState : byte
{
    /// <summary>In: not checked, the receiver must. Out: the field is final.</summary>
    None,

    /// <summary>In: the device or the loopback vouches for it.</summary>
    Verified,

    /// <summary>Out: the field at <see cref="PacketBuffer.ChecksumFieldOffset"/> holds the pseudo-header's sum; the device completes it.</summary>
    Partial,
}

/// <summary>
/// The bytes of one packet, or of a part of it, in memory that a device can read and write. Comes from a <see cref="PacketPool"/>
/// with headroom, so that each layer puts its header in front without a copy.
/// <para>A packet that is larger than one buffer is a chain by <see cref="Next"/>: all headers are contiguous in the first part.</para>
/// <para>Ownership: who holds a packet calls <see cref="Release"/> once or hands it on. <see cref="AddReference"/> keeps the memory
/// for one more holder (a retransmission queue, a second socket); holders of a shared buffer do not change its bytes.</para>
/// Not thread-safe: all of it happens under the stack's lock.
/// </summary>
public sealed unsafe class PacketBuffer
{
    private readonly PacketPool _pool;
    private byte* _memory;
    private ulong _bus;
    private int _capacity;
    private int _start;
    private int _length;
    private int _references;
    private PacketBuffer? _owner;
    private int _checksumStart;

    /// <summary>The free list of the pool, apart from <see cref="Next"/> so that a use after release is seen in DEBUG.</summary>
    internal PacketBuffer? NextFree;

    internal PacketBuffer(PacketPool pool) => _pool = pool;

    /// <summary>The next part of the same packet.</summary>
    public PacketBuffer? Next { get; set; }

    /// <summary>Link for whoever owns the packet: a queue of packets needs no nodes.</summary>
    public PacketBuffer? QueueNext { get; set; }

    /// <summary>Where the packet's text begins in its stream: for queues that sort by it.</summary>
    public uint Sequence { get; set; }

    public ChecksumState Checksum { get; set; }

    /// <summary>Bytes from the transport header to its checksum field; set by <see cref="RequestChecksum"/>.</summary>
    public ushort ChecksumFieldOffset { get; private set; }

    /// <summary>Not 0: this is a TCP segment larger than the path's, to be cut into pieces of so many payload bytes (TSO).</summary>
    public ushort SegmentSize { get; set; }

    /// <summary>The interface that received it, or 0.</summary>
    public int InterfaceIndex { get; set; }

    /// <summary>A received packet's IPv4 header, still in front of <see cref="Data"/>: raw sockets show it.</summary>
    public byte IpHeaderLength { get; set; }

    /// <summary>Of the socket that sends it, to be told when it waits; null: nobody's.</summary>
    public PacketAccount? Account { get; set; }

    /// <summary>
    /// What Linux charges a socket for (skb->truesize): struct sk_buff and skb_shared_info, and the bytes with headers in cache lines. A program that gave
    /// its socket room for so many datagrams there has it for as many here; the memory itself is bounded by the pool.
    /// </summary>
    public int Charge
    {
        get
        {
            const int Overhead = 576, HeaderRoom = 64;
            int total = 0;
            for (PacketBuffer? part = this; part is not null; part = part.Next) total += Math.Min(part._capacity, Overhead + ((part._length + HeaderRoom + 63) & ~63));
            return total;
        }
    }

    /// <summary>Where this fragment's payload stands in its packet, while it waits for the others.</summary>
    internal int FragmentOffset { get; set; }

    /// <summary>Bytes of the whole buffer.</summary>
    public int Capacity => _capacity;

    public int Length => _length;
    public int Headroom => _start;
    public int Tailroom => _capacity - _start - _length;

    /// <summary>This part's bytes.</summary>
    public Span<byte> Data => new(_memory + _start, _length);

    /// <summary>Address of <see cref="Data"/> as the device sees it.</summary>
    public ulong BusAddress => _bus + (uint)_start;

    /// <summary>Where the transport header begins, counted from <see cref="Data"/>.</summary>
    public int TransportOffset => _checksumStart - _start;

    public bool IsShared => _references > 1 || _owner is not null;

    /// <summary>Bytes of the packet: this part and all that follow.</summary>
    public int TotalLength => Next is null ? _length : TotalOfChain();

    private int TotalOfChain()
    {
        int total = _length;
        for (PacketBuffer? part = Next; part is not null; part = part.Next) total += part._length;
        return total;
    }

    internal void Attach(byte* memory, ulong bus, int capacity)
    {
        _memory = memory;
        _bus = bus;
        _capacity = capacity;
    }

    internal void Begin(int headroom)
    {
        Debug.Assert(_references == 0, "a packet buffer was handed out twice");
        _references = 1;
        _start = headroom;
        _length = 0;
        Next = null;
        QueueNext = null;
        Checksum = ChecksumState.None;
        ChecksumFieldOffset = 0;
        SegmentSize = 0;
        InterfaceIndex = 0;
        Account = null;
    }

    internal void BeginSlice(PacketBuffer owner, int offset, int length)
    {
        if ((uint)offset > (uint)owner._length || (uint)length > (uint)(owner._length - offset)) ThrowRange("slice", length);
        owner = owner._owner is { } root ? Reroot(owner, root, ref offset) : owner;
        Attach(owner._memory, owner._bus, owner._start + offset + length);
        Begin(owner._start + offset);
        _length = length;
        _owner = owner;
        owner._references++;
    }

    // A slice of a slice belongs to the buffer that has the memory; offsets are counted from its start.
    private static PacketBuffer Reroot(PacketBuffer slice, PacketBuffer root, ref int offset)
    {
        offset += slice._start - root._start;
        return root;
    }

    /// <summary>Empties the buffer and leaves so much room in front.</summary>
    public void Reset(int headroom)
    {
        if ((uint)headroom > (uint)_capacity) ThrowRange(nameof(Reset), headroom);
        _start = headroom;
        _length = 0;
    }

    /// <summary>Grows at the front; the new bytes are returned and not cleared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Prepend(int count)
    {
        if ((uint)count > (uint)_start) ThrowRange(nameof(Prepend), count);
        _start -= count;
        _length += count;
        return new(_memory + _start, count);
    }

    /// <summary>Grows at the end; the new bytes are returned and not cleared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Append(int count)
    {
        if ((uint)count > (uint)Tailroom) ThrowRange(nameof(Append), count);
        _length += count;
        return new(_memory + _start + _length - count, count);
    }

    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Append(bytes.Length));

    /// <summary>Takes bytes off the front of this part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TrimStart(int count)
    {
        if ((uint)count > (uint)_length) ThrowRange(nameof(TrimStart), count);
        _start += count;
        _length -= count;
    }

    /// <summary>Cuts the whole packet to so many bytes; parts that become empty are released.</summary>
    public void TruncateTotal(int length)
    {
        if (Next is null)
        {
            if (length < _length) _length = length;
            return;
        }

        PacketBuffer part = this;
        while (length > part._length)
        {
            length -= part._length;
            if (part.Next is null) return;
            part = part.Next;
        }

        part._length = length;
        PacketBuffer? rest = part.Next;
        part.Next = null;
        rest?.Release();
    }

    /// <summary>Takes bytes off the front of the whole packet. The first part stays, perhaps empty.</summary>
    public void TrimStartTotal(int count)
    {
        for (PacketBuffer? part = this; part is not null && count > 0; part = part.Next)
        {
            int here = Math.Min(count, part._length);
            part.TrimStart(here);
            count -= here;
        }

        if (count > 0) ThrowRange(nameof(TrimStartTotal), count);
    }

    /// <summary>Copies bytes of the whole packet from <paramref name="offset"/> on; returns how many.</summary>
    public int CopyTo(int offset, Span<byte> destination)
    {
        int copied = 0;
        for (PacketBuffer? part = this; part is not null && copied < destination.Length; part = part.Next)
        {
            ReadOnlySpan<byte> data = part.Data;
            if (offset >= data.Length)
            {
                offset -= data.Length;
                continue;
            }

            data = data[offset..];
            offset = 0;
            if (data.Length > destination.Length - copied) data = data[..(destination.Length - copied)];
            data.CopyTo(destination[copied..]);
            copied += data.Length;
        }

        return copied;
    }

    /// <summary>
    /// Says that the transport header begins at <see cref="Data"/> and that its checksum field, so many bytes further, is to be
    /// filled by the IP layer: by the device where it can, else in software.
    /// </summary>
    public void RequestChecksum(int fieldOffset)
    {
        Checksum = ChecksumState.Partial;
        ChecksumFieldOffset = (ushort)fieldOffset;
        _checksumStart = _start;
    }

    /// <summary>One more holder; each calls <see cref="Release"/>.</summary>
    public void AddReference() => _references++;

    /// <summary>Gives up this packet: this part and all that follow.</summary>
    public void Release()
    {
        Debug.Assert(_references > 0, "a packet buffer was released twice");
        if (_references == 1 && Next is null && _owner is null)
        {
            _references = 0;
            _pool.Return(this, slice: false);
            return;
        }

        PacketBuffer? part = this;
        while (part is not null)
        {
            Debug.Assert(part._references > 0, "a packet buffer was released twice");
            if (--part._references > 0) return; // the rest of the chain belongs to the packet that is still held
            PacketBuffer? next = part.Next;
            part.Next = null;
            PacketBuffer? owner = part._owner;
            part._owner = null;
            part._pool.Return(part, slice: owner is not null);
            owner?.Release();
            part = next;
        }
    }

    [DoesNotReturn]
    private static void ThrowRange(string operation, int count) =>
        throw new InvalidOperationException($"PacketBuffer.{operation}({count}) does not fit: the layer below reserved too little room.");
}
