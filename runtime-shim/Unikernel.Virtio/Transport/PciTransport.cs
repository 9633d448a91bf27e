using Unikernel.Virtio.Hal;
using Unikernel.Virtio.Pci;
using Unikernel.Virtio.Queue;

namespace Unikernel.Virtio.Transport;

/// <summary>
/// virtio over PCI by the modern interface (virtio 1.2 section 4.1), which transitional devices offer too. Interrupts by MSI-X,
/// one vector for everything: one poller serves all queues. Without MSI-X the device is polled by time.
/// </summary>
public sealed class PciTransport : VirtioTransport
{
    public const ushort Vendor = 0x1af4;
    private const byte VendorCapability = 0x09, MsixCapability = 0x11;
    private const byte CommonType = 1, NotifyType = 2, IsrType = 3, DeviceType = 4;
    private const ushort NoVector = 0xffff;

    // struct virtio_pci_common_cfg (section 4.1.4.3)
    private const int DeviceFeatureSelect = 0, DeviceFeature = 4, DriverFeatureSelect = 8, DriverFeature = 12, ConfigVector = 16, StatusOffset = 20,
        QueueSelect = 22, QueueSizeOffset = 24, QueueVector = 26, QueueEnable = 28, QueueNotifyOff = 30, QueueDescriptor = 32, QueueDriver = 40, QueueDevice = 48;

    private const int CommonLength = 56, MaximumQueues = 16;

    private readonly PciFunction _function;
    private readonly IRegisters _common, _notify, _isr;
    private readonly IRegisters? _device;
    private readonly uint _notifyMultiplier;
    private readonly int[] _notifyOffsets = new int[MaximumQueues];
    private int _queues;

    private PciTransport(IMachine machine, PciFunction function, VirtioDeviceKind kind, IRegisters common, IRegisters notify, uint multiplier, IRegisters isr, IRegisters? device)
        : base(machine)
    {
        _function = function;
        Kind = kind;
        (_common, _notify, _notifyMultiplier, _isr, _device) = (common, notify, multiplier, isr, device);
    }

    public override string Location => _function.ToString();
    public override VirtioDeviceKind Kind { get; }
    public override bool IsLegacy => false;

    /// <summary>
    /// A virtio device at this function, or null: it is something else. A virtio device without the modern interface
    /// (<c>disable-modern=on</c>) or with impossible capabilities throws.
    /// </summary>
    /// <exception cref="DeviceException">The capabilities make no sense.</exception>
    public static PciTransport? TryOpen(IMachine machine, PciFunction function)
    {
        if (function.Vendor != Vendor) return null;
        VirtioDeviceKind kind = KindOf(function.DeviceId, function);
        if (kind == VirtioDeviceKind.None) return null;
        IRegisters? common = null, notify = null, isr = null, device = null;
        uint multiplier = 0;
        int at = 0;
        // The first capability of each type that can be used (section 4.1.4: prefer the first).
        for (int i = 0; i < 32 && (at = function.FindCapability(VendorCapability, at)) != 0; i++)
        {
            byte length = function.Read8(at + 2), type = function.Read8(at + 3), bar = function.Read8(at + 4);
            uint offset = function.Read32(at + 8), size = function.Read32(at + 12);
            if (length < 16 || bar > 5 || type is < CommonType or > DeviceType) continue;
            ulong address = function.ReadBar(bar);
            if (address == 0 || size is 0 or > 1 << 20) continue;
            switch (type)
            {
                case CommonType when common is null && size >= CommonLength:
                    common = machine.MapRegisters(address + offset, CommonLength);
                    break;
                case NotifyType when notify is null && length >= 20:
                    multiplier = function.Read32(at + 16);
                    notify = machine.MapRegisters(address + offset, (int)size);
                    break;
                case IsrType when isr is null:
                    isr = machine.MapRegisters(address + offset, 1);
                    break;
                case DeviceType when device is null:
                    device = machine.MapRegisters(address + offset, (int)size);
                    break;
            }
        }

        if (common is null || notify is null || isr is null)
        {
            throw new DeviceException($"{kind} at {function}", DeviceFault.BadConfiguration,
                "no modern virtio interface; start the device without disable-modern=on");
        }

        function.Enable(lineInterrupts: false);
        return new PciTransport(machine, function, kind, common, notify, multiplier, isr, device);
    }

