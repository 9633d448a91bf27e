using Unikernel.Virtio.Hal;
using Unikernel.Virtio.Transport;

namespace Unikernel.Virtio.Tests.Support;

/// <summary>A virtio device behind MMIO registers (version 2 or 1), driven by the test.</summary>
public class MockDevice(VirtioDeviceKind kind, bool legacy = false) : IRegisters
{
    private uint _featureSelect, _driverSelect, _queueSelect;
    private int _pageSize;

    public ulong Features { get; set; } = VirtioFeature.Version1;
    public ulong Accepted { get; private set; }
    public byte[] Config { get; set; } = new byte[32];
    public MockQueue[] Queues { get; } = [new(), new(), new(), new()];
    public uint QueueMaximum { get; set; } = 256;
    public uint Status { get; set; }
    public bool NeverResets { get; set; }
    public bool RefusesFeatures { get; set; }
    public uint InterruptStatus { get; set; }
    public List<uint> Notified { get; } = [];
    public List<uint> StatusWrites { get; } = [];
    public Action<uint>? OnNotify { get; set; }
    public int Length => 0x200;

    public byte Read8(int offset) => Config[offset - 0x100];

    public ushort Read16(int offset) => throw new NotSupportedException("MMIO registers are 32 bits wide");

    public uint Read32(int offset) => offset switch
    {
        0x00 => MmioTransport.Magic,
        0x04 => legacy ? 1u : 2u,
        0x08 => (uint)kind,
        0x10 => (uint)(Features >> (_featureSelect == 0 ? 0 : 32)),
        0x34 => _queueSelect < Queues.Length ? QueueMaximum : 0,
        0x60 => InterruptStatus,
        0x70 => Status,
        >= 0x100 => BitConverter.ToUInt32(Config, offset - 0x100),
        _ => throw new InvalidOperationException($"the driver reads register 0x{offset:x}"),
    };

    public void Write8(int offset, byte value) => throw new NotSupportedException();

    public void Write16(int offset, ushort value) => throw new NotSupportedException();

    public void Write32(int offset, uint value)
    {
        MockQueue queue = Queues[Math.Min(_queueSelect, 3)];
        switch (offset)
        {
            case 0x14: _featureSelect = value; break;
            case 0x20: Accepted = _driverSelect == 0 ? Accepted & ~0xffff_fffful | value : Accepted & 0xffff_ffff | (ulong)value << 32; break;
            case 0x24: _driverSelect = value; break;
            case 0x28 when legacy: _pageSize = (int)value; break;
            case 0x30: _queueSelect = value; break;
            case 0x38: queue.Size = (int)value; break;
            case 0x3c when legacy: Assert.Equal(4096u, value); break;
            case 0x40 when legacy:
                // virtio 1.2 section 2.7.2: the whole queue by one page number.
                queue.Descriptors = (ulong)value * (ulong)_pageSize;
                queue.Available = queue.Descriptors + (ulong)(16 * queue.Size);
                queue.Used = (queue.Available + (ulong)(6 + 2 * queue.Size) + 4095) & ~4095ul;
                queue.IsReady = true;
                break;
            case 0x44 when !legacy: queue.IsReady = value == 1; break;
            case 0x50:
                Notified.Add(value);
                OnNotify?.Invoke(value);
                break;
            case 0x64: InterruptStatus &= ~value; break;
            case 0x70:
                StatusWrites.Add(value);
                if (value == 0 && NeverResets) break;
                Status = RefusesFeatures ? value & ~8u : value;
                break;
            case 0x80 when !legacy: queue.Descriptors = queue.Descriptors & ~0xffff_fffful | value; break;
            case 0x84 when !legacy: queue.Descriptors = queue.Descriptors & 0xffff_ffff | (ulong)value << 32; break;
            case 0x90 when !legacy: queue.Available = queue.Available & ~0xffff_fffful | value; break;
            case 0x94 when !legacy: queue.Available = queue.Available & 0xffff_ffff | (ulong)value << 32; break;
            case 0xa0 when !legacy: queue.Used = queue.Used & ~0xffff_fffful | value; break;
            case 0xa4 when !legacy: queue.Used = queue.Used & 0xffff_ffff | (ulong)value << 32; break;
            default: throw new InvalidOperationException($"the driver writes register 0x{offset:x}");
        }
    }
}
