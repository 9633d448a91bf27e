namespace Unikernel.Net.Sockets;

/// <summary>The family of a socket's addresses.</summary>
public enum SocketFamily : byte
{
    Unspecified,
    Unix,
    InterNetwork,
    InterNetworkV6,
}

/// <summary>What a socket carries; one less than Linux's SOCK_ numbers.</summary>
public enum SocketKind : byte
{
    Stream,
    Datagram,
    Raw,

    /// <summary>Messages in order between two connected sockets (SOCK_SEQPACKET).</summary>
    SequencedPacket = 4,
}

/// <summary>What can be done with a socket without waiting. The values are those of .NET's portable SocketEvents.</summary>
[Flags]
public enum SocketReadiness
{
    None = 0,

    /// <summary>A receive or accept returns at once: data, a connection, end of stream, or an error.</summary>
    Readable = 1,

    /// <summary>A send takes at least one byte, or fails at once; a connect has ended.</summary>
    Writable = 2,

    /// <summary>The peer will send no more (EPOLLRDHUP).</summary>
    ReadClosed = 4,

    /// <summary>Both directions are closed (EPOLLHUP).</summary>
    Closed = 8,

    /// <summary>An error is pending (EPOLLERR).</summary>
    Error = 16,

    /// <summary>An urgent byte can be received out of band (EPOLLPRI); not among .NET's.</summary>
    Urgent = 32,
}

/// <summary>How one send or receive departs from the ordinary.</summary>
[Flags]
public enum SocketMessageFlags
{
    None = 0,

    /// <summary>Receive without taking (MSG_PEEK).</summary>
    Peek = 1,

    /// <summary>Does not wait though the socket would (MSG_DONTWAIT).</summary>
    DontWait = 2,

    /// <summary>Receive waits until the buffer is full (MSG_WAITALL).</summary>
    WaitAll = 4,

    /// <summary>Urgent data of TCP (MSG_OOB): send makes the last byte urgent, receive takes the urgent byte. Out: it is one.</summary>
    OutOfBand = 8,

    /// <summary>Send: more follows, hold back a partial segment (MSG_MORE).</summary>
    More = 16,

    /// <summary>Receive, in: return the datagram's full length. Out: the datagram was longer than the buffer (MSG_TRUNC).</summary>
    Truncated = 32,
}

/// <summary>Which direction <see cref="NetSocket.Shutdown"/> ends; the values are SHUT_RD, SHUT_WR, SHUT_RDWR.</summary>
public enum SocketShutdown
{
    Receive = 0,
    Send = 1,
    Both = 2,
}

/// <summary>One piece of memory of a scatter/gather operation; laid out as struct iovec and as the portable IOVector.</summary>
public readonly unsafe struct IoVector(byte* pointer, nuint count)
{
    public readonly byte* Pointer = pointer;
    public readonly nuint Count = count;

    /// <summary>The bytes; a single piece beyond 2 GB is cut, as a count returned could not say more.</summary>
    public Span<byte> Span => new(Pointer, (int)nuint.Min(Count, int.MaxValue));
}

/// <summary>An address of any family.</summary>
public readonly struct SocketName
{
    public SocketFamily Family { get; init; }

    /// <summary>For the internet families. An IPv4 address in an InterNetworkV6 name is a mapped one.</summary>
    public IpEndpoint Endpoint { get; init; }

    /// <summary>The flow information of an IPv6 name: kept and returned, without effect.</summary>
    public uint FlowInfo { get; init; }

    /// <summary>For Unix: the bytes of the path (without a terminator), or of an abstract name (beginning with zero); null: unnamed.</summary>
    public byte[]? Path { get; init; }

    /// <summary>A name of the family that the address itself has.</summary>
    public static SocketName From(IpEndpoint endpoint) =>
        new() { Family = endpoint.Address.IsV4 ? SocketFamily.InterNetwork : SocketFamily.InterNetworkV6, Endpoint = endpoint };

    /// <summary>A name as a socket of <paramref name="family"/> shows it: IPv4 in a dual-mode socket is mapped.</summary>
    public static SocketName From(SocketFamily family, IpEndpoint endpoint) => new() { Family = family, Endpoint = endpoint };
}

/// <summary>What recvmsg and sendmsg carry beside the bytes.</summary>
public struct SocketMessage
{
    /// <summary>Send: whereto, if <see cref="HasName"/>. Receive: from whom.</summary>
    public SocketName Name;

    public bool HasName;

    /// <summary>Receive: <see cref="SocketMessageFlags.Truncated"/> if the datagram was longer.</summary>
    public SocketMessageFlags Flags;

    /// <summary>IP_PKTINFO / IPV6_PKTINFO: the address that the datagram was sent to, and the interface that received it.</summary>
    public IpAddress PacketAddress;

    public int PacketInterface;
    public bool HasPacketInfo;
}

/// <summary>Is told when the readiness of a socket may have changed.</summary>
public interface ISocketWatcher
{
    /// <summary>
    /// Called under the stack's lock, from the poller or from another thread's operation. Must not block and must not call the
    /// socket. <paramref name="changes"/> says what became true: an edge, also when more data follows old.
    /// </summary>
    void ReadinessChanged(NetSocket socket, SocketReadiness changes);
}
