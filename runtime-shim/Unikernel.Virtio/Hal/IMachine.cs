using Unikernel.Net;

namespace Unikernel.Virtio.Hal;

/// <summary>Something that an interrupt signals and a thread waits for. In the guest an event of the core; on the host a semaphore.</summary>
public interface IDeviceEvent
{
    void Signal();

    /// <summary>Waits until signalled, then clears it. False: the deadline passed.</summary>
    bool Wait(Instant deadline);
}

/// <summary>The registers of a device: accesses happen exactly as written, in order, with this width.</summary>
public interface IRegisters
{
    int Length { get; }
    byte Read8(int offset);
    ushort Read16(int offset);
    uint Read32(int offset);
    void Write8(int offset, byte value);
    void Write16(int offset, ushort value);
    void Write32(int offset, uint value);
}

/// <summary>
/// The hardware as drivers see it. The guest's is a thin layer over the core's functions; the host's is a mock whose devices live
/// in managed memory and may lie. Memory that a device shares is real memory in both, so queues are the same code.
/// </summary>
public interface IMachine : IPacketMemory
{
    uint PortRead(ushort port, int width);
    void PortWrite(ushort port, int width, uint value);

    /// <summary>Maps device registers, uncached. Null: there can be nothing there.</summary>
    IRegisters? MapRegisters(ulong physical, int length);

    IDeviceEvent CreateEvent();

    /// <summary>An interrupt by message: the device writes <paramref name="data"/> to <paramref name="address"/>. False: none are left.</summary>
    bool TryAttachMessage(IDeviceEvent target, out ulong address, out uint data);

    /// <summary>
    /// An interrupt by line. When it fires the line is masked and the event signalled; <see cref="EnableLine"/> opens it again
    /// after the device was asked why. False: there is no such line.
    /// </summary>
    bool TryAttachLine(int line, IDeviceEvent target);

    void EnableLine(int line);

    /// <summary>The index-th NAME=VALUE option of the boot command line with this name; null: there are fewer.</summary>
    string? GetOption(string name, int index);

    IEntropySource Entropy { get; }

    /// <summary>Mixes bytes of another source into the pool behind <see cref="Entropy"/>.</summary>
    void AddEntropy(ReadOnlySpan<byte> bytes);

    Instant Now { get; }
}
