using System.Runtime.InteropServices;

namespace Unikernel.Net;

/// <summary>Where the memory of packet buffers comes from: in the guest pages that a device can reach.</summary>
public interface IPacketMemory
{
    /// <summary>Gets memory that never moves and is never given back, and its address as devices see it. False: there is none.</summary>
    bool TryAllocate(int bytes, out nint address, out ulong busAddress);
}

/// <summary>Packet memory on the host and for a guest without a device: pinned managed arrays; the bus address is the address.</summary>
public sealed class ManagedPacketMemory : IPacketMemory
{
    private readonly List<byte[]> _keep = [];

    public unsafe bool TryAllocate(int bytes, out nint address, out ulong busAddress)
    {
        byte[] slab = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
        _keep.Add(slab);
        address = (nint)Marshal.UnsafeAddrOfPinnedArrayElement(slab, 0);
        busAddress = (ulong)address;
        return true;
    }
}

/// <summary>
/// A pool of packet buffers of one size. It grows by slabs up to its limit and then says no: memory for packets has a bound, and
/// reaching it is counted. Under the stack's lock.
/// </summary>
public sealed class PacketPool
{
    /// <summary>Fits a 1,500-byte MTU with all headers, and 16 of them a 32 KB slab.</summary>
    public const int DefaultBufferSize = 2048;

    /// <summary>virtio-net header (12) + Ethernet (14) + IPv6 (40) + TCP with options (60), rounded up.</summary>
    public const int DefaultHeadroom = 128;

    private const int BuffersPerSlab = 16;
    private readonly IPacketMemory _memory;
    private PacketBuffer? _free;
    private PacketBuffer? _freeSlices;

    public PacketPool(IPacketMemory memory, int maximumBuffers = 4096, int bufferSize = DefaultBufferSize)
    {
        _memory = memory;
        MaximumBuffers = maximumBuffers;
        BufferSize = bufferSize;
    }

    public int BufferSize { get; }
    public int MaximumBuffers { get; set; }

    /// <summary>Buffers that exist.</summary>
    public int TotalBuffers { get; private set; }

    /// <summary>Buffers that someone holds; a test that ends with more than 0 has found a leak.</summary>
    public int Outstanding { get; private set; }

    /// <summary>Slices that someone holds.</summary>
    public int OutstandingSlices { get; private set; }

    /// <summary>How often <see cref="Rent"/> had none to give.</summary>
    public long Exhausted { get; private set; }

    /// <summary>Bytes of payload that one fresh buffer holds behind the default headroom.</summary>
    public int PayloadSize => BufferSize - DefaultHeadroom;

    /// <summary>An empty buffer with so much room in front; null: the limit is reached.</summary>
    public PacketBuffer? Rent(int headroom = DefaultHeadroom)
    {
        PacketBuffer? buffer = _free;
        if (buffer is null && (!TryGrow() || (buffer = _free) is null))
        {
            Exhausted++;
            return null;
        }

        _free = buffer.NextFree;
        buffer.NextFree = null;
        Outstanding++;
        buffer.Begin(headroom);
        return buffer;
    }

    /// <summary>
    /// A chain of buffers with room for <paramref name="payload"/> bytes, the first with headroom; all are empty. Null: the limit.
    /// </summary>
    public PacketBuffer? RentChain(int payload, int headroom = DefaultHeadroom)
    {
        PacketBuffer? first = Rent(headroom);
        PacketBuffer? last = first;
        for (int room = BufferSize - headroom; last is not null && room < payload; room += BufferSize)
        {
            PacketBuffer? next = Rent(0);
            if (next is null)
            {
                first!.Release();
                return null;
            }

            last.Next = next;
            last = next;
        }

        return first;
    }

    /// <summary>
    /// A packet part that is a piece of another's bytes without a copy; it keeps the other alive. Slices are descriptors only and
    /// do not count against the pool's memory.
    /// </summary>
    public PacketBuffer RentSlice(PacketBuffer owner, int offset, int length)
    {
        PacketBuffer? slice = _freeSlices;
        if (slice is null)
            slice = new PacketBuffer(this);
        else
            _freeSlices = slice.NextFree;
        slice.NextFree = null;
        OutstandingSlices++;
        slice.BeginSlice(owner, offset, length);
        return slice;
    }

    internal void Return(PacketBuffer buffer, bool slice)
    {
        if (slice)
        {
            buffer.NextFree = _freeSlices;
            _freeSlices = buffer;
            OutstandingSlices--;
        }
        else
        {
            buffer.NextFree = _free;
            _free = buffer;
            Outstanding--;
        }
    }

    private unsafe bool TryGrow()
    {
        int count = Math.Min(BuffersPerSlab, MaximumBuffers - TotalBuffers);
        if (count <= 0 || !_memory.TryAllocate(count * BufferSize, out nint address, out ulong bus)) return false;
        for (int i = count - 1; i >= 0; i--)
        {
            var buffer = new PacketBuffer(this) { NextFree = _free };
            buffer.Attach((byte*)address + i * BufferSize, bus + (ulong)(i * BufferSize), BufferSize);
            _free = buffer;
        }

        TotalBuffers += count;
        return true;
    }
}
