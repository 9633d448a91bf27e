using Unikernel.Virtio.Hal;
using Unikernel.Virtio.Queue;

namespace Unikernel.Virtio.Transport;

/// <summary>Device identifiers (virtio 1.2 section 5).</summary>
public enum VirtioDeviceKind : uint
{
    None = 0,
    Network = 1,
    Block = 2,
    Console = 3,
    Entropy = 4,
    Balloon = 5,
    FileSystem = 26,
}

/// <summary>The device status field (section 2.1).</summary>
[Flags]
public enum DeviceStatus : byte
{
    Reset = 0,
    Acknowledge = 1,
    Driver = 2,
    DriverOk = 4,
    FeaturesOk = 8,
    NeedsReset = 64,
    Failed = 128,
}

/// <summary>Feature bits that belong to the queues and not to a kind of device (section 6).</summary>
public static class VirtioFeature
{
    public const ulong IndirectDescriptors = 1ul << 28, EventIndex = 1ul << 29, Version1 = 1ul << 32, AccessPlatform = 1ul << 33;
}

/// <summary>
/// A virtio device behind one of the transports. Subclasses say how registers are reached; the order of initialisation is here
/// (section 3.1.1).
/// </summary>
public abstract class VirtioTransport
{
    /// <summary>A reset is immediate in every monitor that we know; so many reads of the status are patience enough.</summary>
    private const int ResetPatience = 1_000_000;

    protected VirtioTransport(IMachine machine) => Machine = machine;

    public IMachine Machine { get; }

    /// <summary>Where it was found, for messages: "PCI 00:03.0", "MMIO 0xfeb00000".</summary>
    public abstract string Location { get; }

    public abstract VirtioDeviceKind Kind { get; }

    /// <summary>An interface older than virtio 1.0: a shorter network header, guest-endian fields, no FEATURES_OK.</summary>
    public abstract bool IsLegacy { get; }

    public ulong Features { get; private set; }

    public IDeviceEvent? Event { get; private set; }

    /// <summary>Interrupts could be attached. If not, the driver must be polled by time.</summary>
    public bool HasInterrupt { get; private protected set; }

    public abstract DeviceStatus Status { get; set; }

    public abstract byte ReadConfig8(int offset);

    public abstract uint ReadConfig32(int offset);

    public ushort ReadConfig16(int offset) => (ushort)(ReadConfig8(offset) | ReadConfig8(offset + 1) << 8);

    protected abstract ulong DeviceFeatures { get; }

    protected abstract void WriteDriverFeatures(ulong features);

    protected abstract int MaximumQueueSize(int index);

    protected abstract void ConnectQueue(int index, SplitQueue queue);

    public abstract void Notify(int queue);

    protected abstract bool AttachInterrupt(IDeviceEvent target);

    /// <summary>What <see cref="AcknowledgeInterrupt"/> returns where nobody says why the interrupt came: all bits, and one that no reason has.</summary>
    public const uint ReasonUnknown = 7;

    /// <summary>Why the interrupt came, where the transport must be asked; opens the line again. Bit 0: a queue, bit 1: configuration.</summary>
    public abstract uint AcknowledgeInterrupt();

    /// <summary>Steps 1 to 6 of section 3.1.1: what the driver wants of what the device offers.</summary>
    /// <exception cref="DeviceException">It does not come out of reset, or refuses.</exception>
    public void Negotiate(string name, ulong wanted)
    {
        Status = DeviceStatus.Reset;
        for (int i = 0; Status != DeviceStatus.Reset; i++)
        {
            if (i == ResetPatience) throw new DeviceException($"{name} at {Location}", DeviceFault.ResetTimeout, $"status 0x{(byte)Status:x}");
        }

        Status = DeviceStatus.Acknowledge;
        Status = DeviceStatus.Acknowledge | DeviceStatus.Driver;
        ulong offered = DeviceFeatures;
        if (!IsLegacy) wanted |= VirtioFeature.Version1;
        Features = offered & wanted;
        if (!IsLegacy && (Features & VirtioFeature.Version1) == 0) Refuse(name, "VIRTIO_F_VERSION_1 is not offered");
        // Without it the device's memory accesses bypass what an IOMMU would translate; offered alone it is a demand (section 6.1).
        if ((offered & VirtioFeature.AccessPlatform) != 0) Features |= VirtioFeature.AccessPlatform;
        WriteDriverFeatures(Features);
        if (IsLegacy) return;
        Status = DeviceStatus.Acknowledge | DeviceStatus.Driver | DeviceStatus.FeaturesOk;
        if ((Status & DeviceStatus.FeaturesOk) == 0) Refuse(name, $"features 0x{Features:x}");
    }

    public bool Has(ulong feature) => (Features & feature) != 0;

    /// <summary>Makes and connects a queue of at most <paramref name="wantedSize"/>.</summary>
    public SplitQueue CreateQueue(string name, int index, int wantedSize, int indirectLimit)
    {
        int maximum = MaximumQueueSize(index);
        // A legacy device fixes the size; others allow less.
        int size = IsLegacy && FixedQueueSize ? maximum : Math.Min(maximum, wantedSize);
        if (maximum < 2 || maximum > 32768 || (size & (size - 1)) != 0)
            throw new DeviceException($"{name} at {Location}", DeviceFault.BadQueueSize, $"queue {index}, maximum {maximum}");
        var queue = new SplitQueue(Machine, size, Has(VirtioFeature.EventIndex), Has(VirtioFeature.IndirectDescriptors) ? indirectLimit : 0);
        ConnectQueue(index, queue);
        return queue;
    }

    private protected virtual bool FixedQueueSize => false;

    /// <summary>Step 8: from here on the device works. Attaches the interrupt first.</summary>
    public void Start(IDeviceEvent target)
    {
        Event = target;
        HasInterrupt = AttachInterrupt(target);
        Status = DeviceStatus.Acknowledge | DeviceStatus.Driver | DeviceStatus.DriverOk | (IsLegacy ? 0 : DeviceStatus.FeaturesOk);
    }

    /// <summary>Gives the device up after a fault: it must not write to memory any more.</summary>
    public void Fail()
    {
        Status = DeviceStatus.Failed;
        Status = DeviceStatus.Reset;
    }

    private void Refuse(string name, string detail)
    {
        Status = DeviceStatus.Failed;
        throw new DeviceException($"{name} at {Location}", DeviceFault.FeaturesRefused, detail);
    }
}
