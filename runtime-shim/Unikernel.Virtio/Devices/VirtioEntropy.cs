using Unikernel.Net;
using Unikernel.Virtio.Hal;
using Unikernel.Virtio.Queue;
using Unikernel.Virtio.Transport;

namespace Unikernel.Virtio.Devices;

/// <summary>A virtio entropy device (virtio 1.2 section 5.4): random bytes of the host. QEMU: <c>-device virtio-rng-pci</c>.</summary>
public sealed unsafe class VirtioEntropy
{
    private const int BufferLength = 64;
    private readonly VirtioTransport _transport;
    private readonly SplitQueue _queue;
    private readonly IDeviceEvent _event;
    private readonly byte* _buffer;
    private readonly ulong _bus;
    private bool _inFlight;

    /// <exception cref="DeviceException">It can not be used.</exception>
    public VirtioEntropy(VirtioTransport transport)
    {
        _transport = transport;
        transport.Negotiate("virtio-rng", VirtioFeature.EventIndex);
        _queue = transport.CreateQueue("virtio-rng", 0, 8, 0);
        if (!transport.Machine.TryAllocate(4096, out nint memory, out _bus)) throw new DeviceException("virtio-rng", DeviceFault.NoMemory, "4096 bytes");
        _buffer = (byte*)memory;
        _event = transport.Machine.CreateEvent();
        transport.Start(_event);
    }

    /// <summary>Reads until the span is full or the deadline passed; returns how many bytes came.</summary>
    /// <exception cref="DeviceException">The device broke the queue's rules.</exception>
    public int Read(Span<byte> bytes, Instant deadline)
    {
        int done = 0;
        while (done < bytes.Length)
        {
            if (!_inFlight)
            {
                ReadOnlySpan<QueueSegment> segment = [new QueueSegment(_bus, BufferLength)];
                _queue.Add(segment, readable: 0);
                _inFlight = true;
                if (_queue.Publish()) _transport.Notify(0);
            }

            if (!_queue.TryTake(out _, out uint written))
            {
                if (_queue.Fault != DeviceFault.None)
                {
                    _transport.Fail();
                    throw new DeviceException($"virtio-rng at {_transport.Location}", _queue.Fault, "");
                }

                if (!_queue.EnableInterrupts()) continue;
                Instant now = _transport.Machine.Now;
                if (now >= deadline) return done;
                // Without an interrupt: look again each millisecond.
                _event.Wait(_transport.HasInterrupt ? deadline : Instant.Min(deadline, now + TimeSpan.FromMilliseconds(1)));
                _transport.AcknowledgeInterrupt();
                continue;
            }

            _inFlight = false;
            int count = Math.Min((int)written, bytes.Length - done);
            new Span<byte>(_buffer, count).CopyTo(bytes[done..]);
            done += count;
            new Span<byte>(_buffer, BufferLength).Clear(); // what was handed out stays nowhere else
        }

        return done;
    }
}
