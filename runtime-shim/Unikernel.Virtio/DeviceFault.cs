namespace Unikernel.Virtio;

/// <summary>What a device did that no device may do. The driver stops believing it, counts, and says so once.</summary>
public enum DeviceFault : byte
{
    None,

    /// <summary>The used index ran ahead of what was ever made available.</summary>
    UsedIndexTooFar,

    /// <summary>A used element names a descriptor that the queue has not.</summary>
    UsedIdOutOfRange,

    /// <summary>A used element names a descriptor that is not with the device (a second return, a cycle).</summary>
    UsedIdNotInFlight,

    /// <summary>More bytes are said to be written than the buffer has.</summary>
    UsedLengthTooLong,

    /// <summary>The status register says DEVICE_NEEDS_RESET.</summary>
    NeedsReset,

    /// <summary>FEATURES_OK did not stay set, or VERSION_1 is missing.</summary>
    FeaturesRefused,

    /// <summary>A queue that the device must have is missing or has an impossible size.</summary>
    BadQueueSize,

    /// <summary>The device did not come out of reset.</summary>
    ResetTimeout,

    /// <summary>A capability or a configuration field has an impossible value.</summary>
    BadConfiguration,

    /// <summary>Memory that the device can reach ran out.</summary>
    NoMemory,
}

/// <summary>A device that can not be used: which, where, and why.</summary>
public sealed class DeviceException(string device, DeviceFault fault, string detail)
    : Exception($"{device}: {Describe(fault)}{(detail.Length > 0 ? $" ({detail})" : "")}")
{
    public DeviceFault Fault { get; } = fault;

    public static string Describe(DeviceFault fault) => fault switch
    {
        DeviceFault.UsedIndexTooFar => "the device's used index is ahead of everything it was given",
        DeviceFault.UsedIdOutOfRange => "the device returned a descriptor that does not exist",
        DeviceFault.UsedIdNotInFlight => "the device returned a descriptor that it does not have",
        DeviceFault.UsedLengthTooLong => "the device claims to have written more than the buffer holds",
        DeviceFault.NeedsReset => "the device asks to be reset",
        DeviceFault.FeaturesRefused => "the device refuses the features it offered, or is older than virtio 1.0",
        DeviceFault.BadQueueSize => "a queue of the device is missing or has an impossible size",
        DeviceFault.ResetTimeout => "the device does not come out of reset",
        DeviceFault.BadConfiguration => "the device's configuration is impossible",
        DeviceFault.NoMemory => "no memory for the device",
        _ => "no fault",
    };
}
