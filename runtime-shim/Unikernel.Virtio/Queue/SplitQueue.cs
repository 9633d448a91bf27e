using System.Runtime.CompilerServices;
using Unikernel.Virtio.Hal;

namespace Unikernel.Virtio.Queue;

/// <summary>A piece of memory for the device: its bus address and length.</summary>
public readonly record struct QueueSegment(ulong Address, uint Length);

/// <summary>
/// A split virtqueue (virtio 1.2 section 2.7), the driver's side. Everything that the device writes is checked before it is
/// used; the first lie sets <see cref="Fault"/> and the queue is not touched again.
/// <para>The driver never reads a descriptor back: what it needs to know is in its own arrays, which the device can not reach.</para>
/// </summary>
public sealed unsafe class SplitQueue
{
    private const ushort DescriptorNext = 1, DescriptorWrite = 2, DescriptorIndirect = 4;
    private const ushort AvailableNoInterrupt = 1, UsedNoNotify = 1;

    /// <summary>Layout of struct virtq_desc.</summary>
    private struct Descriptor
    {
        public ulong Address;
        public uint Length;
        public ushort Flags;
        public ushort Next;
    }

    private readonly Descriptor* _descriptors;
    private readonly ushort* _available; // flags, idx, ring[size], used_event
    private readonly ushort* _used; // flags, idx, ring[size] of (u32 id, u32 len), avail_event
    private readonly Descriptor* _indirect;
    private readonly ulong _indirectBus;
    private readonly ushort _mask;
    private readonly bool _eventIndex;
    private readonly int _indirectLimit;

    // Owned by the driver alone.
    private readonly ushort[] _next; // free list and chains
    private readonly ushort[] _chainLength; // of a head in flight; 0: not in flight
    private readonly uint[] _writable; // bytes that the device may write, by head
    private ushort _freeHead;
    private ushort _availableIndex, _shownIndex, _notifiedIndex, _usedIndex;

    /// <param name="machine">Where memory comes from.</param>
    /// <param name="size">A power of two, at most 32768.</param>
    /// <param name="eventIndex">VIRTIO_F_EVENT_IDX was negotiated.</param>
    /// <param name="indirectLimit">Descriptors in one indirect table; 0: VIRTIO_F_INDIRECT_DESC was not negotiated or is not wanted.</param>
    /// <exception cref="DeviceException">No memory.</exception>
    public SplitQueue(IMachine machine, int size, bool eventIndex, int indirectLimit)
    {
        if (size is < 1 or > 32768 || (size & (size - 1)) != 0) throw new DeviceException("virtqueue", DeviceFault.BadQueueSize, $"size {size}");
        Size = size;
        _mask = (ushort)(size - 1);
        _eventIndex = eventIndex;
        _indirectLimit = indirectLimit;
        // The legacy layout (section 2.7.2) is right for both interfaces: one block, the used ring on a page of its own.
        int usedOffset = AlignUp(16 * size + 6 + 2 * size, 4096);
        int total = usedOffset + AlignUp(6 + 8 * size, 4096);
        if (!machine.TryAllocate(total, out nint memory, out ulong bus)) throw new DeviceException("virtqueue", DeviceFault.NoMemory, $"{total} bytes");
        new Span<byte>((void*)memory, total).Clear();
        _descriptors = (Descriptor*)memory;
        _available = (ushort*)(memory + 16 * size);
        _used = (ushort*)(memory + usedOffset);
        DescriptorBus = bus;
        AvailableBus = bus + (ulong)(16 * size);
        UsedBus = bus + (ulong)usedOffset;
        if (indirectLimit > 0)
        {
            int bytes = size * indirectLimit * sizeof(Descriptor);
            if (!machine.TryAllocate(bytes, out nint tables, out _indirectBus)) throw new DeviceException("virtqueue", DeviceFault.NoMemory, $"{bytes} bytes");
            _indirect = (Descriptor*)tables;
        }

        _next = new ushort[size];
        _chainLength = new ushort[size];
        _writable = new uint[size];
        for (int i = 0; i < size; i++) _next[i] = (ushort)(i + 1);
        FreeDescriptors = size;
    }

