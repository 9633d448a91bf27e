using System.Runtime.InteropServices;
using Unikernel.Net;
using Unikernel.Virtio.Hal;

namespace Unikernel.Virtio.Tests.Support;

/// <summary>
/// A machine whose devices are objects of the test. The bus address of memory is the low 44 bits of its address: what a legacy
/// device can be told in a 32-bit page number.
/// </summary>
public sealed class MockMachine : IMachine
{
    private readonly List<byte[]> _memory = [];
    private readonly Dictionary<ulong, IRegisters> _registers = [];
    private readonly Dictionary<int, MockEvent> _lines = [];
    private static ulong s_high;
    private uint _pciAddress;

    /// <summary>The memory at a bus address.</summary>
    public static nint AddressOf(ulong bus) => (nint)(bus | s_high);

    public Dictionary<uint, uint> PciConfig { get; } = [];
    public List<(string Name, string Value)> Options { get; } = [];
    public bool HasInterrupts { get; set; } = true;
    public int HighestLine { get; set; } = 15;
    public List<int> EnabledLines { get; } = [];
    public MockEvent? MessageTarget { get; private set; }
    public Instant Now { get; set; } = Instant.FromMilliseconds(1000);
    public IEntropySource Entropy { get; } = new SeededEntropy(1);
    public List<string> Lines { get; } = [];

    /// <summary>What devices gave to the pool.</summary>
    public List<byte> Added { get; } = [];

    public void AddEntropy(ReadOnlySpan<byte> bytes) => Added.AddRange(bytes);

    public void Map(ulong physical, IRegisters registers) => _registers[physical] = registers;

    public bool TryAllocate(int bytes, out nint address, out ulong busAddress)
    {
        byte[] slab = GC.AllocateArray<byte>(bytes + 4096, pinned: true);
        _memory.Add(slab);
        address = (Marshal.UnsafeAddrOfPinnedArrayElement(slab, 0) + 4095) & ~4095;
        busAddress = (ulong)address & 0xfff_ffff_ffff;
        s_high = (ulong)address & ~0xfff_ffff_fffful;
        return true;
    }

    public uint PortRead(ushort port, int width) => port == 0xcfc && PciConfig.TryGetValue(_pciAddress & 0x7fff_ffff, out uint value) ? value : uint.MaxValue;

    public void PortWrite(ushort port, int width, uint value)
    {
        if (port == 0xcf8) _pciAddress = value;
        else if (port == 0xcfc) PciConfig[_pciAddress & 0x7fff_ffff] = value;
    }

    public IRegisters? MapRegisters(ulong physical, int length) => _registers.GetValueOrDefault(physical);

    public IDeviceEvent CreateEvent() => new MockEvent(this);

    public bool TryAttachMessage(IDeviceEvent target, out ulong address, out uint data)
    {
        (address, data) = (0xfee0_0000, 0x41);
        MessageTarget = (MockEvent)target;
        return HasInterrupts;
    }

    public bool TryAttachLine(int line, IDeviceEvent target)
    {
        if (!HasInterrupts || line > HighestLine) return false;
        _lines[line] = (MockEvent)target;
        return true;
    }

    public void EnableLine(int line) => EnabledLines.Add(line);

    public string? GetOption(string name, int index) => Options.Where(option => option.Name == name).Select(option => option.Value).ElementAtOrDefault(index);

    public void RaiseLine(int line) => _lines.GetValueOrDefault(line)?.Signal();

    public bool HasLine(int line) => _lines.ContainsKey(line);
}

public sealed class MockEvent(MockMachine machine) : IDeviceEvent
{
    public int Signals { get; private set; }

    /// <summary>What the device does while the driver waits.</summary>
    public Action? WhileWaiting { get; set; }

    public void Signal() => Signals++;

    public bool Wait(Instant deadline)
    {
        WhileWaiting?.Invoke();
        if (Signals == 0)
        {
            // Time stands still in tests: a wait for nothing ends at its deadline.
            machine.Now = deadline;
            return false;
        }

        Signals = 0;
        return true;
    }
}
