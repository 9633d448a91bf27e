using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// RACK (RFC 8985 section 6), for connections with selective acknowledgments: what was sent before something that has arrived, and has not arrived itself a
/// round trip and a reordering window later, is lost, also when it is a repetition. Counting duplicates (RFC 6675) is left as what closes the window
/// while no reordering was seen.
/// </summary>
public sealed partial class TcpConnection
{
    private const int ReorderingPersistence = 16; // recoveries without a duplicate report, after which the window is the first again
    private const int MaximumReorderingSteps = 255;

    // Section 5.2: minimum over the recent past, since a path may become longer (Linux' tcp_min_rtt_wlen).
    private static readonly TimeSpan s_minimumRttAge = TimeSpan.FromMinutes(5);

    private TcpFlight _flight;
    private Instant _rackSent;          // RACK.xmit_ts; Zero: nothing is known
    private uint _rackEnd;              // RACK.end_seq
    private TimeSpan _rackRtt;
    private uint _rackHighest;          // RACK.fack
    private TimeSpan _minimumRtt;
    private Instant _minimumRttUntil;
    private bool _reorderingSeen;
    private byte _reorderingSteps = 1;  // RACK.reo_wnd_mult
    private byte _reorderingPersists;
    private bool _duplicateRound;       // RACK.dsack_round is set
    private uint _duplicateRoundEnd;
    private Instant _reorderingAt = Instant.Never; // when what is late, and may only be reordered, is lost

    // Steps 1 to 3 for text that the segment at hand acknowledges for the first time, cumulatively or selectively.
    private void Delivered(Instant now, in TcpRepr segment, uint start, uint end)
    {
        for (int i = 0; i < _flight.Count; i++)
        {
            ref TcpTransmission range = ref _flight.Ranges[i];
            if (TcpSequence.LessOrEqual(range.End, start)) continue;
            uint from = TcpSequence.Max(_flight.StartOf(i), start), to = TcpSequence.Min(range.End, end);
            if (!TcpSequence.Less(from, to)) return;
            if (!range.Repeated && TcpSequence.Less(from, _rackHighest)) _reorderingSeen = true;
            TimeSpan rtt = now - range.Sent;
            if (range.Repeated)
            {
                // The first copy's arrival, not this one's (step 2).
                if (_timestamps && segment.TimestampEcho != 0 && TcpSequence.Less(segment.TimestampEcho, TimestampNow(range.Sent))) continue;
                if (rtt < _minimumRtt) continue;
            }
            else
            {
                MeasureMinimumRtt(now, rtt);
            }

            _rackRtt = rtt;
            if (_rackSent < range.Sent || (_rackSent == range.Sent && TcpSequence.Less(_rackEnd, to))) (_rackSent, _rackEnd) = (range.Sent, to);
        }
    }

    // The cumulative acknowledgment advances.
    private void FlightAcknowledged(Instant now, in TcpRepr segment, uint acknowledgment)
    {
        if (!_scoreboard.IsEmpty || acknowledgment != _sndNxt)
        {
            PartAcknowledged(now, segment, acknowledgment);
            return;
        }

        // The usual case: nothing is left that could be late.
        if (_flight.Count > 0 && !_flight.Last.Repeated) MeasureMinimumRtt(now, now - _flight.Last.Sent);
        _flight.Clear();
        _rackHighest = acknowledgment;
        _reorderingAt = Instant.Never;
    }

    private void PartAcknowledged(Instant now, in TcpRepr segment, uint acknowledgment)
    {
        if (_sack)
        {
            for (uint from = _sndUna; _scoreboard.TryFindHole(from, acknowledgment, out TcpSackBlock hole); from = hole.End) Delivered(now, segment, hole.Start, hole.End);
            if (TcpSequence.Less(_rackHighest, acknowledgment)) _rackHighest = acknowledgment;
        }

        _flight.Acknowledge(acknowledgment);
    }

    private void MeasureMinimumRtt(Instant now, TimeSpan rtt)
    {
        if (rtt > _minimumRtt && now < _minimumRttUntil) return;
        _minimumRtt = rtt;
        _minimumRttUntil = now + s_minimumRttAge;
    }

    // Step 4, section 6.2.
    private TimeSpan ReorderingWindow
    {
        get
        {
            if (!_reorderingSeen)
            {
                if (_recovery > TcpRecovery.Marked || _duplicateAcks >= DuplicateThreshold || _scoreboard.Count >= DuplicateThreshold ||
                    _scoreboard.SackedBytes > (DuplicateThreshold - 1) * _segmentSize) return TimeSpan.Zero;
            }

            return new(Math.Min(_reorderingSteps * Math.Max(_minimumRtt.Ticks, s_granularity.Ticks) / 4, _srtt.Ticks));
        }
    }

    // A duplicate report (RFC 2883): something was sent again for nothing, so the window is too small. Once for each round trip.
    private void DuplicateReported()
    {
        if (_duplicateRound && TcpSequence.LessOrEqual(_duplicateRoundEnd, _sndUna)) _duplicateRound = false;
        if (_duplicateRound) return;
        _duplicateRound = true;
        _duplicateRoundEnd = _sndNxt;
        _reorderingSteps = (byte)Math.Min(_reorderingSteps + 1, MaximumReorderingSteps);
        _reorderingPersists = ReorderingPersistence;
    }

    private void ReorderingRecovered()
    {
        if (_reorderingPersists > 0 && --_reorderingPersists == 0) _reorderingSteps = 1;
    }

    // Step 5. True: something more is lost.
    private bool DetectLosses(Instant now)
    {
        _reorderingAt = Instant.Never;
        if (_scoreboard.IsEmpty && _recovery <= TcpRecovery.Marked || _rackSent == Instant.Zero) return false;
        TimeSpan patience = _rackRtt + ReorderingWindow;
        Instant last = Instant.Zero;
        bool more = false;
        int at = 0;
        for (int i = 0; i < _flight.Count; i++)
        {
            TcpTransmission range = _flight.Ranges[i];
            if (range.Lost || _rackSent < range.Sent) continue;
            uint start = _flight.StartOf(i), end = range.Sent == _rackSent ? TcpSequence.Min(range.End, _rackEnd) : range.End;
            if (!TcpSequence.Less(start, end) || _scoreboard.HoleBytes(start, end, ref at) == 0) continue;
            Instant lostAt = range.Sent + patience;
            if (lostAt > now)
            {
                last = Instant.Max(last, lostAt);
                continue;
            }

            if (end != range.End && _flight.Cut(end) == i) continue;
            _flight.Ranges[i].Lost = true;
            more = true;
        }

        if (last > Instant.Zero)
        {
            _reorderingAt = last;
            ScheduleTimers();
        }

        return more;
    }

    private void ReorderingTimeout(Instant now)
    {
        _sackedBefore = _scoreboard.SackedBytes;
        FindLosses(now, 0);
        Transport.MarkDirty(this);
    }

    // Section 6.3: of what is outstanding when the retransmission timer expires the first segment is lost, and what has had its time; without selective
    // acknowledgments everything (RFC 6582 section 4, RFC 5681 section 3.1).
    private void MarkLostByTimeout(Instant now)
    {
        TimeSpan patience = _rackRtt + ReorderingWindow;
        foreach (ref TcpTransmission range in _flight.Ranges) range.Lost = !_sack || _rackSent == Instant.Zero || range.Sent + patience <= now;
        MarkFirstLost();
    }
}
