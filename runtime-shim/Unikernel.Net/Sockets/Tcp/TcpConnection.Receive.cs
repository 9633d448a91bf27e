using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>SEGMENT ARRIVES (RFC 9293 section 3.10.7.3 and 3.10.7.4), with RFC 5961 and RFC 7323.</summary>
public sealed partial class TcpConnection
{
    // RFC 7323 section 5.5: a timestamp older than this no longer protects.
    private static readonly TimeSpan s_timestampAge = TimeSpan.FromDays(24);
    private const int InitialQuickAcks = 16;

    private Instant _lastReceived;
    private int _interfaceIndex;

    /// <summary>A segment of this connection. Owns the packet, whose data begins behind the header.</summary>
    internal void Receive(Instant now, in IpPacketInfo ip, ref TcpRepr segment, PacketBuffer packet)
    {
        _interfaceIndex = ip.InterfaceIndex;
        if (State == TcpState.SynSent)
        {
            ReceiveInSynSent(now, ip, segment);
            packet.Release();
        }
        else if (!ReceiveSynchronized(now, ip, ref segment, packet))
        {
            packet.Release();
        }

        if (State is not (TcpState.Closed or TcpState.TimeWait)) Transport.MarkDirty(this);
    }

    private void ReceiveInSynSent(Instant now, in IpPacketInfo ip, in TcpRepr segment)
    {
        bool acknowledges = segment.Has(TcpFlags.Ack);
        if (acknowledges && !TcpSequence.InRange(segment.AcknowledgmentNumber, _iss + 1, _sndNxt + 1))
        {
            Counters.UnexpectedInSynSent++;
            if (!segment.Has(TcpFlags.Rst)) Transport.SendResetFor(now, ip, segment);
            return;
        }

        if (segment.Has(TcpFlags.Rst))
        {
            if (acknowledges)
            {
                Counters.ResetsReceived++;
                Terminate(SocketErrno.ECONNREFUSED);
            }
            else
            {
                Counters.UnexpectedInSynSent++;
            }

            return;
        }

        if (!segment.Has(TcpFlags.Syn))
        {
            Counters.UnexpectedInSynSent++;
            return;
        }

        // A timestamp that does not echo ours belongs to another incarnation (RFC 7323 section 3.2).
        if (acknowledges && segment.HasTimestamps && TcpSequence.Less(TimestampNow(now), segment.TimestampEcho))
        {
            Counters.PawsRejected++;
            Transport.SendResetFor(now, ip, segment);
            return;
        }

        // Text in a SYN without Fast Open is left for the peer to send again.
        if (segment.PayloadLength > 0) Counters.SynTextIgnored++;
        AcceptSynOptions(now, segment);
        if (_fastOpen != FastOpenState.None) LearnCookie(segment);
        if (!acknowledges)
        {
            // Simultaneous open (RFC 9293 section 3.5, figure 8).
            SetState(TcpState.SynReceived);
            SendSyn(now);
            return;
        }

        AcknowledgeSyn(now, segment);
        Establish(now);
        _ackNow = true;
        Socket?.Connected();
    }

    // Our SYN is acknowledged: its round trip is the first measurement.
    private void AcknowledgeSyn(Instant now, in TcpRepr segment)
    {
        _sndUna = _iss + 1;
        if (_synText > 0) AcknowledgeSynText(segment.AcknowledgmentNumber);
        // When a SYN cookie was sent nobody knows, but perhaps its timestamp.
        if (_retries == 0 && _lastSynSent != Instant.Zero)
        {
            MeasureRtt(now - _lastSynSent);
            MeasureMinimumRtt(now, now - _lastSynSent);
        }
        else if (_timestamps && segment.HasTimestamps && segment.TimestampEcho != 0)
        {
            MeasureTimestamp(now, segment.TimestampEcho);
        }

        // RFC 6298 (5.7) and RFC 5681 section 3.1: a lost SYN means a slow path; start small.
        if (_retries > 1) _congestion.Timeout(now, _segmentSize, first: false);
        StopTimer();
    }

