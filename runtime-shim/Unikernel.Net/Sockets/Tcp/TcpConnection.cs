using Unikernel.Net.Storage;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// One TCP connection: the transmission control block of RFC 9293 section 3.3.1 and what happens to it. Split by concern: State,
/// Receive (segments in), Acknowledge (their acknowledgments, loss recovery), Send (segments out), Timers, User (calls).
/// All under the stack's lock.
/// </summary>
public sealed partial class TcpConnection : TcpTableEntry
{
    internal readonly TcpTransport Transport;
    private readonly TcpLimits _limits;
    private Route _route;

    // ---- Send sequence variables (RFC 9293 section 3.3.1) ----
    private uint _iss;                  // initial send sequence number
    private uint _sndUna;               // oldest unacknowledged
    private uint _sndNxt;               // next to be sent for the first time
    private uint _sndWnd;               // the peer's window, scaled
    private uint _sndWl1;               // SEG.SEQ of the last window update
    private uint _sndWl2;               // SEG.ACK of the last window update
    private uint _maxSndWnd;            // largest window ever offered: its half bounds silly segments
    private uint _smallSegmentEnd;      // end of the last segment below full size (Minshall's variant of Nagle)
    private byte _sndShift;             // the peer's window scale

    // ---- Receive sequence variables ----
    private uint _irs;
    private uint _rcvNxt;
    private uint _rcvAdvertised;        // right edge of the window as the peer knows it: never moves left
    private uint _lastAckSent;          // RFC 7323's Last.ACK.sent
    private byte _rcvShift;

    // ---- Text ----
    private ByteQueue _sendQueue;       // from _sendQueueStart on: not acknowledged or not yet sent
    private uint _sendQueueStart;       // sequence number of its first byte
    private bool _finQueued;            // a FIN follows the queue's last byte
    private ByteQueue _receiveQueue;    // in order, not yet read
    private OutOfOrderQueue _outOfOrder;
    private bool _outOfOrderFin;        // a FIN arrived ahead of missing text
    private uint _outOfOrderFinSequence;
    private bool _finReceived;          // all text has arrived

    // ---- Options in use ----
    private bool _timestamps;
    private bool _sack;
    private uint _timestampOffset;
    private uint _tsRecent;
    private Instant _tsRecentTime;
    private ushort _peerMss = DefaultMss;
    private int _segmentSize;           // text bytes per segment, options subtracted
    private int _userMss;               // TCP_MAXSEG; 0: none
    private TcpSackBlocks _sackReport;  // what we report, the most recent first
    private byte _sackReportCount;

    // ---- Loss recovery (see Acknowledge) ----
    private SackScoreboard _scoreboard;
    private TcpRecovery _recovery;
    private uint _recoveryPoint;        // recovery ends when this is acknowledged
    private int _duplicateAcks;
    private int _sackedBefore;          // bytes selectively acknowledged before the segment at hand
    private TcpCongestion _congestion;
    private bool _windowLimited;        // the congestion window held data back since the last acknowledgment

    // ---- Acknowledgments to send ----
    private bool _ackNow;               // at the next output
    private int _unacknowledgedBytes;   // received since the last acknowledgment we sent
    private int _quickAcks;             // acknowledgments that are not delayed: at the start, and after a loss
    private bool _interactive;          // we answer what we receive: wait for the answer to carry the acknowledgment
    private Instant _nextChallengeAck;

    // ---- Links ----
    internal TcpConnection? DirtyNext;
    internal bool IsDirty;
    internal int HeapIndex = -1;
    internal Instant HeapDeadline;
    internal TcpConnection? AcceptNext;
    internal TcpConnection? MemoryNext;
    internal bool WaitsForMemory;

    /// <summary>Without options in the SYN (RFC 9293 section 3.7.1).</summary>
    public const int DefaultMss = 536;

    /// <summary>RFC 9293 section 3.7.1 for IPv6.</summary>
    private const int DefaultMssV6 = 1220;

    internal TcpConnection(TcpTransport transport, TcpListener? listener)
    {
        Transport = transport;
        _limits = transport.Limits;
        Listener = listener;
        _receiveLimit = _limits.ReceiveBuffer;
        _sendLimit = _limits.SendBuffer;
        _rto = _limits.InitialTimeout;
        _segmentSize = DefaultMss;
        _congestion = TcpCongestion.Create(_limits.Congestion, DefaultMss);
    }

    /// <summary>Whose connection this is; null before accept, and after close (an orphan).</summary>
    internal TcpSocket? Socket { get; set; }

    /// <summary>For a passive connection until it is accepted.</summary>
    internal TcpListener? Listener { get; set; }

    public TcpState State { get; private set; }

    /// <summary>Why the connection ended, as errno; 0: it did not, or in order.</summary>
    public int Error { get; private set; }

    private TcpCounters Counters => Transport.Counters;

    /// <summary>Sequence number of our FIN; only if it is queued.</summary>
    private uint FinSequence => _sendQueueStart + (uint)_sendQueue.Length;

    /// <summary>Sequence numbers sent and not acknowledged.</summary>
    private int FlightSize => (int)(_sndNxt - _sndUna);

    private bool FinSent => _finQueued && TcpSequence.Less(FinSequence, _sndNxt);

    /// <summary>Nobody can read what arrives.</summary>
    private bool IsOrphan => Socket is null && Listener is null;

    // ---- For printing and tests ----

    public uint SendUnacknowledged => _sndUna;
    public uint SendNext => _sndNxt;
    public uint SendWindow => _sndWnd;
    public uint ReceiveNext => _rcvNxt;
    public int SendQueueLength => _sendQueue.Length;
    public int ReceiveQueueLength => _receiveQueue.Length;
    public int SegmentSize => _segmentSize;
    public int CongestionWindow => _congestion.Window;
    public int SlowStartThreshold => _congestion.Threshold;
    public TimeSpan RetransmissionTimeout => _rto;
    public TimeSpan SmoothedRtt => _srtt;
    public int ReceiveLimit => _receiveLimit;
    public int SendLimit => _sendLimit;
    public TcpRecovery Recovery => _recovery;
    public bool UsesTimestamps => _timestamps;
    public bool UsesSack => _sack;
    public int SendScale => _sndShift;
    public int ReceiveScale => _rcvShift;

    /// <summary>One line about the connection. Not ToString(), which is in every image that has connections.</summary>
    public string Describe() =>
        $"{new IpEndpoint(LocalAddress, LocalPort)} {new IpEndpoint(RemoteAddress, RemotePort)} {State.Name()} recv-q {_receiveQueue.Length} send-q {_sendQueue.Length} cwnd {_congestion.Window} rto {_rto.TotalMilliseconds} ms";
}

/// <summary>What the sender does about lost segments.</summary>
public enum TcpRecovery : byte
{
    None,

    /// <summary>A mark was echoed (RFC 3168) and nothing is lost: the window comes down, as in Linux' state CWR.</summary>
    Marked,

    /// <summary>Fast recovery (RFC 8985 with SACK, else RFC 6582).</summary>
    Fast,

    /// <summary>After a retransmission timeout: slow start over what was outstanding.</summary>
    Loss,
}
