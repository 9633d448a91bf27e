using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>Opening, closing, and the only place where the state changes.</summary>
public sealed partial class TcpConnection
{
    /// <summary>The only writer of <see cref="State"/>.</summary>
    private void SetState(TcpState state)
    {
        if (State == TcpState.SynReceived) Transport.HalfOpenCount--;
        if (state == TcpState.SynReceived) Transport.HalfOpenCount++;
        Transport.Trace?.Invoke(this, State, state);
        State = state;
        if (Lingerer is not null && LingerEnded) Lingerer.Raise(SocketReadiness.Closed);
    }

    /// <summary>A closed socket whose close waits for the peer's acknowledgment (SO_LINGER).</summary>
    internal TcpSocket? Lingerer { get; set; }

    /// <summary>All that was queued, and the FIN, are acknowledged; or there is no more hope.</summary>
    internal bool LingerEnded => State is TcpState.Closed or TcpState.FinWait2 or TcpState.TimeWait;

    /// <summary>Active open: the route is known, the ports are chosen.</summary>
    internal void OpenActive(Instant now, in Route route)
    {
        _route = route;
        ChooseSequence(now);
        PrepareSyn(now);
        SetState(TcpState.SynSent);
        Transport.Counters.ActiveOpens++;
        SendSyn(now);
    }

    /// <summary>Passive open: a SYN came to a listener (RFC 9293 section 3.10.7.2). True: its text was taken, and the packet with it.</summary>
    internal bool OpenPassive(Instant now, in Route route, in TcpRepr syn, PacketBuffer packet)
    {
        _route = route;
        ChooseSequence(now);
        PrepareSyn(now);
        AcceptSynOptions(now, syn);
        SetState(TcpState.SynReceived);
        bool taken = Listener!.Options.FastOpenQueue > 0 && (syn.FastOpen != 0 || (syn.PayloadLength > 0 && Listener.Options.FastOpenNoCookie)) && AcceptFastOpen(now, syn, packet);
        SendSyn(now);
        if (IsFastOpen) Listener!.Established(this);
        return taken;
    }

    /// <summary>A SYN cookie came back: the connection as if the SYN and our answer had been kept.</summary>
    internal void OpenFromCookie(Instant now, in Route route, in TcpRepr rebuiltSyn, uint iss)
    {
        _route = route;
        PrepareSyn(now);
        _iss = iss;
        _sndUna = _iss;
        _sndNxt = _iss + 1;
        _sendQueueStart = _iss + 1;
        AcceptSynOptions(now, rebuiltSyn);
        SetState(TcpState.SynReceived);
    }

    private void ChooseSequence(Instant now)
    {
        _iss = Transport.NextInitialSequence(now, this);
        _sndUna = _sndNxt = _iss;
        _sendQueueStart = _iss + 1;
        _smallSegmentEnd = _reductionPoint = _rackHighest = _iss;
    }

    // What we offer: everything; AcceptSynOptions takes back what the peer does not have.
    private void PrepareSyn(Instant now)
    {
        _timestamps = _sack = true;
        _timestampOffset = Transport.TimestampOffset(this);
        _rcvShift = WindowScaleFor(_receiveLimitIsFixed ? _receiveLimit : Math.Max(_receiveLimit, _limits.MaximumBuffer));
        _lastReceived = now;
    }

    private static byte WindowScaleFor(int buffer)
    {
        byte shift = 0;
        while (shift < 14 && buffer >> shift > ushort.MaxValue) shift++;
        return shift;
    }

    private void AcceptSynOptions(Instant now, in TcpRepr syn)
    {
        _irs = syn.SequenceNumber;
        _rcvNxt = _irs + 1;
        // What our SYN offers, or has offered; never scaled.
        _rcvAdvertised = _rcvNxt + (uint)Math.Min(_receiveLimit, ushort.MaxValue);
        _lastAckSent = _rcvNxt;
        _peerMss = syn.MaximumSegmentSize != 0 ? Math.Max(syn.MaximumSegmentSize, (ushort)MinimumMss)
            : (ushort)(RemoteAddress.IsV4 ? DefaultMss : DefaultMssV6);
        _sack = _sack && syn.SackPermitted;
        if (_timestamps && syn.HasTimestamps)
        {
            _tsRecent = syn.TimestampValue;
            _tsRecentTime = now;
        }
        else
        {
            _timestamps = false;
        }

        if (syn.WindowScale >= 0)
            _sndShift = (byte)syn.WindowScale;
        else
            _sndShift = _rcvShift = 0;
        // The window in a SYN is never scaled (RFC 7323 section 2.2).
        SetSendWindow(syn.Window, syn.SequenceNumber, syn.AcknowledgmentNumber);
        UpdateSegmentSize();
        _congestion.Start(_segmentSize);
        _quickAcks = InitialQuickAcks;
    }