    /// <summary>All other states. True: the packet is owned by a queue now.</summary>
    private bool ReceiveSynchronized(Instant now, in IpPacketInfo ip, ref TcpRepr segment, PacketBuffer packet)
    {
        // First: timestamps and sequence number.
        if (!CheckTimestamp(now, segment)) return false;
        uint sequence = segment.SequenceNumber;
        int window = ReceiveWindow;
        if (!IsAcceptable(segment, window))
        {
            Counters.OutsideWindow++;
            if (segment.Has(TcpFlags.Rst)) return false;
            if (State == TcpState.SynReceived && segment.Has(TcpFlags.Syn) && sequence == _irs)
            {
                // The peer did not get our SYN-ACK, or this is an old copy; it costs one more answer.
                if (AllowChallengeAck(now)) SendSyn(now, retransmission: true);
                return false;
            }

            // Text that we have, or keep-alive probes: the peer needs the acknowledgment. What carries nothing is answered at a
            // limited rate, or two ends with different ideas would answer each other for ever.
            if (segment.PayloadLength > 0 && TcpSequence.Less(sequence, _rcvNxt) && !segment.Has(TcpFlags.Syn))
            {
                Counters.DuplicateText++;
                ReportDuplicate(sequence, segment.PayloadLength);
                _ackNow = true;
                SendAck(now);
            }
            else if (AllowChallengeAck(now))
            {
                SendAck(now);
            }

            return false;
        }

        // Second: RST (RFC 5961 section 3.2).
        if (segment.Has(TcpFlags.Rst))
        {
            if (sequence == _rcvNxt)
            {
                Counters.ResetsReceived++;
                ReceiveReset();
            }
            else
            {
                Counters.BadResetSequence++;
                SendChallengeAck(now);
            }

            return false;
        }

        // Fourth: SYN in the window (RFC 5961 section 4.2).
        if (segment.Has(TcpFlags.Syn))
        {
            Counters.SynInWindow++;
            if (State == TcpState.SynReceived && sequence == _irs)
            {
                // The second half of a simultaneous open: the SYN-ACK carries the acknowledgment of our SYN.
                if (!segment.Has(TcpFlags.Ack) || !TcpSequence.InRange(segment.AcknowledgmentNumber, _iss + 1, _sndNxt + 1)) return false;
            }
            else
            {
                SendChallengeAck(now);
                return false;
            }
        }

        // Fifth: ACK.
        if (!segment.Has(TcpFlags.Ack))
        {
            Counters.MissingAck++;
            return false;
        }

        _lastReceived = now;
        _keepAliveSent = 0;
        if (State == TcpState.SynReceived)
        {
            if (!TcpSequence.InRange(segment.AcknowledgmentNumber, _iss + 1, _sndNxt + 1))
            {
                Counters.AckTooNew++;
                Transport.SendResetFor(now, ip, segment);
                return false;
            }

            if (!CompleteHandshake(now, segment)) return false;
        }

        RememberTimestamp(now, segment);
        if (!ProcessAcknowledgment(now, segment)) return false;
        if (State == TcpState.Closed || State == TcpState.TimeWait) return false;

        if (_ecn != Ecn.None) ReceiveEcn(ip, segment);

        // Sixth: URG.
        if (segment.Has(TcpFlags.Urg)) ReceiveUrgent(segment);

        // Seventh and eighth: text and FIN.
        if (segment.PayloadLength == 0 && !segment.Has(TcpFlags.Fin)) return false;
        return ProcessText(now, ip, segment, packet, window);
    }

    private void ReceiveReset()
    {
        switch (State)
        {
            case TcpState.SynReceived:
                // Passive: back to LISTEN, which is to forget it. Active (simultaneous open): refused.
                Terminate(IsFastOpen ? SocketErrno.ECONNRESET : SocketErrno.ECONNREFUSED);
                break;
            case TcpState.CloseWait:
                // Linux: the peer had ended its stream in order; what we send now finds no reader.
                Terminate(SocketErrno.EPIPE);
                break;
            case TcpState.Closing or TcpState.LastAck or TcpState.TimeWait:
                Terminate(0);
                break;
            default:
                Terminate(SocketErrno.ECONNRESET);
                break;
        }
    }

    // The third segment of the handshake. False: the listener has no room, and the peer will try again.
    private bool CompleteHandshake(Instant now, in TcpRepr segment)
    {
        if (Listener is { } listener && !listener.CanEstablish && !IsFastOpen)
        {
            Counters.ListenOverflow++;
            return false;
        }

        AcknowledgeSyn(now, segment);
        SetSendWindow((uint)segment.Window << _sndShift, segment.SequenceNumber, segment.AcknowledgmentNumber);
        Establish(now);
        if (IsFastOpen)
        {
            EndFastOpen(wasReset: false);
        }
        else if (Listener is not null)
        {
            Counters.PassiveOpens++;
            Listener.Established(this);
        }
        else
        {
            Socket?.Connected();
        }

        return true;
    }

