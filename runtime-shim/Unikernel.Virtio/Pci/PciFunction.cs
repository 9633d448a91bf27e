using Unikernel.Virtio.Hal;

namespace Unikernel.Virtio.Pci;

/// <summary>One PCI function by configuration mechanism #1 (ports 0xcf8 and 0xcfc), which every virtual PC has.</summary>
public readonly struct PciFunction(IMachine machine, byte bus, byte device, byte function)
{
    private const ushort AddressPort = 0xcf8, DataPort = 0xcfc;
    private const int CommandRegister = 4, HeaderType = 0x0e, SecondaryBus = 0x19, CapabilityPointer = 0x34;

    /// <summary>A capability list longer than configuration space holds is a cycle.</summary>
    private const int MaximumCapabilities = 48;

    private readonly IMachine _machine = machine;

    public byte Bus { get; } = bus;
    public byte Device { get; } = device;
    public byte Function { get; } = function;

    public uint Read32(int offset)
    {
        _machine.PortWrite(AddressPort, 4, 0x8000_0000u | (uint)Bus << 16 | (uint)Device << 11 | (uint)Function << 8 | (uint)(offset & 0xfc));
        return _machine.PortRead(DataPort, 4);
    }

    public void Write32(int offset, uint value)
    {
        _machine.PortWrite(AddressPort, 4, 0x8000_0000u | (uint)Bus << 16 | (uint)Device << 11 | (uint)Function << 8 | (uint)(offset & 0xfc));
        _machine.PortWrite(DataPort, 4, value);
    }

    public byte Read8(int offset) => (byte)(Read32(offset) >> ((offset & 3) * 8));

    public ushort Read16(int offset) => (ushort)(Read32(offset) >> ((offset & 2) * 8));

    public ushort Vendor => Read16(0);
    public ushort DeviceId => Read16(2);
    public bool IsPresent => Vendor != 0xffff;
    public bool IsMultiFunction => (Read8(HeaderType) & 0x80) != 0;
    public bool IsBridge => (Read8(HeaderType) & 0x7f) == 1;
    public byte BridgeSecondaryBus => Read8(SecondaryBus);

    /// <summary>Memory accesses and bus mastering on, line interrupts as said.</summary>
    public void Enable(bool lineInterrupts)
    {
        uint command = Read32(CommandRegister) & 0xffff;
        Write32(CommandRegister, (command | 0x6) & ~0x400u | (lineInterrupts ? 0 : 0x400u));
    }

    /// <summary>The offset of the next capability with this id after <paramref name="after"/> (0: from the start); 0: none.</summary>
    public int FindCapability(byte id, int after)
    {
        if ((Read16(6) & 0x10) == 0) return 0;
        int at = after == 0 ? Read8(CapabilityPointer) & 0xfc : Read8(after + 1) & 0xfc;
        for (int i = 0; i < MaximumCapabilities && at >= 0x40; i++)
        {
            if (Read8(at) == id) return at;
            at = Read8(at + 1) & 0xfc;
        }

        return 0;
    }

    /// <summary>The physical address of a memory BAR as firmware or monitor assigned it; 0: none, or it is a port BAR.</summary>
    public ulong ReadBar(int index)
    {
        if (index is < 0 or > 5) return 0;
        uint low = Read32(0x10 + 4 * index);
        if ((low & 1) != 0) return 0;
        ulong address = low & ~0xfu;
        if ((low & 6) == 4 && index < 5) address |= (ulong)Read32(0x14 + 4 * index) << 32;
        return address;
    }

    public override string ToString() => $"PCI {Bus:x2}:{Device:x2}.{Function:x}";

    /// <summary>All functions, depth first over bridges as firmware numbered them.</summary>
    public static List<PciFunction> Enumerate(IMachine machine)
    {
        var found = new List<PciFunction>();
        Span<bool> seen = stackalloc bool[256];
        seen.Clear();
        var buses = new Stack<byte>();
        buses.Push(0);
        while (buses.TryPop(out byte bus))
        {
            if (seen[bus]) continue; // a bridge that points back
            seen[bus] = true;
            for (byte device = 0; device < 32; device++)
            {
                int functions = 1;
                for (byte function = 0; function < functions; function++)
                {
                    var candidate = new PciFunction(machine, bus, device, function);
                    if (!candidate.IsPresent) continue;
                    if (function == 0 && candidate.IsMultiFunction) functions = 8;
                    if (candidate.IsBridge) buses.Push(candidate.BridgeSecondaryBus);
                    found.Add(candidate);
                }
            }
        }

        return found;
    }
}