    // Section 4.1.2: 0x1040 + kind, or for transitional devices 0x1000..0x103f with the kind as subsystem id.
    private static VirtioDeviceKind KindOf(ushort deviceId, PciFunction function) =>
        deviceId is >= 0x1041 and <= 0x107f ? (VirtioDeviceKind)(deviceId - 0x1040)
        : deviceId is >= 0x1000 and <= 0x103f ? (VirtioDeviceKind)function.Read16(0x2e)
        : VirtioDeviceKind.None;

    public override DeviceStatus Status
    {
        get => (DeviceStatus)_common.Read8(StatusOffset);
        set => _common.Write8(StatusOffset, (byte)value);
    }

    protected override ulong DeviceFeatures
    {
        get
        {
            _common.Write32(DeviceFeatureSelect, 0);
            ulong low = _common.Read32(DeviceFeature);
            _common.Write32(DeviceFeatureSelect, 1);
            return low | (ulong)_common.Read32(DeviceFeature) << 32;
        }
    }

    protected override void WriteDriverFeatures(ulong features)
    {
        _common.Write32(DriverFeatureSelect, 0);
        _common.Write32(DriverFeature, (uint)features);
        _common.Write32(DriverFeatureSelect, 1);
        _common.Write32(DriverFeature, (uint)(features >> 32));
    }

    protected override int MaximumQueueSize(int index)
    {
        _common.Write16(QueueSelect, (ushort)index);
        return _common.Read16(QueueSizeOffset);
    }

    protected override void ConnectQueue(int index, SplitQueue queue)
    {
        _common.Write16(QueueSelect, (ushort)index);
        _common.Write16(QueueSizeOffset, (ushort)queue.Size);
        Write64(QueueDescriptor, queue.DescriptorBus);
        Write64(QueueDriver, queue.AvailableBus);
        Write64(QueueDevice, queue.UsedBus);
        long notify = _common.Read16(QueueNotifyOff) * (long)_notifyMultiplier;
        if (index >= MaximumQueues || notify + 2 > _notify.Length)
            throw new DeviceException($"{Kind} at {Location}", DeviceFault.BadConfiguration, $"notification address of queue {index} is outside its BAR");
        _notifyOffsets[index] = (int)notify;
        _common.Write16(QueueVector, NoVector);
        _common.Write16(QueueEnable, 1);
        _queues = Math.Max(_queues, index + 1);
    }

    private void Write64(int offset, ulong value)
    {
        _common.Write32(offset, (uint)value);
        _common.Write32(offset + 4, (uint)(value >> 32));
    }

    public override void Notify(int queue) => _notify.Write16(_notifyOffsets[queue], (ushort)queue);

    protected override bool AttachInterrupt(IDeviceEvent target)
    {
        int capability = _function.FindCapability(MsixCapability, 0);
        if (capability == 0) return false;
        uint table = _function.Read32(capability + 4);
        ulong bar = _function.ReadBar((int)(table & 7));
        if (bar == 0 || Machine.MapRegisters(bar + (table & ~7u), 16) is not { } entry || !Machine.TryAttachMessage(target, out ulong address, out uint data)) return false;
        entry.Write32(0, (uint)address);
        entry.Write32(4, (uint)(address >> 32));
        entry.Write32(8, data);
        entry.Write32(12, 0); // not masked
        // MSI-X enable, function mask off: the upper half of the capability's first word.
        _function.Write32(capability, _function.Read32(capability) & ~0x4000_0000u | 0x8000_0000u);
        _common.Write16(ConfigVector, 0);
        bool accepted = _common.Read16(ConfigVector) == 0;
        for (int i = 0; i < _queues; i++)
        {
            _common.Write16(QueueSelect, (ushort)i);
            _common.Write16(QueueVector, 0);
            // Section 4.1.5.1.2: reading back NO_VECTOR means the device had no resources.
            accepted &= _common.Read16(QueueVector) == 0;
        }

        return accepted;
    }

    // Messages need no acknowledgement, and the ISR register is not used with MSI-X (section 4.1.4.5): the reason is not known.
    public override uint AcknowledgeInterrupt() => HasInterrupt ? ReasonUnknown : _isr.Read8(0);

    public override byte ReadConfig8(int offset) => Config(offset, 1).Read8(offset);

    public override uint ReadConfig32(int offset) => Config(offset, 4).Read32(offset);

    private IRegisters Config(int offset, int width) => _device is { } device && offset + width <= device.Length
        ? device
        : throw new DeviceException($"{Kind} at {Location}", DeviceFault.BadConfiguration, $"no configuration field at {offset}");
}
