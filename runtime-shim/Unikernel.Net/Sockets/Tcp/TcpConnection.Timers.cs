using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>Which of the two exclusive timers of the sender runs.</summary>
internal enum TcpTimer : byte
{
    None,

    /// <summary>RFC 6298: what is outstanding is not acknowledged in time.</summary>
    Retransmit,

    /// <summary>RFC 9293 section 3.8.6.1: the peer's window is closed and nothing is outstanding.</summary>
    Persist,
}

/// <summary>Deadlines: retransmission, persist, delayed acknowledgment, keep-alive, and the end of what nobody waits for.</summary>
public sealed partial class TcpConnection
{
    private TcpTimer _timer;
    private Instant _timerAt = Instant.Never;
    private Instant _ackAt = Instant.Never;         // a delayed acknowledgment
    private Instant _keepAliveAt = Instant.Never;
    private Instant _closeAt = Instant.Never;       // FIN-WAIT-2 of an orphan
    private Instant _retryAt = Instant.Never;       // no buffer or a full device: output again
    private Instant _stalledSince = Instant.Never;  // since when nothing was acknowledged, for the user timeout
    private int _retries;
    private int _keepAliveSent;

    private bool _keepAlive;
    private TimeSpan _keepAliveIdle, _keepAliveInterval;
    private int _keepAliveCount;
    private int _userTimeout;
    private int _synRetries;

    private void StartTimer(Instant now, TcpTimer kind)
    {
        if (_timer != kind || (_retries == 0 && kind == TcpTimer.Retransmit)) _stalledSince = now;
        _timer = kind;
        _timerAt = now + Backoff(kind == TcpTimer.Persist && _rto < _limits.MinimumTimeout ? _limits.MinimumTimeout : _rto);
        if ((FlightSize > _segmentSize || _probe == LossProbe.Armed) && kind == TcpTimer.Retransmit) ArmProbe(now);
        ScheduleTimers();
    }

    private TimeSpan Backoff(TimeSpan timeout)
    {
        long ticks = timeout.Ticks << Math.Min(_timeoutBackoff, 16);
        return new(Math.Min(ticks, _limits.MaximumTimeout.Ticks));
    }

    private void StopTimer()
    {
        _timer = TcpTimer.None;
        _timerAt = Instant.Never;
    }

    private Instant NextDeadline => Instant.Min(Instant.Min(Instant.Min(_timerAt, _ackAt), Instant.Min(_keepAliveAt, _closeAt)), Instant.Min(_retryAt, _reorderingAt));

    private void ScheduleTimers() => Transport.Timers.Schedule(this, NextDeadline);

    /// <summary>The heap says that a deadline may have passed.</summary>
    internal void TimerFired(Instant now)
    {
        if (_closeAt <= now)
        {
            Counters.FinWait2Timeouts++;
            Terminate(0);
            return;
        }

        if (_retryAt <= now)
        {
            _retryAt = Instant.Never;
            Transport.MarkDirty(this);
        }

        if (_ackAt <= now)
        {
            Counters.DelayedAcks++;
            _ackAt = Instant.Never;
            _ackNow = true;
            // It was not the answer that we waited for.
            _interactive = false;
            Transport.MarkDirty(this);
        }

        if (_reorderingAt <= now) ReorderingTimeout(now);
        if (_timerAt <= now)
        {
            if (_timer == TcpTimer.Persist) PersistTimeout(now);
            else if (_probe == LossProbe.Armed) SendLossProbe(now);
            else RetransmissionTimeoutExpired(now);
            if (State == TcpState.Closed) return;
        }

        if (_keepAliveAt <= now)
        {
            KeepAliveTimeout(now);
            if (State == TcpState.Closed) return;
        }

        ScheduleTimers();
    }

