using Unikernel.Net;
using Unikernel.Virtio.Hal;
using Unikernel.Virtio.Queue;
using Unikernel.Virtio.Transport;

namespace Unikernel.Virtio.Devices;

/// <summary>
/// A virtio console's first port (virtio 1.2 section 5.3), beside the serial port and much faster: a page of output costs one
/// exit to the monitor. QEMU: <c>-device virtio-serial-pci -device virtconsole,chardev=c</c>. One reader and one writer at a time.
/// </summary>
public sealed unsafe class VirtioConsole
{
    private const int PageSize = 4096, ReceiveBuffers = 4;
    private readonly VirtioTransport _transport;
    private readonly SplitQueue _receive, _transmit;
    private readonly IDeviceEvent _event;
    private readonly byte* _memory;
    private readonly ulong _bus;
    private readonly int[] _pageOfHead;
    private int _page = -1, _start, _end;

    /// <exception cref="DeviceException">It can not be used.</exception>
    public VirtioConsole(VirtioTransport transport)
    {
        _transport = transport;
        transport.Negotiate("virtio-console", VirtioFeature.EventIndex); // without MULTIPORT: queues 0 and 1 only
        _receive = transport.CreateQueue("virtio-console", 0, 16, 0);
        _transmit = transport.CreateQueue("virtio-console", 1, 16, 0);
        if (!transport.Machine.TryAllocate(PageSize * (ReceiveBuffers + 1), out nint memory, out _bus))
            throw new DeviceException("virtio-console", DeviceFault.NoMemory, $"{PageSize * (ReceiveBuffers + 1)} bytes");
        _memory = (byte*)memory;
        _pageOfHead = new int[_receive.Size];
        _event = transport.Machine.CreateEvent();
        transport.Start(_event);
        for (int i = 0; i < ReceiveBuffers; i++) GivePage(i);
        if (_receive.Publish()) transport.Notify(0);
    }

    private void GivePage(int page)
    {
        ReadOnlySpan<QueueSegment> segment = [new QueueSegment(_bus + (ulong)(page * PageSize), PageSize)];
        _pageOfHead[_receive.Add(segment, readable: 0)] = page;
    }

    /// <summary>Writes all bytes; returns when the device has taken them, or false at the deadline.</summary>
    /// <exception cref="DeviceException">The device broke the queue's rules.</exception>
    public bool Write(ReadOnlySpan<byte> bytes, Instant deadline)
    {
        byte* page = _memory + ReceiveBuffers * PageSize;
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, PageSize);
            bytes[..count].CopyTo(new Span<byte>(page, count));
            ReadOnlySpan<QueueSegment> segment = [new QueueSegment(_bus + ReceiveBuffers * PageSize, (uint)count)];
            _transmit.Add(segment, readable: 1);
            if (_transmit.Publish()) _transport.Notify(1);
            while (!_transmit.TryTake(out _, out _))
            {
                if (!WaitFor(_transmit, deadline)) return false;
            }

            bytes = bytes[count..];
        }

        return true;
    }

    /// <summary>Reads at least one byte; 0 at the deadline.</summary>
    /// <exception cref="DeviceException">The device broke the queue's rules.</exception>
    public int Read(Span<byte> bytes, Instant deadline)
    {
        while (_page < 0)
        {
            if (_receive.TryTake(out int head, out uint written))
                (_page, _start, _end) = (_pageOfHead[head], 0, (int)written);
            else if (!WaitFor(_receive, deadline))
                return 0;
            if (_page >= 0 && _end == 0) ReturnPage();
        }

        int count = Math.Min(bytes.Length, _end - _start);
        new Span<byte>(_memory + _page * PageSize + _start, count).CopyTo(bytes);
        _start += count;
        if (_start == _end) ReturnPage();
        return count;
    }

    private void ReturnPage()
    {
        GivePage(_page);
        _page = -1;
        if (_receive.Publish()) _transport.Notify(0);
    }

    private bool WaitFor(SplitQueue queue, Instant deadline)
    {
        if (queue.Fault != DeviceFault.None)
        {
            _transport.Fail();
            throw new DeviceException($"virtio-console at {_transport.Location}", queue.Fault, "");
        }

        if (!queue.EnableInterrupts()) return true;
        Instant now = _transport.Machine.Now;
        if (now >= deadline) return false;
        _event.Wait(_transport.HasInterrupt ? deadline : Instant.Min(deadline, now + TimeSpan.FromMilliseconds(1)));
        _transport.AcknowledgeInterrupt();
        return true;
    }
}
