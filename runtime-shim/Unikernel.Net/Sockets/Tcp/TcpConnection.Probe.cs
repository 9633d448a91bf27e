using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// Tail loss probe (RFC 8985 section 7): when the last segments of a flight are lost nothing comes that would tell. After two round trips one segment goes
/// out, new or the last one again, so that its acknowledgment tells long before the retransmission timer.
/// </summary>
public sealed partial class TcpConnection
{
    private enum LossProbe : byte
    {
        None,

        /// <summary>The timer is that of the probe; <see cref="_timeoutAt"/> comes after it.</summary>
        Armed,

        /// <summary>A segment that was not sent before is on its way as a probe.</summary>
        New,

        /// <summary>The last segment is on its way a second time.</summary>
        Repeated,
    }

    // As in the first drafts: below it the peer's delays and ours are not told from losses.
    private static readonly TimeSpan s_minimumProbe = TimeSpan.FromMilliseconds(10);

    private LossProbe _probe;
    private uint _probeEnd;
    private Instant _timeoutAt;

    // Section 7.2. One segment alone waits for the peer's delayed acknowledgment about as long as for the timeout.
    private void ArmProbe(Instant now)
    {
        if (_probe == LossProbe.Armed) _probe = LossProbe.None;
        if (FlightSize <= _segmentSize || !_limits.LossProbe || !_sack || !_hasRtt || _recovery > TcpRecovery.Marked || _timeoutBackoff != 0 || _probe != LossProbe.None || !_scoreboard.IsEmpty || !State.IsSynchronized()) return;
        Instant at = now + Max(2 * _srtt, s_minimumProbe);
        if (at >= _timerAt) return;
        _probe = LossProbe.Armed;
        _timeoutAt = _timerAt;
        _timerAt = at;

        static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
    }

    // Section 7.3.
    private void SendLossProbe(Instant now)
    {
        _probe = LossProbe.None;
        _timerAt = Instant.Max(_timeoutAt, now + s_minimumProbe);
        int unsent = (int)(FinSequence - _sndNxt), window = (int)(_sndUna + _sndWnd - _sndNxt);
        int length = Math.Min(unsent, _segmentSize);
        if (length > 0 && length <= window && (length == _segmentSize || MaySendSmall))
        {
            if (!SendText(now, _sndNxt, length, fin: false)) return;
            _probe = LossProbe.New;
            Advance(now, length, fin: false);
        }
        else
        {
            uint textEnd = TcpSequence.Min(FinSequence, _sndNxt);
            length = Math.Clamp((int)(textEnd - _sndUna), 0, _segmentSize);
            if ((length == 0 && !FinSent) || !SendText(now, textEnd - (uint)length, length, FinSent)) return;
            Counters.SegmentsRetransmitted++;
            _timing = false;
            _probe = LossProbe.Repeated;
            _flight.Repeat(now, textEnd - (uint)length, _sndNxt);
        }

        _probeEnd = _sndNxt;
        Counters.LossProbes++;
    }

    // Section 7.4: the cumulative acknowledgment has advanced.
    private void ProbeAcknowledged(Instant now, in TcpRepr segment)
    {
        if (TcpSequence.Less(_sndUna, _probeEnd)) return;
        bool repeated = _probe == LossProbe.Repeated;
        _probe = LossProbe.None;
        // Both copies arrived, as a duplicate report says (RFC 2883): nothing was lost.
        if (!repeated || (segment.SackCount > 0 && IsDuplicateReport(segment))) return;
        // The probe repaired a loss, which is a sign of congestion like any other.
        Counters.LossProbeRecoveries++;
        _congestion.EnterRecovery(now, Math.Max(FlightSize, _congestion.Window));
        TellReduction();
    }
}
