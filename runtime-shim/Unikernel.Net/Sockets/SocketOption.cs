namespace Unikernel.Net.Sockets;

/// <summary>
/// Options with an integer value. Grouped by level; which sockets know which is each socket's <see cref="NetSocket.SetOption"/>. An unknown
/// one is ENOPROTOOPT.
/// </summary>
public enum SocketOption
{
    // SOL_SOCKET
    Debug = 1,
    ReuseAddress,
    ReusePort,
    KeepAlive,
    DontRoute,
    Broadcast,
    OutOfBandInline,
    SendBuffer,
    ReceiveBuffer,
    SendLowWater,
    ReceiveLowWater,

    /// <summary>Milliseconds; 0: for ever.</summary>
    SendTimeout,

    /// <summary>Milliseconds; 0: for ever.</summary>
    ReceiveTimeout,

    /// <summary>Seconds; -1: off (SO_LINGER).</summary>
    Linger,

    /// <summary>Read only: the pending error as errno; reading clears it (SO_ERROR).</summary>
    Error,

    /// <summary>Read only: is listening (SO_ACCEPTCONN).</summary>
    AcceptConnection,

    /// <summary>Kept and returned: there is no queue of errors (IP_RECVERR, IPV6_RECVERR).</summary>
    ReceiveErrors,

    /// <summary>The index of an interface (SO_BINDTODEVICE).</summary>
    BindToInterface,

    // IPPROTO_IP
    TypeOfService = 100,
    TimeToLive,

    /// <summary>0 no, 1 as the path wants, 2 always, 3 probing (IP_MTU_DISCOVER); 2 and 3 set the don't-fragment bit of datagrams.</summary>
    PathMtuDiscovery,
    MulticastTimeToLive,
    MulticastLoopback,

    /// <summary>The index of the interface for multicast.</summary>
    MulticastInterface,
    PacketInformation,
    HeaderIncluded,
    ReceiveTimeToLive,

    // IPPROTO_IPV6
    V6Only = 200,
    HopLimit,
    TrafficClass,
    MulticastHops,
    V6MulticastLoopback,
    V6MulticastInterface,
    V6PacketInformation,

    // IPPROTO_TCP
    NoDelay = 300,

    /// <summary>Seconds of idleness before the first probe (TCP_KEEPIDLE).</summary>
    KeepAliveTime,

    /// <summary>Seconds between probes (TCP_KEEPINTVL).</summary>
    KeepAliveInterval,
    KeepAliveCount,

    /// <summary>The largest segment to announce and send (TCP_MAXSEG).</summary>
    MaximumSegment,

    /// <summary>Acknowledge at once, until the next request for delay (TCP_QUICKACK).</summary>
    QuickAcknowledge,
    Cork,

    /// <summary>Milliseconds that sent data may stay unacknowledged (TCP_USER_TIMEOUT, RFC 5482).</summary>
    UserTimeout,

    /// <summary>Seconds; an orphan's FIN-WAIT-2 (TCP_LINGER2).</summary>
    FinWait2Timeout,

    /// <summary>SYNs sent before a connect gives up (TCP_SYNCNT).</summary>
    SynCount,

    /// <summary>0 NewReno, 1 CUBIC (TCP_CONGESTION by number).</summary>
    CongestionControl,

    /// <summary>Bytes not sent below which the socket is writable (TCP_NOTSENT_LOWAT).</summary>
    NotSentLowWater,

    /// <summary>Connections that a listener may open by text in their SYN, as long as their handshakes are not complete (TCP_FASTOPEN, RFC 7413).</summary>
    FastOpen,

    /// <summary>A connect asks for a cookie, or waits for the first text to go with the SYN (TCP_FASTOPEN_CONNECT).</summary>
    FastOpenConnect,

    /// <summary>Text in a SYN needs no cookie, ours or theirs (TCP_FASTOPEN_NO_COOKIE).</summary>
    FastOpenNoCookie,

    // IPPROTO_UDP
    NoChecksum = 400,
}