    // RFC 7323 section 5.3 R1, and section 3.2: with timestamps agreed, a segment without one is not of this connection.
    private bool CheckTimestamp(Instant now, in TcpRepr segment)
    {
        if (!_timestamps || segment.Has(TcpFlags.Rst)) return true;
        if (!segment.HasTimestamps)
        {
            if (segment.Has(TcpFlags.Syn)) return true; // judged as a SYN below
            Counters.MissingTimestamp++;
            return false;
        }

        if (!TcpSequence.Less(segment.TimestampValue, _tsRecent) || now - _tsRecentTime > s_timestampAge) return true;
        Counters.PawsRejected++;
        if (State == TcpState.SynReceived && segment.Has(TcpFlags.Syn)) return false;
        if (AllowChallengeAck(now)) SendAck(now);
        return false;
    }

    // RFC 7323 section 4.3 (2).
    private void RememberTimestamp(Instant now, in TcpRepr segment)
    {
        if (!_timestamps || !segment.HasTimestamps || !TcpSequence.LessOrEqual(segment.SequenceNumber, _lastAckSent)) return;
        _tsRecent = segment.TimestampValue;
        _tsRecentTime = now;
    }

    /// <summary>The four cases of RFC 9293 section 3.10.7.4, and its allowance to take the acknowledgment of text beyond a closed window.</summary>
    private bool IsAcceptable(in TcpRepr segment, int window)
    {
        uint sequence = segment.SequenceNumber;
        int length = segment.SequenceLength;
        if (State == TcpState.SynReceived && segment.Has(TcpFlags.Syn) && segment.Has(TcpFlags.Ack) && sequence == _irs) return true;
        if (sequence == _rcvNxt) return true; // with the window closed its text is cut off later
        uint end = _rcvNxt + (uint)window;
        if (length == 0) return TcpSequence.InRange(sequence, _rcvNxt, end);
        if (window == 0) return false;
        return TcpSequence.InRange(sequence, _rcvNxt, end) || TcpSequence.InRange(sequence + (uint)length - 1, _rcvNxt, end);
    }

    /// <summary>The window as the peer knows it.</summary>
    private int ReceiveWindow
    {
        get
        {
            int window = (int)(_rcvAdvertised - _rcvNxt);
            return window > 0 ? window : 0;
        }
    }

    private bool ProcessText(Instant now, in IpPacketInfo ip, in TcpRepr segment, PacketBuffer packet, int window)
    {
        if (!State.AcceptsText())
        {
            // After the peer's FIN there is no text (section 3.10.7.4, seventh).
            Counters.TextAfterClose++;
            return false;
        }

        if (IsOrphan && segment.PayloadLength > 0 && TcpSequence.Less(_rcvNxt, segment.SequenceNumber + (uint)segment.PayloadLength))
        {
            // Text that nobody will read: the peer must know that it is lost (RFC 9293 section 3.6.1).
            Counters.TextAfterClose++;
            Transport.SendResetFor(now, ip, segment);
            Terminate(0);
            return false;
        }

        uint sequence = segment.SequenceNumber;
        int length = segment.PayloadLength;
        bool fin = segment.Has(TcpFlags.Fin);

        // Cut what we have already, and what does not fit.
        int old = (int)(_rcvNxt - sequence);
        if (old > 0)
        {
            int cut = Math.Min(old, length);
            packet.TrimStartTotal(cut);
            sequence += (uint)cut;
            length -= cut;
            if (cut > 0)
            {
                ReportDuplicate(sequence - (uint)cut, cut);
                if (length == 0) _ackNow = true;
            }
        }

        int room = (int)(_rcvNxt + (uint)window - sequence);
        if (length > room)
        {
            Counters.BeyondWindow++;
            if (room < 0) room = 0;
            packet.TruncateTotal(room);
            length = room;
            fin = false;
            _ackNow = true; // a probe of a closed window wants an answer
        }

        if (sequence != _rcvNxt)
        {
            QueueOutOfOrder(now, sequence, length, fin, packet);
            return true;
        }

        bool owned = false;
        if (length > 0)
        {
            if (!Transport.HasMemoryFor(this))
            {
                Counters.MemoryDrops++;
                _ackNow = true;
                return false;
            }

            owned = true;
            Deliver(packet, length);
            _interactive = _interactive && length < _segmentSize;
            DrainOutOfOrder();
            AccountReceive();
        }
        else if (fin)
        {
            DrainOutOfOrder();
            AccountReceive();
        }

        if (fin && _rcvNxt == segment.SequenceNumber + (uint)segment.PayloadLength) ReceiveFin(now);
        else if (_outOfOrderFin && _rcvNxt == _outOfOrderFinSequence) ReceiveFin(now);
        if (State is TcpState.Closed or TcpState.TimeWait) return owned;

        if (length > 0)
        {
            ScheduleAck(now, length);
            Notify(_urgent == UrgentState.None || HasTextBesideUrgent ? SocketReadiness.Readable : SocketReadiness.Urgent);
        }

        return owned;
    }

