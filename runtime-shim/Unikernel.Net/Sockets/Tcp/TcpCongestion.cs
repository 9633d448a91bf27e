namespace Unikernel.Net.Sockets.Tcp;

/// <summary>Which congestion control a connection uses.</summary>
public enum TcpCongestionKind : byte
{
    NewReno,
    Cubic,
}

/// <summary>
/// Congestion control as a strategy: how the window grows and by how much it shrinks. When there was a loss is not decided here
/// (that is <see cref="TcpConnection"/>'s recovery). All in bytes.
/// </summary>
public abstract class TcpCongestion
{
    /// <summary>RFC 6928: ten segments.</summary>
    private const int InitialSegments = 10;

    protected TcpCongestion(int segmentSize) => Start(segmentSize);

    public static TcpCongestion Create(TcpCongestionKind kind, int segmentSize) =>
        kind == TcpCongestionKind.NewReno ? new NewReno(segmentSize) : new Cubic(segmentSize);

    public abstract TcpCongestionKind Kind { get; }

    /// <summary>The congestion window.</summary>
    public int Window { get; protected set; }

    /// <summary>The slow start threshold.</summary>
    public int Threshold { get; protected set; } = int.MaxValue;

    protected int SegmentSize { get; private set; }

    public bool InSlowStart => Window < Threshold;

    /// <summary>The segment size became known, or smaller: before anything was sent the initial window follows it.</summary>
    public void Start(int segmentSize)
    {
        SegmentSize = segmentSize;
        Window = Math.Min(InitialSegments * segmentSize, Math.Max(2 * segmentSize, 14_600));
    }

    public void SetSegmentSize(int segmentSize) => SegmentSize = segmentSize;

    /// <summary>New data was acknowledged outside of recovery while the window was in use.</summary>
    public void Acknowledged(Instant now, int bytes, TimeSpan smoothedRtt)
    {
        if (InSlowStart)
        {
            // RFC 5681 with appropriate byte counting (RFC 3465, L = 2): acknowledgments that cover much must not be
            // punished, and one that covers very much (after an outage) must not release a burst.
            int room = Threshold - Window;
            int growth = Math.Min(bytes, 2 * SegmentSize * Math.Max(1, bytes / (4 * SegmentSize)));
            if (growth < room)
            {
                Grow(growth);
                return;
            }

            Grow(room);
            bytes -= Math.Min(bytes, room);
            if (bytes == 0) return;
        }

        AvoidCongestion(now, bytes, smoothedRtt);
    }

    /// <summary>A loss was found by duplicate or selective acknowledgments: sets the threshold and the window for recovery.</summary>
    public virtual void EnterRecovery(Instant now, int flightSize)
    {
        Threshold = Math.Max(Reduce(now, flightSize), 2 * SegmentSize);
        Window = Threshold;
    }

    /// <summary>In recovery somebody else says how much may be outstanding (proportional rate reduction).</summary>
    public void Set(int window) => Window = window;

    /// <summary>The retransmission timer expired: back to one segment (RFC 5681 section 3.1).</summary>
    /// <param name="now">The time.</param>
    /// <param name="flightSize">Bytes outstanding.</param>
    /// <param name="first">The first expiry for this data: later ones keep the threshold.</param>
    public virtual void Timeout(Instant now, int flightSize, bool first)
    {
        if (first) Threshold = Math.Max(Reduce(now, flightSize), 2 * SegmentSize);
        Window = SegmentSize;
    }

    /// <summary>Nothing was sent for longer than a retransmission timeout: the window says nothing any more (RFC 5681 section 4.1).</summary>
    public virtual void RestartAfterIdle() => Window = Math.Min(Window, InitialSegments * SegmentSize);

    /// <summary>The timeout or loss was spurious (RFC 4015, F-RTO): as before.</summary>
    public void Undo(int window, int threshold)
    {
        Window = Math.Max(Window, window);
        Threshold = Math.Max(Threshold, threshold);
    }

    protected void Grow(int bytes) => Window = (int)Math.Min((long)Window + bytes, 1 << 30);

    /// <summary>The new threshold after a loss.</summary>
    protected abstract int Reduce(Instant now, int flightSize);

    protected abstract void AvoidCongestion(Instant now, int bytes, TimeSpan smoothedRtt);

    /// <summary>RFC 5681 section 3.1: one segment per round trip, half after a loss.</summary>
    private sealed class NewReno(int segmentSize) : TcpCongestion(segmentSize)
    {
        private int _acknowledged;

        public override TcpCongestionKind Kind => TcpCongestionKind.NewReno;

        protected override int Reduce(Instant now, int flightSize) => flightSize / 2;

        protected override void AvoidCongestion(Instant now, int bytes, TimeSpan smoothedRtt)
        {
            _acknowledged += bytes;
            if (_acknowledged < Window) return;
            _acknowledged -= Window;
            Grow(SegmentSize);
        }
    }
}
