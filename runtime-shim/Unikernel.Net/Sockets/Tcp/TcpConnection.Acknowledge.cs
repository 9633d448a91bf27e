using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// What an acknowledgment does: window, round-trip time (RFC 6298), congestion window, and loss recovery. Recovery is one
/// mechanism: ranges of what is outstanding are marked as lost until they are sent again, and what is still in the network is estimated.
/// RACK (RFC 8985), NewReno (RFC 6582) and the timeout differ only in what they mark.
/// </summary>
public sealed partial class TcpConnection
{
    private const int DuplicateThreshold = 3;

    // RFC 6298 section 2, the clock's granularity.
    private static readonly TimeSpan s_granularity = TimeSpan.FromMilliseconds(1);

    private TimeSpan _srtt, _rttVariation, _rto;
    private int _timeoutBackoff;
    private bool _hasRtt;

    // One segment is timed at a time where there are no timestamps (Karn's rule: never one that was sent twice).
    private bool _timing;
    private uint _timedSequence;
    private Instant _timedAt;

    /// <summary>RFC 9293 section 3.10.7.4, fifth; RFC 5961 section 5. False: the segment is to be dropped.</summary>
    private bool ProcessAcknowledgment(Instant now, in TcpRepr segment)
    {
        uint acknowledgment = segment.AcknowledgmentNumber;
        if (TcpSequence.Less(_sndNxt, acknowledgment))
        {
            Counters.AckTooNew++;
            SendChallengeAck(now);
            return false;
        }

        if (TcpSequence.Less(acknowledgment, _sndUna))
        {
            // RFC 5961 section 5.2: old is acceptable only within the largest window the peer ever offered.
            if (TcpSequence.Less(acknowledgment, _sndUna - Math.Max(_maxSndWnd, (uint)_segmentSize)))
            {
                Counters.AckTooOld++;
                SendChallengeAck(now);
                return false;
            }

            // Overtaken on the way: its text still counts, and what it says was received.
            _sackedBefore = _scoreboard.SackedBytes;
            if (segment.SackCount > 0 && _sack && ProcessSack(now, segment)) FindLosses(now, 0);
            return true;
        }

        uint newWindow = (uint)segment.Window << _sndShift;
        bool windowChanged = newWindow != _sndWnd;
        _sackedBefore = _scoreboard.SackedBytes;
        bool newSackInformation = segment.SackCount > 0 && _sack && ProcessSack(now, segment);
        if (TcpSequence.Less(_sndWl1, segment.SequenceNumber) || (_sndWl1 == segment.SequenceNumber && TcpSequence.LessOrEqual(_sndWl2, acknowledgment)))
            SetSendWindow(newWindow, segment.SequenceNumber, acknowledgment);

        if (_ecn != Ecn.None && segment.Has(TcpFlags.Ece)) ReduceForEcho(now, acknowledgment);
        int acknowledged = (int)(acknowledgment - _sndUna);
        if (acknowledged > 0)
        {
            AcknowledgeNew(now, segment, acknowledged);
            if (State is TcpState.Closed or TcpState.TimeWait) return true;
        }
        else if (FlightSize > 0 && segment.PayloadLength == 0 && !segment.Has(TcpFlags.Fin) && (_sack ? newSackInformation : !windowChanged))
        {
            // RFC 5681 section 2; with SACK only what says something new (RFC 6675 section 2).
            Counters.DuplicateAcks++;
            _duplicateAcks++;
            FindLosses(now, 0);
        }
        else if (newSackInformation)
        {
            FindLosses(now, 0);
        }

        // A peer that answers probes lives, and may keep its window closed for ever; an orphan does not wait that long.
        if (_timer == TcpTimer.Persist && !IsOrphan) _retries = 0;
        // Persist timer or retransmission timer, according to what is outstanding now, is set by Output.
        if (windowChanged && _timer == TcpTimer.Persist && _sndWnd > 0)
        {
            StopTimer();
            _timeoutBackoff = 0;
            _retries = 0;
        }

        return true;
    }

    private void SetSendWindow(uint window, uint sequence, uint acknowledgment)
    {
        _sndWnd = window;
        _sndWl1 = sequence;
        _sndWl2 = acknowledgment;
        if (window > _maxSndWnd) _maxSndWnd = window;
    }