    private void Deliver(PacketBuffer packet, int length)
    {
        _receiveQueue.AppendPacket(packet);
        _rcvNxt += (uint)length;
        _unacknowledgedBytes += length;
    }

    private void DrainOutOfOrder()
    {
        if (_outOfOrder.IsEmpty) return;
        while (_outOfOrder.TakeContiguous(_rcvNxt) is { } packet) Deliver(packet, packet.TotalLength);
        // RFC 5681 section 4.2: a segment that fills a hole is acknowledged at once.
        _ackNow = true;
        int kept = 0;
        for (int i = 0; i < _sackReportCount; i++)
        {
            if (TcpSequence.Less(_rcvNxt, _sackReport[i].End)) _sackReport[kept++] = _sackReport[i];
        }

        _sackReportCount = (byte)kept;
    }

    private void QueueOutOfOrder(Instant now, uint sequence, int length, bool fin, PacketBuffer packet)
    {
        if (fin)
        {
            _outOfOrderFin = true;
            _outOfOrderFinSequence = sequence + (uint)length;
        }

        // RFC 5681 section 4.2: at once, each one, so that the sender counts.
        _ackNow = true;
        _quickAcks = InitialQuickAcks;
        if (length == 0)
        {
            packet.Release();
        }
        else if (Transport.IsShortOfMemory)
        {
            Counters.MemoryDrops++;
            packet.Release();
        }
        else
        {
            int added = _outOfOrder.Insert(sequence, packet);
            if (added < 0) Counters.OutOfOrderLimit++;
            else if (added == 0) Counters.DuplicateText++;
            else Counters.OutOfOrderQueued++;
            AccountReceive();
            if (added > 0) ReportOutOfOrder(sequence, sequence + (uint)length);
        }

        SendAck(now);
    }

    // RFC 2018 section 4: the block of the most recent segment first, then the most recently reported.
    private void ReportOutOfOrder(uint start, uint end)
    {
        if (!_sack) return;
        int kept = 0;
        TcpSackBlocks others = default;
        for (int i = 0; i < _sackReportCount; i++)
        {
            TcpSackBlock block = _sackReport[i];
            if (TcpSequence.Less(_rcvNxt, block.End) && TcpSequence.LessOrEqual(block.Start, end) && TcpSequence.LessOrEqual(start, block.End))
            {
                start = TcpSequence.Min(start, block.Start);
                end = TcpSequence.Max(end, block.End);
            }
            else if (kept < TcpSackBlocks.Capacity)
            {
                others[kept++] = block;
            }
        }

        _sackReport[0] = new(start, end);
        kept = Math.Min(kept, TcpSackBlocks.Capacity - 1);
        for (int i = 0; i < kept; i++) _sackReport[i + 1] = others[i];
        _sackReportCount = (byte)(kept + 1);
        _duplicateReport = default;
    }

    // RFC 2883: the first block of the next acknowledgment says what came twice.
    private void ReportDuplicate(uint start, int length)
    {
        if (_sack && length > 0) _duplicateReport = new(start, start + (uint)length);
    }

    private void ReceiveFin(Instant now)
    {
        if (_finReceived) return;
        _finReceived = true;
        _outOfOrderFin = false;
        _rcvNxt++;
        _ackNow = true;
        switch (State)
        {
            case TcpState.Established:
                SetState(TcpState.CloseWait);
                break;
            case TcpState.FinWait1:
                // Our FIN is not acknowledged, or the acknowledgment would have made this FIN-WAIT-2.
                SetState(TcpState.Closing);
                break;
            case TcpState.FinWait2:
                EnterTimeWait(now);
                Notify(SocketReadiness.Readable | SocketReadiness.ReadClosed | SocketReadiness.Closed);
                return;
        }

        Notify(SocketReadiness.Readable | SocketReadiness.ReadClosed);
    }

    // RFC 9293 section 3.8.6.3: delayed, but for every second full segment, and not where the peer's window growth waits for it.
    private void ScheduleAck(Instant now, int length)
    {
        if (_ackNow) return;
        if (_quickAckForced || (_quickAcks > 0 && !_interactive) || _unacknowledgedBytes >= 2 * _segmentSize)
        {
            if (_quickAcks > 0) _quickAcks--;
            _ackNow = true;
            return;
        }

        if (_ackAt.IsNever)
        {
            _ackAt = now + _limits.DelayedAck;
            ScheduleTimers();
        }
    }

    private void Notify(SocketReadiness changes) => Socket?.ConnectionChanged(changes);
}