    private void RetransmissionTimeoutExpired(Instant now)
    {
        Counters.Timeouts++;
        if (HasGivenUp(now))
        {
            GiveUp(now);
            return;
        }

        bool first = _retries++ == 0;
        _timeoutBackoff++;
        if (State is TcpState.SynSent or TcpState.SynReceived)
        {
            SendSyn(now, retransmission: true);
            return;
        }

        // RFC 2018 section 8: a peer that has selectively acknowledged the next octet but not cumulatively has dropped it again.
        if (!_scoreboard.IsEmpty && TcpSequence.LessOrEqual(_scoreboard[0].Start, _sndUna))
        {
            Counters.SackReneging++;
            _scoreboard.Clear();
            _rackSent = Instant.Zero;
        }

        if (first)
        {
            KeepForUndo(now, isTimeout: true);
            _undoPossible &= _recovery <= TcpRecovery.Marked;
        }

        // RFC 8201 and RFC 4821: full segments that vanish repeatedly may be too large for a path that does not say so.
        if (_retries == BlackHoleRetries) ReduceForBlackHole();

        _congestion.Timeout(now, FlightSize, first && _recovery != TcpRecovery.Loss);
        TellReduction();
        _recovery = TcpRecovery.Loss;
        _recoveryPoint = _sndNxt;
        _reorderingAt = Instant.Never;
        MarkLostByTimeout(now);
        _duplicateAcks = 0;
        _probe = LossProbe.None;
        _timing = false;
        // Several round trips of silence: the neighbour or the route may have changed.
        _route.Generation = 0;
        RetransmitOne(now);
        StartTimer(now, TcpTimer.Retransmit);
    }

    private bool HasGivenUp(Instant now)
    {
        if (_userTimeout > 0 && State.IsSynchronized()) return now - _stalledSince >= TimeSpan.FromMilliseconds(_userTimeout);
        int limit = State switch
        {
            TcpState.SynSent => _synRetries > 0 ? _synRetries : _limits.SynRetries,
            TcpState.SynReceived => _limits.SynAckRetries,
            _ => IsOrphan ? _limits.OrphanRetries : _limits.DataRetries,
        };
        return _retries >= limit;
    }

    private void GiveUp(Instant now)
    {
        Counters.TimedOut++;
        int error = _softError != 0 ? _softError : SocketErrno.ETIMEDOUT;
        if (State is TcpState.SynSent or TcpState.SynReceived)
        {
            Terminate(error);
            return;
        }

        Abort(now, error);
    }

    // RFC 9293 section 3.8.6.1. As Linux's, the probe is an old octet's number without text: RFC 9293 section 3.10.7.4 makes every receiver answer
    // it with its window, and nothing new is outstanding while the window is closed.
    private void PersistTimeout(Instant now)
    {
        if (_userTimeout > 0 && now - _stalledSince >= TimeSpan.FromMilliseconds(_userTimeout) || IsOrphan && _retries >= _limits.OrphanRetries)
        {
            GiveUp(now);
            return;
        }

        Counters.ZeroWindowProbes++;
        _retries++;
        _timeoutBackoff++;
        if (_sndWnd > 0 && TrySendForced(now)) return;
        SendProbe(now);
        StartTimer(now, TcpTimer.Persist);
    }

    private void KeepAliveTimeout(Instant now)
    {
        if (!_keepAlive || !State.IsSynchronized())
        {
            _keepAliveAt = Instant.Never;
            return;
        }

        Instant due = Instant.Max(_lastReceived, _lastSentText) + _keepAliveIdle;
        if (_keepAliveSent == 0 && due > now || FlightSize > 0)
        {
            // Not idle, or the retransmission timer watches anyway.
            _keepAliveAt = due > now ? due : now + _keepAliveInterval;
            return;
        }

        if (_userTimeout > 0 ? _keepAliveSent > 0 && now - _lastReceived >= TimeSpan.FromMilliseconds(_userTimeout) : _keepAliveSent >= _keepAliveCount)
        {
            Counters.KeepAliveDrops++;
            Abort(now, SocketErrno.ETIMEDOUT);
            return;
        }

        Counters.KeepAliveProbes++;
        _keepAliveSent++;
        SendProbe(now);
        _keepAliveAt = now + _keepAliveInterval;
    }

    private void StartFinWait2Timer(Instant now)
    {
        TimeSpan timeout = _finWait2Timeout > TimeSpan.Zero ? _finWait2Timeout : _limits.FinWait2;
        _closeAt = now + timeout;
        ScheduleTimers();
    }
}
