namespace Unikernel.Net.Sockets.Tcp;

/// <summary>Bounds and times of TCP, each with its default and where it is from.</summary>
public sealed class TcpLimits
{
    /// <summary>RFC 6298 says one second; Linux and everyone who talks to it use 200 ms.</summary>
    public TimeSpan MinimumTimeout { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>RFC 6298 (2.5): at least 60 s.</summary>
    public TimeSpan MaximumTimeout { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>RFC 6298 (2.1): before the first measurement.</summary>
    public TimeSpan InitialTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>RFC 9293 (3.8.6.3): below half a second. Linux's minimum.</summary>
    public TimeSpan DelayedAck { get; set; } = TimeSpan.FromMilliseconds(40);

    /// <summary>Two maximum segment lifetimes, as on Linux.</summary>
    public TimeSpan TimeWait { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>FIN-WAIT-2 of a connection that no descriptor refers to (tcp_fin_timeout).</summary>
    public TimeSpan FinWait2 { get; set; } = TimeSpan.FromSeconds(60);

    public TimeSpan KeepAliveIdle { get; set; } = TimeSpan.FromHours(2);
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(75);
    public int KeepAliveProbes { get; set; } = 9;

    /// <summary>A SYN is sent this often again (tcp_syn_retries), about two minutes.</summary>
    public int SynRetries { get; set; } = 6;

    public int SynAckRetries { get; set; } = 5;

    /// <summary>Unacknowledged data is sent this often again (tcp_retries2), about fifteen minutes; RFC 9293's R2.</summary>
    public int DataRetries { get; set; } = 15;

    /// <summary>The same for connections that no descriptor refers to (tcp_orphan_retries).</summary>
    public int OrphanRetries { get; set; } = 8;

    /// <summary>RFC 5961 section 7: one challenge ACK per connection in this time.</summary>
    public TimeSpan ChallengeAckInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Connections in SYN-RECEIVED, over all listeners; beyond it listeners answer with SYN cookies.</summary>
    public int HalfOpen { get; set; } = 256;

    public int Connections { get; set; } = 65_536;

    /// <summary>Connections in TIME-WAIT; the oldest goes first.</summary>
    public int TimeWaits { get; set; } = 4_096;

    /// <summary>The backlog of a listener is cut to this (net.core.somaxconn).</summary>
    public int Backlog { get; set; } = 4_096;

    public int SendBuffer { get; set; } = 64 * 1024;
    public int ReceiveBuffer { get; set; } = 64 * 1024;

    /// <summary>To which both buffers grow by themselves where a fast path has use for it.</summary>
    public int MaximumBuffer { get; set; } = 2 * 1024 * 1024;

    /// <summary>Tail loss probes (tcp_early_retrans).</summary>
    public bool LossProbe { get; set; } = true;

    public TcpCongestionKind Congestion { get; set; } = TcpCongestionKind.Cubic;
}
