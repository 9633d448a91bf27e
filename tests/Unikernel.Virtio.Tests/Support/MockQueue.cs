namespace Unikernel.Virtio.Tests.Support;

/// <summary>
/// The device's side of a split queue, over the driver's real memory. Honest unless the test writes the rings itself.
/// </summary>
public sealed unsafe class MockQueue
{
    public ulong Descriptors, Available, Used;
    public int Size;
    public bool IsReady;
    private ushort _seen, _usedIndex;

    public ushort AvailableIndex => ((ushort*)MockMachine.AddressOf(Available))[1];

    /// <summary>Chains that the driver made available and the device has not taken.</summary>
    public int Waiting => (ushort)(AvailableIndex - _seen);

    public bool InterruptsDisabled => (((ushort*)MockMachine.AddressOf(Available))[0] & 1) != 0;

    public ushort UsedEvent => ((ushort*)MockMachine.AddressOf(Available))[2 + Size];

    public ushort UsedIndex => _usedIndex;

    public void SetAvailableEvent(ushort value) => ((ushort*)MockMachine.AddressOf(Used))[2 + 4 * Size] = value;

    public void SetNoNotify(bool value) => ((ushort*)MockMachine.AddressOf(Used))[0] = value ? (ushort)1 : (ushort)0;

    /// <summary>Takes the next chain: its head, and its segments with their direction.</summary>
    public (int Head, List<(ulong Address, int Length, bool Writable)> Segments) Take()
    {
        Assert.True(Waiting > 0);
        int head = ((ushort*)MockMachine.AddressOf(Available))[2 + (_seen++ % Size)];
        Assert.InRange(head, 0, Size - 1);
        var segments = new List<(ulong, int, bool)>();
        Walk(Descriptors, head, Size, segments);
        return (head, segments);
    }

    private static void Walk(ulong table, int at, int size, List<(ulong, int, bool)> segments)
    {
        for (int steps = 0; ; steps++)
        {
            Assert.True(steps <= size, "a cycle in the driver's chain");
            byte* descriptor = (byte*)MockMachine.AddressOf(table) + 16 * at;
            ulong address = *(ulong*)descriptor;
            int length = *(int*)(descriptor + 8);
            ushort flags = *(ushort*)(descriptor + 12), next = *(ushort*)(descriptor + 14);
            if ((flags & 4) != 0)
            {
                Assert.Equal(0, flags & 1);
                Walk(address, 0, length / 16, segments);
                return;
            }

            segments.Add((address, length, (flags & 2) != 0));
            if ((flags & 1) == 0) return;
            at = next;
        }
    }

    /// <summary>Returns a chain; any numbers are written as they are.</summary>
    public void Push(uint id, uint length)
    {
        uint* element = (uint*)((ushort*)MockMachine.AddressOf(Used) + 2) + 2 * (_usedIndex % Size);
        element[0] = id;
        element[1] = length;
        SetUsedIndex((ushort)(_usedIndex + 1));
    }

    public void SetUsedIndex(ushort value)
    {
        _usedIndex = value;
        Volatile.Write(ref ((ushort*)MockMachine.AddressOf(Used))[1], value);
    }

    public static byte[] Read((ulong Address, int Length, bool Writable) segment) => new Span<byte>((void*)MockMachine.AddressOf(segment.Address), segment.Length).ToArray();

    public static void Write((ulong Address, int Length, bool Writable) segment, ReadOnlySpan<byte> bytes)
    {
        Assert.True(segment.Writable);
        bytes.CopyTo(new Span<byte>((void*)MockMachine.AddressOf(segment.Address), segment.Length));
    }
}