    public int Size { get; }
    public ulong DescriptorBus { get; }
    public ulong AvailableBus { get; }
    public ulong UsedBus { get; }
    public int FreeDescriptors { get; private set; }
    public int InFlight { get; private set; }
    public DeviceFault Fault { get; private set; }

    /// <summary>Is there something to take?</summary>
    public bool HasUsed => Volatile.Read(ref _used[1]) != _usedIndex;

    /// <summary>How many segments can be added now.</summary>
    public bool CanAdd(int segments) => Fault == DeviceFault.None && FreeDescriptors >= (segments > 1 && segments <= _indirectLimit ? 1 : segments);

    /// <summary>
    /// Makes a chain available: the first <paramref name="readable"/> segments for the device to read, the rest to write.
    /// Returns its head, which comes back from <see cref="TryTake"/>; -1: no room. The device learns of it at <see cref="Publish"/>.
    /// </summary>
    public int Add(ReadOnlySpan<QueueSegment> segments, int readable)
    {
        int count = segments.Length;
        if (count == 0 || !CanAdd(count)) return -1;
        if (count == 1) return AddOne(segments[0], writes: readable == 0);
        ushort head = _freeHead;
        uint writable = 0;
        for (int i = readable; i < count; i++) writable += segments[i].Length;
        if (count > 1 && count <= _indirectLimit)
        {
            Descriptor* table = _indirect + head * _indirectLimit;
            for (int i = 0; i < count; i++) Write(table + i, segments[i], i >= readable, i + 1 < count, (ushort)(i + 1));
            _descriptors[head] = new Descriptor
            {
                Address = _indirectBus + (ulong)(head * _indirectLimit * sizeof(Descriptor)),
                Length = (uint)(count * sizeof(Descriptor)),
                Flags = DescriptorIndirect,
            };
            _freeHead = _next[head];
            FreeDescriptors--;
            _chainLength[head] = 1;
        }
        else
        {
            ushort at = head;
            for (int i = 0; i < count; i++)
            {
                Write(_descriptors + at, segments[i], i >= readable, i + 1 < count, _next[at]);
                if (i + 1 < count) at = _next[at];
            }

            _freeHead = _next[at];
            FreeDescriptors -= count;
            _chainLength[head] = (ushort)count;
        }

        _writable[head] = writable;
        return Offer(head);
    }

    // What nearly every packet is: one descriptor, no chain.
    private int AddOne(in QueueSegment segment, bool writes)
    {
        ushort head = _freeHead;
        Descriptor* descriptor = _descriptors + head;
        descriptor->Address = segment.Address;
        // Length, flags and next in one write: no next, and all flags but one are clear.
        *(ulong*)&descriptor->Length = segment.Length | (writes ? (ulong)DescriptorWrite << 32 : 0);
        _freeHead = _next[head];
        FreeDescriptors--;
        _chainLength[head] = 1;
        _writable[head] = writes ? segment.Length : 0;
        return Offer(head);
    }

    private int Offer(ushort head)
    {
        InFlight++;
        _available[2 + (_availableIndex & _mask)] = head;
        _availableIndex++;
        return head;
    }

    private static void Write(Descriptor* descriptor, in QueueSegment segment, bool writable, bool hasNext, ushort next) => *descriptor = new Descriptor
    {
        Address = segment.Address,
        Length = segment.Length,
        Flags = (ushort)((writable ? DescriptorWrite : 0) | (hasNext ? DescriptorNext : 0)),
        Next = hasNext ? next : (ushort)0,
    };

    /// <summary>Shows the device what was added, and asks whether it <see cref="WantsNotification"/>.</summary>
    public bool Publish()
    {
        Show();
        return WantsNotification();
    }

    /// <summary>Shows the device what was added.</summary>
    public void Show()
    {
        if (Fault != DeviceFault.None || _shownIndex == _availableIndex) return;
        _shownIndex = _availableIndex;
        Volatile.Write(ref _available[1], _availableIndex);
        // The index must be visible before the device's wish is read, else both sides could wait (section 2.7.13.4.1): a full
        // barrier, the one reordering that x86 does.
        Interlocked.MemoryBarrier();
    }

