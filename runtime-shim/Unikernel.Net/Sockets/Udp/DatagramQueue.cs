namespace Unikernel.Net.Sockets.Udp;

/// <summary>A received datagram and where it came from.</summary>
public readonly record struct Datagram(PacketBuffer Packet, IpPacketInfo Ip, ushort SourcePort)
{
    public IpEndpoint Source => new(Ip.Source, SourcePort, Ip.Source.IsV6 && Ip.Source.IsLinkLocal ? Ip.InterfaceIndex : 0);
}

/// <summary>
/// Datagrams that wait for a reader: a ring that grows to what its byte limit needs and then allocates no more. The limit counts
/// what Linux would count, not the payload, so that many small datagrams can not hold much more than they say.
/// </summary>
public sealed class DatagramQueue
{
    private Datagram[] _ring = [];
    private int _head;

    public int Count { get; private set; }
    public int Memory { get; private set; }

    /// <summary>SO_RCVBUF, of which each datagram takes what Linux would charge. Linux's default (net.core.rmem_default).</summary>
    public int Limit { get; set; } = 212_992;

    /// <summary>False: over the limit; the packet stays the caller's.</summary>
    public bool TryEnqueue(in Datagram datagram)
    {
        int memory = datagram.Packet.Charge;
        // One datagram is always taken, as on Linux: a limit below one packet must not make a socket deaf.
        if (Count != 0 && Memory + memory > Limit) return false;
        if (Count == _ring.Length) Grow();
        _ring[(_head + Count) & (_ring.Length - 1)] = datagram;
        Count++;
        Memory += memory;
        return true;
    }

    /// <summary>The datagram that is next, where it stands: only when <see cref="Count"/> is not 0.</summary>
    public ref readonly Datagram Next => ref _ring[_head];

    /// <summary>The caller owns the datagram's packet.</summary>
    public bool TryDequeue(out Datagram datagram)
    {
        datagram = Count == 0 ? default : Next;
        if (Count == 0) return false;
        Drop();
        return true;
    }

    /// <summary>Takes the next one away; who looked at it owns its packet.</summary>
    public void Drop()
    {
        Memory -= Next.Packet.Charge;
        _ring[_head] = default;
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
    }

    public void Clear()
    {
        while (TryDequeue(out Datagram datagram)) datagram.Packet.Release();
    }

    private void Grow()
    {
        var larger = new Datagram[Math.Max(16, _ring.Length * 2)];
        for (int i = 0; i < Count; i++) larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
        _ring = larger;
        _head = 0;
    }
}
