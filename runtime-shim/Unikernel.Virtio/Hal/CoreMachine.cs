using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Unikernel.Net;

namespace Unikernel.Virtio.Hal;

/// <summary>The machine of the guest: the core's functions (runtime-shim/core/include/unikernel.h), and nothing else.</summary>
public sealed unsafe partial class CoreMachine : IMachine, IEntropySource
{
    private readonly List<(int Line, int Handle)> _lines = [];

    public IEntropySource Entropy => this;

    public Instant Now => Instant.FromNanoseconds(uk_clock_monotonic_ns());

    public void Fill(Span<byte> bytes)
    {
        fixed (byte* p = bytes) uk_entropy_fill(p, (nuint)bytes.Length);
    }

    public void AddEntropy(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* p = bytes) uk_entropy_add(p, (nuint)bytes.Length);
    }

    public bool TryAllocate(int bytes, out nint address, out ulong busAddress)
    {
        ulong physical;
        address = (nint)uk_dma_alloc((nuint)bytes, ulong.MaxValue, &physical);
        busAddress = physical;
        return address != 0;
    }

    public uint PortRead(ushort port, int width) => width switch { 1 => uk_in8(port), 2 => uk_in16(port), _ => uk_in32(port) };

    public void PortWrite(ushort port, int width, uint value)
    {
        switch (width)
        {
            case 1:
                uk_out8(port, (byte)value);
                break;
            case 2:
                uk_out16(port, (ushort)value);
                break;
            default:
                uk_out32(port, value);
                break;
        }
    }

    public IRegisters? MapRegisters(ulong physical, int length)
    {
        byte* at = (byte*)uk_mmio_map(physical, (nuint)length);
        return at is null ? null : new CoreRegisters(at, length);
    }

    public IDeviceEvent CreateEvent()
    {
        int handle = uk_event_create();
        return handle >= 0 ? new CoreEvent(handle) : throw new DeviceException("core", DeviceFault.NoMemory, "no memory for an event");
    }

    public bool TryAttachMessage(IDeviceEvent target, out ulong address, out uint data)
    {
        ulong a;
        uint d;
        int handle = uk_irq_attach_message(((CoreEvent)target).Handle, &a, &d);
        (address, data) = handle >= 0 ? (a, d) : (0, 0);
        return handle >= 0;
    }

    public bool TryAttachLine(int line, IDeviceEvent target)
    {
        int handle = uk_irq_attach_line((uint)line, TriggerDefault, ((CoreEvent)target).Handle);
        if (handle < 0) return false;
        _lines.Add((line, handle));
        return true;
    }

    public void EnableLine(int line)
    {
        foreach ((int attached, int handle) in _lines)
        {
            if (attached == line) uk_irq_enable(handle);
        }
    }

    public string? GetOption(string name, int index)
    {
        Span<byte> nameBytes = stackalloc byte[64];
        Span<byte> value = stackalloc byte[512];
        if (name.Length >= nameBytes.Length) return null;
        nameBytes.Clear();
        Encoding.ASCII.GetBytes(name, nameBytes);
        fixed (byte* n = nameBytes)
        fixed (byte* v = value)
        {
            long length = uk_option(n, (uint)index, v, (nuint)value.Length);
            return length < 0 ? null : Encoding.UTF8.GetString(value[..(int)Math.Min(length, value.Length)]);
        }
    }

    /// <summary>
    /// Registers at a mapped address. The accesses are volatile: each happens once, in order, with its width. They are not inlined
    /// because the JIT narrows even a volatile load when a cast follows it, and modern MMIO devices answer 0 to a read of one byte
    /// (virtio 1.2 section 4.2.2.2: "the driver MUST use only 32 bit wide and aligned reads").
    /// </summary>
    private sealed class CoreRegisters(byte* at, int length) : IRegisters
    {
        public int Length => length;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public byte Read8(int offset) => Volatile.Read(ref at[Check(offset, 1)]);

        [MethodImpl(MethodImplOptions.NoInlining)]
        public ushort Read16(int offset) => Volatile.Read(ref *(ushort*)(at + Check(offset, 2)));

        [MethodImpl(MethodImplOptions.NoInlining)]
        public uint Read32(int offset) => Volatile.Read(ref *(uint*)(at + Check(offset, 4)));

        public void Write8(int offset, byte value) => Volatile.Write(ref at[Check(offset, 1)], value);

        public void Write16(int offset, ushort value) => Volatile.Write(ref *(ushort*)(at + Check(offset, 2)), value);

        public void Write32(int offset, uint value) => Volatile.Write(ref *(uint*)(at + Check(offset, 4)), value);

        private int Check(int offset, int width)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)offset, (uint)(length - width), nameof(offset));
            return offset;
        }
    }

    private sealed class CoreEvent(int handle) : IDeviceEvent
    {
        public int Handle => handle;

        public void Signal() => uk_event_signal(handle);

        public bool Wait(Instant deadline) => uk_event_wait(handle, deadline.IsNever ? ulong.MaxValue : (ulong)Math.Max(deadline.Ticks, 0) * 100) == 1;
    }

    private const uint TriggerDefault = 0;

    [DllImport("*"), SuppressGCTransition]
    private static extern ulong uk_clock_monotonic_ns();

    [DllImport("*")]
    private static extern void uk_entropy_fill(byte* buffer, nuint length);

    [DllImport("*")]
    private static extern void uk_entropy_add(byte* bytes, nuint length);

    [DllImport("*")]
    private static extern void* uk_dma_alloc(nuint length, ulong limit, ulong* physical);

    [DllImport("*"), SuppressGCTransition]
    private static extern byte uk_in8(ushort port);

    [DllImport("*"), SuppressGCTransition]
    private static extern ushort uk_in16(ushort port);

    [DllImport("*"), SuppressGCTransition]
    private static extern uint uk_in32(ushort port);

    [DllImport("*"), SuppressGCTransition]
    private static extern void uk_out8(ushort port, byte value);

    [DllImport("*"), SuppressGCTransition]
    private static extern void uk_out16(ushort port, ushort value);

    [DllImport("*"), SuppressGCTransition]
    private static extern void uk_out32(ushort port, uint value);

    [DllImport("*")]
    private static extern void* uk_mmio_map(ulong physical, nuint length);

    [DllImport("*")]
    private static extern int uk_event_create();

    [DllImport("*"), SuppressGCTransition]
    private static extern void uk_event_signal(int handle);

    [DllImport("*")]
    private static extern int uk_event_wait(int handle, ulong deadline);

    [DllImport("*")]
    private static extern int uk_irq_attach_line(uint line, uint trigger, int target);

    [DllImport("*")]
    private static extern int uk_irq_attach_message(int target, ulong* address, uint* data);

    [DllImport("*"), SuppressGCTransition]
    private static extern void uk_irq_enable(int irq);

    [DllImport("*")]
    private static extern long uk_option(byte* name, uint index, byte* buffer, nuint capacity);
}
