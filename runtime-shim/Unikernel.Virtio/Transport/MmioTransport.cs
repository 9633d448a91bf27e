using Unikernel.Virtio.Hal;
using Unikernel.Virtio.Queue;

namespace Unikernel.Virtio.Transport;

/// <summary>
/// virtio over memory-mapped registers (virtio 1.2 section 4.2), versions 2 and 1 ("legacy", section 4.2.4): QEMU's microvm has
/// version 1 unless started with <c>-global virtio-mmio.force-legacy=false</c>; Firecracker has version 2.
/// </summary>
public sealed class MmioTransport : VirtioTransport
{
    public const uint Magic = 0x7472_6976; // "virt"
    public const int RegionLength = 0x200;

    private const int MagicValue = 0x00, Version = 0x04, DeviceId = 0x08, DeviceFeaturesRegister = 0x10, DeviceFeaturesSelect = 0x14,
        DriverFeatures = 0x20, DriverFeaturesSelect = 0x24, GuestPageSize = 0x28, QueueSelect = 0x30, QueueSizeMaximum = 0x34, QueueSize = 0x38,
        QueueAlign = 0x3c, QueuePageNumber = 0x40, QueueReady = 0x44, QueueNotify = 0x50, InterruptStatus = 0x60, InterruptAcknowledge = 0x64,
        StatusRegister = 0x70, QueueDescriptorLow = 0x80, QueueDriverLow = 0x90, QueueDeviceLow = 0xa0, Config = 0x100;

    private readonly IRegisters _registers;
    private readonly ulong _physical;
    private readonly int _otherLine;
    private int _line;

    private MmioTransport(IMachine machine, IRegisters registers, ulong physical, int line, int otherLine) : base(machine)
    {
        _registers = registers;
        _physical = physical;
        (_line, _otherLine) = (line, otherLine);
        IsLegacy = registers.Read32(Version) == 1;
        Kind = (VirtioDeviceKind)registers.Read32(DeviceId);
    }

    public override string Location => $"MMIO 0x{_physical:x}";
    public override VirtioDeviceKind Kind { get; }
    public override bool IsLegacy { get; }

    /// <summary>A device at this address, or null: nothing there, an empty slot (device id 0), or a version that is not known.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="physical">The address of the registers.</param>
    /// <param name="line">Its interrupt line; -1: none is known.</param>
    /// <param name="otherLine">The line if the machine has no <paramref name="line"/>.</param>
    public static MmioTransport? TryOpen(IMachine machine, ulong physical, int line, int otherLine = -1)
    {
        if (machine.MapRegisters(physical, RegionLength) is not { } registers || registers.Read32(MagicValue) != Magic) return null;
        if (registers.Read32(Version) is not (1 or 2) || registers.Read32(DeviceId) == 0) return null;
        return new MmioTransport(machine, registers, physical, line, otherLine);
    }

    public override DeviceStatus Status
    {
        get => (DeviceStatus)_registers.Read32(StatusRegister);
        set => _registers.Write32(StatusRegister, (uint)value);
    }

    protected override ulong DeviceFeatures
    {
        get
        {
            _registers.Write32(DeviceFeaturesSelect, 0);
            ulong low = _registers.Read32(DeviceFeaturesRegister);
            if (IsLegacy) return low;
            _registers.Write32(DeviceFeaturesSelect, 1);
            return low | (ulong)_registers.Read32(DeviceFeaturesRegister) << 32;
        }
    }

    protected override void WriteDriverFeatures(ulong features)
    {
        _registers.Write32(DriverFeaturesSelect, 0);
        _registers.Write32(DriverFeatures, (uint)features);
        if (IsLegacy)
        {
            _registers.Write32(GuestPageSize, 4096);
            return;
        }

        _registers.Write32(DriverFeaturesSelect, 1);
        _registers.Write32(DriverFeatures, (uint)(features >> 32));
    }

    protected override int MaximumQueueSize(int index)
    {
        _registers.Write32(QueueSelect, (uint)index);
        return (int)Math.Min(_registers.Read32(QueueSizeMaximum), int.MaxValue);
    }

    protected override void ConnectQueue(int index, SplitQueue queue)
    {
        _registers.Write32(QueueSelect, (uint)index);
        _registers.Write32(QueueSize, (uint)queue.Size);
        if (IsLegacy)
        {
            _registers.Write32(QueueAlign, 4096);
            _registers.Write32(QueuePageNumber, (uint)(queue.DescriptorBus / 4096));
            return;
        }

        Write64(QueueDescriptorLow, queue.DescriptorBus);
        Write64(QueueDriverLow, queue.AvailableBus);
        Write64(QueueDeviceLow, queue.UsedBus);
        _registers.Write32(QueueReady, 1);
    }

    private void Write64(int low, ulong value)
    {
        _registers.Write32(low, (uint)value);
        _registers.Write32(low + 4, (uint)(value >> 32));
    }

    public override void Notify(int queue) => _registers.Write32(QueueNotify, (uint)queue);

    protected override bool AttachInterrupt(IDeviceEvent target)
    {
        if (_line >= 0 && Machine.TryAttachLine(_line, target)) return true;
        _line = _otherLine;
        return _line >= 0 && Machine.TryAttachLine(_line, target);
    }

    public override uint AcknowledgeInterrupt()
    {
        uint status = _registers.Read32(InterruptStatus);
        if (status != 0) _registers.Write32(InterruptAcknowledge, status);
        if (HasInterrupt) Machine.EnableLine(_line);
        return status;
    }

    public override byte ReadConfig8(int offset) => _registers.Read8(Config + offset);

    // Fields of four bytes are read in one access; a change in between is not possible then, so the generation is not needed.
    public override uint ReadConfig32(int offset) => _registers.Read32(Config + offset);
}
