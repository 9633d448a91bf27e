namespace Unikernel.Net.Sockets.Tcp;

/// <summary>What a program set on a socket: kept apart from the connection because it comes before it, and is inherited by accepted ones.</summary>
internal sealed class TcpOptions
{
    public bool NoDelay, Cork, QuickAck, KeepAlive, ReuseAddress, ReusePort, UrgentInline;
    public byte HopLimit, TrafficClass;
    public int UserTimeout, SynRetries, MaximumSegment, SendBuffer, ReceiveBuffer;
    public int NotSentLowWater = int.MaxValue;
    public int LingerSeconds = -1;
    public int InterfaceIndex;

    /// <summary>Connections that a listener opens by text in their SYN, as long as their handshakes are not complete (TCP_FASTOPEN); 0: none.</summary>
    public int FastOpenQueue;

    /// <summary>A connect waits for text to go with the SYN, if it has the server's cookie (TCP_FASTOPEN_CONNECT).</summary>
    public bool FastOpenConnect;

    /// <summary>Text in a SYN needs no cookie (TCP_FASTOPEN_NO_COOKIE).</summary>
    public bool FastOpenNoCookie;

    /// <summary>Those of the program's own (TCP_FASTOPEN_KEY).</summary>
    public TcpFastOpenKeys? FastOpenKeys;

    public TimeSpan KeepAliveIdle, KeepAliveInterval, FinWait2Timeout;
    public int KeepAliveCount;
    public TcpCongestionKind Congestion;

    public TcpOptions(TcpLimits limits)
    {
        KeepAliveIdle = limits.KeepAliveIdle;
        KeepAliveInterval = limits.KeepAliveInterval;
        KeepAliveCount = limits.KeepAliveProbes;
        Congestion = limits.Congestion;
    }

    public TcpOptions Clone() => (TcpOptions)MemberwiseClone();
}