    private void AcknowledgeNew(Instant now, in TcpRepr segment, int acknowledged)
    {
        uint acknowledgment = segment.AcknowledgmentNumber;
        if (_timestamps && segment.TimestampEcho != 0)
        {
            // RFC 7323 section 4.1.
            if (_undoPossible) UndoByEcho(segment.TimestampEcho);
            MeasureTimestamp(now, segment.TimestampEcho);
        }
        else if (_timing && TcpSequence.Less(_timedSequence, acknowledgment))
        {
            MeasureRtt(now - _timedAt);
        }

        if (_timing && TcpSequence.Less(_timedSequence, acknowledgment)) _timing = false;
        _undoPossible = false;

        // The queue holds text only; a FIN is acknowledged when the number goes beyond it.
        bool finAcknowledged = _finQueued && TcpSequence.Less(FinSequence, acknowledgment);
        int text = (int)(acknowledgment - _sendQueueStart) - (finAcknowledged ? 1 : 0);
        if (text > 0)
        {
            _sendQueue.TrimStart(text);
            _sendQueueStart += (uint)text;
            AccountSend();
        }

        // An echo never grows the window (RFC 3168 section 6.1.2).
        bool wasLimited = _windowLimited && !(_ecn != Ecn.None && segment.Has(TcpFlags.Ece));
        FlightAcknowledged(now, segment, acknowledgment);
        _sndUna = acknowledgment;
        if (!_scoreboard.IsEmpty) _scoreboard.Acknowledge(acknowledgment);
        _retries = 0;
        _timeoutBackoff = 0;

        if (_probe >= LossProbe.New) ProbeAcknowledged(now, segment);
        Recover(now, acknowledged, wasLimited);

        // RFC 6298 (5.2), (5.3).
        if (_sndUna == _sndNxt) StopTimer();
        else StartTimer(now, TcpTimer.Retransmit);

        if (finAcknowledged)
        {
            switch (State)
            {
                case TcpState.FinWait1:
                    SetState(TcpState.FinWait2);
                    Socket?.StateChanged();
                    if (IsOrphan) StartFinWait2Timer(now);
                    break;
                case TcpState.Closing:
                    EnterTimeWait(now);
                    Notify(SocketReadiness.Closed);
                    return;
                case TcpState.LastAck:
                    Terminate(0);
                    return;
            }
        }

        if (_sendBlocked && IsWritable)
        {
            _sendBlocked = false;
            Notify(SocketReadiness.Writable);
        }
    }

    // ---- Loss recovery ----

    // True: something new (RFC 6675 section 2).
    private bool ProcessSack(Instant now, in TcpRepr segment)
    {
        bool news = false;
        if (IsDuplicateReport(segment) && _probe != LossProbe.Repeated)
        {
            DuplicateReported();
            UndoByReport(segment.Sacks[0]);
        }

        for (int i = 0; i < segment.SackCount; i++)
        {
            TcpSackBlock block = segment.Sacks[i];
            // Only what we have sent and is not acknowledged can be meant; the rest is an old or a duplicate report (RFC 2883).
            if (!TcpSequence.Less(block.Start, block.End) || TcpSequence.Less(_sndNxt, block.End) || !TcpSequence.Less(_sndUna, block.Start) ||
                !TcpSequence.Less(segment.AcknowledgmentNumber, block.Start)) continue;
            for (uint from = block.Start; _scoreboard.TryFindHole(from, block.End, out TcpSackBlock hole); from = hole.End) Delivered(now, segment, hole.Start, hole.End);
            if (TcpSequence.Less(_rackHighest, block.End)) _rackHighest = block.End;
            news |= _scoreboard.Add(block.Start, block.End);
        }

        return news;
    }

    // RFC 2883 section 4: the first block is of what was acknowledged before, by number or by the second block.
    private static bool IsDuplicateReport(in TcpRepr segment)
    {
        TcpSackBlock first = segment.Sacks[0];
        if (TcpSequence.LessOrEqual(first.End, segment.AcknowledgmentNumber)) return true;
        return segment.SackCount > 1 && TcpSequence.LessOrEqual(segment.Sacks[1].Start, first.Start) && TcpSequence.LessOrEqual(first.End, segment.Sacks[1].End);
    }

    // A duplicate acknowledgment, or new selective ones.
    private void FindLosses(Instant now, int acknowledged)
    {
        if (_sack)
        {
            bool more = DetectLosses(now);
            if (_recovery is TcpRecovery.None or TcpRecovery.Marked && _flight.LostBytes(_scoreboard) > 0) EnterFastRecovery(now, acknowledged);
            else if (IsReducing) ReduceInProportion(NewlyDelivered(acknowledged), isSafe: acknowledged > 0 && !more);
            return;
        }

        // RFC 6582 section 3.2: not again for what the last recovery covered.
        if (_duplicateAcks == DuplicateThreshold && (_recovery == TcpRecovery.Marked || (_recovery == TcpRecovery.None && TcpSequence.Less(_recoveryPoint, _sndUna + 1))))
        {
            MarkFirstLost();
            EnterFastRecovery(now, acknowledged);
        }
        else if (IsReducing)
        {
            ReduceInProportion(NewlyDelivered(acknowledged), isSafe: false);
        }
    }

    private void MarkFirstLost() => _flight.MarkLost(_sndUna, TcpSequence.Min(_sndUna + (uint)_segmentSize, _sndNxt));