    private void Establish(Instant now)
    {
        SetState(TcpState.Established);
        _retries = 0;
        _timeoutBackoff = 0;
        _lastReceived = _lastSent = now;
        if (_keepAlive) _keepAliveAt = now + _keepAliveIdle;
        _drsTime = now;
        _drsSequence = _rcvNxt;
        if (_finQueued) SetState(TcpState.FinWait1);
    }

    /// <summary>The user closes its direction: a FIN follows what is queued (RFC 9293 section 3.10.4).</summary>
    internal void CloseSend(Instant now)
    {
        switch (State)
        {
            case TcpState.SynSent:
                Terminate(0);
                return;
            case TcpState.SynReceived:
                _finQueued = true; // queued until the connection is established
                if (!IsFastOpen) return;
                break;
            case TcpState.Established:
                _finQueued = true;
                SetState(TcpState.FinWait1);
                break;
            case TcpState.CloseWait:
                _finQueued = true;
                SetState(TcpState.LastAck);
                break;
            default:
                return;
        }

        Output(now);
    }

    /// <summary>
    /// No descriptor refers to the connection any more: what is queued is still delivered, but nothing can be read. Unread text
    /// makes it a reset, so that the peer learns of the loss (RFC 9293 section 3.6.1, RFC 2525 section 2.17).
    /// </summary>
    internal void Orphan(Instant now)
    {
        Socket = null;
        Listener = null;
        if (State == TcpState.Closed) return;
        if (!_receiveQueue.IsEmpty && (State.IsSynchronized() || IsFastOpen) && State != TcpState.TimeWait)
        {
            Abort(now, 0);
            return;
        }

        _outOfOrder.Clear();
        DropText();
        CloseSend(now);
        if (State == TcpState.FinWait2) StartFinWait2Timer(now);
        if (State != TcpState.Closed) ScheduleTimers();
    }

    /// <summary>ABORT (RFC 9293 section 3.10.5): a reset where the peer knows the connection, then nothing.</summary>
    internal void Abort(Instant now, int error)
    {
        if (State.IsSynchronized() && State is not TcpState.TimeWait || State == TcpState.SynReceived) SendReset(now);
        Terminate(error);
    }

    /// <summary>The connection is over. Text that has arrived in order stays readable, unless it was reset.</summary>
    private void Terminate(int error)
    {
        if (State == TcpState.Closed) return;
        bool wasOpen = State.IsSynchronized() || IsFastOpen;
        if (IsFastOpen) EndFastOpen(wasReset: error == SocketErrno.ECONNRESET);
        // One that is established waits on for accept, which finds its end; a half-open one is forgotten.
        if (!wasOpen) Listener = null;
        SetState(TcpState.Closed);
        Error = error;
        if (wasOpen && error == SocketErrno.ECONNRESET) Counters.EstablishedResets++;
        Release();
        // As on Linux: what arrived in order before a reset can still be read.
        if (IsOrphan) DropText();
        Socket?.ConnectionEnded(error);
    }

    // Gives back everything but the text that can still be read.
    private void Release()
    {
        Transport.Timers.Remove(this);
        Transport.Remove(this);
        _sendQueue.Clear();
        _outOfOrder.Clear();
        AccountSend();
        AccountReceive();
        _scoreboard.Clear();
        _flight = default;
        _timer = TcpTimer.None;
        _ackAt = _keepAliveAt = _closeAt = _retryAt = _reorderingAt = Instant.Never;
        _ackNow = false;
    }

    /// <summary>
    /// TIME-WAIT is kept by a small record, so that thousands of them cost little; the connection itself remains only for a
    /// reader.
    /// </summary>
    private void EnterTimeWait(Instant now)
    {
        // Acknowledge the FIN before the record takes over.
        if (_ackNow) SendAck(now);
        SetState(TcpState.TimeWait);
        Release();
        Transport.AddTimeWait(new TcpTimeWait(this, _sndNxt, _rcvNxt, AdvertisedWindowField(), _timestamps, _tsRecent, _timestampOffset, _interfaceIndex), now);
        if (IsOrphan) DropText();
        Socket?.StateChanged();
    }
}
