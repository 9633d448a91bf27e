namespace Unikernel.Net.Phy;

/// <summary>What frames look like on a device.</summary>
public enum Medium : byte
{
    /// <summary>Ethernet II frames; neighbours are resolved.</summary>
    Ethernet,

    /// <summary>Bare IP packets (the loopback).</summary>
    Ip,
}

/// <summary>What a device can do. Fixed while the device lives.</summary>
public readonly record struct DeviceCapabilities(Medium Medium, int Mtu)
{
    /// <summary>Completes checksums of what is sent (<see cref="ChecksumState.Partial"/>).</summary>
    public bool TransmitChecksum { get; init; }

    /// <summary>Cuts large TCP/IPv4 segments (<see cref="PacketBuffer.SegmentSize"/>).</summary>
    public bool SegmentationV4 { get; init; }

    /// <summary>Cuts large TCP/IPv6 segments.</summary>
    public bool SegmentationV6 { get; init; }

    /// <summary>Accepts packets that are a chain of parts.</summary>
    public bool ScatterGather { get; init; }

    /// <summary>The largest IP packet that may be given for cutting; 65,535 at most.</summary>
    public int MaximumSegmentationSize { get; init; }
}

/// <summary>
/// A network device: hands over received packets and takes packets to send, both by ownership, never by copy. Driven by polling
/// under the stack's lock; its interrupt does nothing but ask for a poll.
/// </summary>
public interface INetDevice
{
    /// <summary>A short name for messages and the interface table: eth0, lo.</summary>
    string Name { get; }

    DeviceCapabilities Capabilities { get; }

    MacAddress HardwareAddress { get; }

    bool IsLinkUp { get; }

    /// <summary>Changes whenever the link went up or down, so that a poll sees it in one comparison.</summary>
    int LinkGeneration { get; }

    /// <summary>The next received packet, <see cref="PacketBuffer.Data"/> at its link header; null: none. The caller owns it.</summary>
    PacketBuffer? TryReceive();

    /// <summary>There is room for one more packet.</summary>
    bool CanTransmit { get; }

    /// <summary>Takes the packet (from its link header on) and owns it. False: the queue is full, the packet stays the caller's.</summary>
    bool TryTransmit(PacketBuffer packet);

    /// <summary>End of a burst: tells the device about everything that was transmitted since, and returns what it has sent.</summary>
    void Flush();

    /// <summary>Asks for an interrupt on the next received packet. False: something is there already, poll again.</summary>
    bool TryArmInterrupt();
}