    /// <summary>
    /// The device wants to be notified of what it was shown (section 2.7.13), and was not yet; true once for each wish, whenever it is seen. To be
    /// asked again after a while: QEMU before 9.1 emulates a machine of one processor without any barrier (tcg/tcg-op.c, tcg_gen_mb), and then the
    /// two sides may overlook each other, for nanoseconds, but with nobody to wake them afterwards.
    /// </summary>
    public bool WantsNotification()
    {
        if (Fault != DeviceFault.None || _notifiedIndex == _shownIndex) return false;
        // What the device has finished it did not sleep over; a wish beyond the ring would be one of the numbers' last turn.
        ushort open = (ushort)Math.Min((ushort)(_shownIndex - _notifiedIndex), InFlight);
        _notifiedIndex = (ushort)(_shownIndex - open);
        bool wants = _eventIndex ? (ushort)(_shownIndex - Volatile.Read(ref _used[2 + 4 * Size]) - 1) < open
            : open != 0 && (Volatile.Read(ref _used[0]) & UsedNoNotify) == 0;
        if (wants) _notifiedIndex = _shownIndex;
        return wants;
    }

    /// <summary>Takes the next chain that the device has finished. False: none, or <see cref="Fault"/>.</summary>
    public bool TryTake(out int head, out uint written)
    {
        head = -1;
        written = 0;
        ushort deviceIndex = Volatile.Read(ref _used[1]);
        ushort ready = (ushort)(deviceIndex - _usedIndex);
        if (ready == 0 || Fault != DeviceFault.None) return false;
        if (ready > InFlight) return Fail(ready > Size ? DeviceFault.UsedIndexTooFar : DeviceFault.UsedIdNotInFlight);
        uint* element = (uint*)(_used + 2) + 2 * (_usedIndex & _mask);
        // Read once: the device may change it between a check and a use.
        uint id = Volatile.Read(ref element[0]);
        uint length = Volatile.Read(ref element[1]);
        if (id >= (uint)Size) return Fail(DeviceFault.UsedIdOutOfRange);
        ushort chain = _chainLength[id];
        if (chain == 0) return Fail(DeviceFault.UsedIdNotInFlight);
        if (length > _writable[id]) return Fail(DeviceFault.UsedLengthTooLong);
        _usedIndex++;
        Free((ushort)id, chain);
        head = (int)id;
        written = length;
        return true;
    }

    private void Free(ushort head, ushort chain)
    {
        _chainLength[head] = 0;
        InFlight--;
        ushort last = head;
        for (int i = 1; i < chain; i++) last = _next[last]; // most have one
        _next[last] = _freeHead;
        _freeHead = head;
        FreeDescriptors += chain;
    }

    /// <summary>No interrupts for finished chains until <see cref="EnableInterrupts"/>.</summary>
    public void DisableInterrupts()
    {
        // With the event index: an index that was just passed is as far away as can be.
        if (_eventIndex)
            Volatile.Write(ref _available[2 + Size], (ushort)(_usedIndex - 1));
        else
            Volatile.Write(ref _available[0], AvailableNoInterrupt);
    }

    /// <summary>
    /// Asks for an interrupt after <paramref name="after"/> more finished chains. False: there is one already, and no interrupt
    /// need come for it.
    /// </summary>
    public bool EnableInterrupts(int after = 1)
    {
        if (_eventIndex)
            Volatile.Write(ref _available[2 + Size], (ushort)(_usedIndex + after - 1));
        else
            Volatile.Write(ref _available[0], (ushort)0);
        Interlocked.MemoryBarrier();
        return (ushort)(Volatile.Read(ref _used[1]) - _usedIndex) < after;
    }

    /// <summary>Is this head with the device?</summary>
    public bool IsInFlight(int head) => _chainLength[head] != 0;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Fail(DeviceFault fault)
    {
        Fault = fault;
        return false;
    }

    private static int AlignUp(int value, int alignment) => (value + alignment - 1) & ~(alignment - 1);
}
