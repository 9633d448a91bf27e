namespace Unikernel.Net.Sockets.Tcp;

/// <summary>The states of RFC 9293 section 3.3.2.</summary>
public enum TcpState : byte
{
    Closed,
    Listen,
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
}

/// <summary>What the states allow.</summary>
public static class TcpStates
{
    private const uint Synchronized = 1 << (int)TcpState.Established | 1 << (int)TcpState.FinWait1 | 1 << (int)TcpState.FinWait2 |
        1 << (int)TcpState.CloseWait | 1 << (int)TcpState.Closing | 1 << (int)TcpState.LastAck | 1 << (int)TcpState.TimeWait;

    private const uint CanQueue = 1 << (int)TcpState.SynSent | 1 << (int)TcpState.SynReceived | 1 << (int)TcpState.Established | 1 << (int)TcpState.CloseWait;
    private const uint CanReceive = 1 << (int)TcpState.Established | 1 << (int)TcpState.FinWait1 | 1 << (int)TcpState.FinWait2;
    private const uint OurFinIsQueued = 1 << (int)TcpState.FinWait1 | 1 << (int)TcpState.Closing | 1 << (int)TcpState.LastAck;

    /// <summary>Both sides have each other's sequence number.</summary>
    public static bool IsSynchronized(this TcpState state) => (Synchronized & 1u << (int)state) != 0;

    /// <summary>The user has not closed: more may be queued to be sent.</summary>
    public static bool AcceptsSend(this TcpState state) => (CanQueue & 1u << (int)state) != 0;

    /// <summary>The peer has not closed: text is accepted.</summary>
    public static bool AcceptsText(this TcpState state) => (CanReceive & 1u << (int)state) != 0;

    /// <summary>A FIN of ours is to be sent, or on its way.</summary>
    public static bool HasUnacknowledgedFin(this TcpState state) => (OurFinIsQueued & 1u << (int)state) != 0;

    /// <summary>The name as the RFC writes it.</summary>
    public static string Name(this TcpState state) => state switch
    {
        TcpState.Closed => "CLOSED",
        TcpState.Listen => "LISTEN",
        TcpState.SynSent => "SYN-SENT",
        TcpState.SynReceived => "SYN-RECEIVED",
        TcpState.Established => "ESTABLISHED",
        TcpState.FinWait1 => "FIN-WAIT-1",
        TcpState.FinWait2 => "FIN-WAIT-2",
        TcpState.CloseWait => "CLOSE-WAIT",
        TcpState.Closing => "CLOSING",
        TcpState.LastAck => "LAST-ACK",
        _ => "TIME-WAIT",
    };
}