    private void EnterFastRecovery(Instant now, int acknowledged)
    {
        Counters.FastRecoveries++;
        _probe = LossProbe.None;
        bool isReducing = IsReducing;
        // What went out since the mark belongs to the same reduction.
        if (isReducing) _recoveryRepeated += (int)(_sndNxt - _recoveryPoint);
        _recovery = TcpRecovery.Fast;
        _recoveryPoint = _sndNxt;
        // Marks and losses of the same window are one sign of congestion (RFC 3168 section 6.1.2).
        if (_ecn == Ecn.None || !TcpSequence.InRange(_reductionPoint, _sndUna + 1, _sndNxt + 1))
        {
            KeepForUndo(now, isTimeout: false);
            _congestion.EnterRecovery(now, FlightSize);
            TellReduction();
        }

        if (!isReducing) BeginReduction(FlightSize - (_sack ? _sackedBefore : (_duplicateAcks - 1) * _segmentSize) + acknowledged);
        // The reordering timer comes without an acknowledgment: then the first repetition is what the clock has.
        int delivered = NewlyDelivered(acknowledged);
        ReduceInProportion(delivered > 0 ? delivered : _segmentSize, isSafe: false);

        // The first lost segment goes out whatever the window says (RFC 6675 section 5 (4.3)).
        RetransmitOne(now);
        StartTimer(now, TcpTimer.Retransmit);
    }

    // The cumulative acknowledgment advanced.
    private void Recover(Instant now, int acknowledged, bool wasLimited)
    {
        if (_recovery == TcpRecovery.None)
        {
            _duplicateAcks = 0;
            if (!_scoreboard.IsEmpty) FindLosses(now, acknowledged);
            // RFC 9438 and RFC 7661: a window that was not used says nothing about the path.
            if (_recovery == TcpRecovery.None && wasLimited)
            {
                _congestion.Acknowledged(now, acknowledged, _srtt);
                if (_sndUna == _sndNxt) _windowLimited = false;
            }

            GrowSendBuffer();
            return;
        }

        if (TcpSequence.LessOrEqual(_recoveryPoint, _sndUna))
        {
            if (IsReducing) _congestion.Set(_congestion.Threshold);
            bool wasFast = _recovery == TcpRecovery.Fast;
            if (_recovery > TcpRecovery.Marked) ReorderingRecovered();
            _recovery = TcpRecovery.None;
            _duplicateAcks = 0;
            if (wasFast && _recoveryRepeated > 0) UndoIfForNothing();
            if (!_sack) _flight.MarkNothingLost();
            else if (!_scoreboard.IsEmpty) FindLosses(now, 0);
            return;
        }

        if (_recovery == TcpRecovery.Loss)
        {
            // Slow start over what was outstanding (RFC 5681 section 3.1).
            _congestion.Acknowledged(now, acknowledged, _srtt);
            if (_sack) DetectLosses(now);
            return;
        }

        if (_sack)
        {
            FindLosses(now, acknowledged);
            return;
        }

        ReduceInProportion(NewlyDelivered(acknowledged), isSafe: true);
        if (_recovery == TcpRecovery.Marked)
        {
            _duplicateAcks = 0;
            return;
        }

        // RFC 6582 section 3.2 (3): a partial acknowledgment means that the next segment is lost too. The segments that the
        // duplicates stood for are now counted by the acknowledgment.
        _duplicateAcks = Math.Max(0, _duplicateAcks - Math.Max(1, acknowledged / _segmentSize - 1));
        MarkFirstLost();
        RetransmitOne(now);
    }

    /// <summary>Bytes believed to be in the network (RFC 6675 section 4, SetPipe; RFC 8985 has it as Linux' packets in flight).</summary>
    private int Pipe
    {
        get
        {
            int flight = FlightSize;
            if (_recovery == TcpRecovery.None && _duplicateAcks == 0 && _scoreboard.IsEmpty) return flight;
            int pipe = flight - _scoreboard.SackedBytes - _flight.LostBytes(_scoreboard);
            // Each duplicate stands for a segment that has left the network (RFC 5681 section 3.2 inflates the window instead).
            if (!_sack) pipe -= _duplicateAcks * _segmentSize;
            return Math.Max(0, pipe);
        }
    }

    // ---- Round-trip time ----

    private void MeasureTimestamp(Instant now, uint echo)
    {
        int milliseconds = (int)(TimestampNow(now) - echo);
        // An echo from the future or from long ago is a lie or a mistake.
        if (milliseconds is >= 0 and < 600_000) MeasureRtt(TimeSpan.FromMilliseconds(Math.Max(milliseconds, 1)));
    }

    /// <summary>RFC 6298 section 2.</summary>
    private void MeasureRtt(TimeSpan rtt)
    {
        if (rtt < s_granularity) rtt = s_granularity;
        if (!_hasRtt)
        {
            _hasRtt = true;
            _srtt = rtt;
            _rttVariation = rtt / 2;
        }
        else
        {
            long difference = Math.Abs(_srtt.Ticks - rtt.Ticks);
            _rttVariation = new((3 * _rttVariation.Ticks + difference) / 4);
            _srtt = new((7 * _srtt.Ticks + rtt.Ticks) / 8);
        }

        long variation = Math.Max(s_granularity.Ticks, 4 * _rttVariation.Ticks);
        _rto = new(Math.Clamp(_srtt.Ticks + variation, _limits.MinimumTimeout.Ticks, _limits.MaximumTimeout.Ticks));
    }
}
