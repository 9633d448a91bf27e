using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>Segments out: what may be sent now, and how a segment is made.</summary>
public sealed partial class TcpConnection
{
    /// <summary>RFC 879 and RFC 1191: no path is so small; a lower value is an attack that wants many headers.</summary>
    private const int MinimumMss = 64;

    private const int BlackHoleRetries = 3;

    // After which a full device or an empty pool is asked again, should no poll come earlier.
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromMilliseconds(2);

    private TcpSackBlock _duplicateReport;
    private Instant _lastSent;
    private Instant _lastSentText;
    private Instant _lastSynSent;
    private byte _hopLimit;
    private byte _trafficClass;
    private bool _noDelay, _cork, _quickAckForced;

    /// <summary>
    /// Sends what the windows, Nagle and recovery allow, and the acknowledgment that is due. The only place from which text goes
    /// out; called at the end of a poll for connections that something happened to, and by user calls.
    /// </summary>
    internal void Output(Instant now)
    {
        if ((State.IsSynchronized() || IsFastOpen) && State != TcpState.TimeWait)
        {
            // An ICMP message may have lowered the path's MTU.
            if (Transport.Output.TryRoute(RemoteAddress, LocalAddress, _interfaceIndexBound, ref _route) == SendResult.Sent && _route.PathMtu != _segmentSizeMtu) PathMtuChanged();
            if (_recovery > TcpRecovery.Marked) SendLost(now);
            SendNew(now);
            if (_sndUna != _sndNxt)
            {
                if (_timer != TcpTimer.Retransmit) StartTimer(now, TcpTimer.Retransmit);
            }
            else if (HasUnsent && _timer == TcpTimer.None)
            {
                // Nothing outstanding whose acknowledgment could open the window.
                if (_retryAt.IsNever) StartTimer(now, TcpTimer.Persist);
            }
        }

        if (_ackNow) SendAck(now);
    }

    private bool HasUnsent => TcpSequence.Less(_sndNxt, FinSequence) || (_finQueued && !FinSent);

    private void SendLost(Instant now)
    {
        while (_congestion.Window - Pipe >= Math.Min(_segmentSize, _congestion.Window))
        {
            if (!RetransmitOne(now)) return;
        }
    }

    // The next lost segment; false: there is none, or it could not be sent.
    private bool RetransmitOne(Instant now)
    {
        if (!_flight.TryFindLost(_scoreboard, out TcpSackBlock hole)) return false;
        uint start = hole.Start;
        uint textEnd = TcpSequence.Min(FinSequence, _sndNxt);
        int length = Math.Min((int)(hole.End - start), _segmentSize);
        int text = Math.Clamp((int)(textEnd - start), 0, length);
        bool fin = FinSent && start + (uint)text == FinSequence && text < length;
        if (text == 0 && !fin) return false;
        if (!SendText(now, start, text, fin)) return false;
        Counters.SegmentsRetransmitted++;
        _flight.Repeat(now, start, start + (uint)text + (fin ? 1u : 0));
        _recoveryRepeated += text;
        _undoBytes += text;
        return true;
    }

    private void SendNew(Instant now)
    {
        int pipe = -1;
        while (true)
        {
            uint textEnd = FinSequence;
            int unsent = (int)(textEnd - _sndNxt);
            if (unsent < 0) return; // the FIN is out
            if (unsent == 0 && !_finQueued) return;

            if (pipe < 0) pipe = Pipe;
            int window = (int)(_sndUna + _sndWnd - _sndNxt);
            int congestion = _congestion.Window - pipe;
            int room = Math.Min(window, congestion);
            int length = Math.Min(unsent, room);
            bool all = length == unsent;
            if (!all && congestion < Math.Min(unsent, window)) _windowLimited = true;
            if (room <= 0) return;

            bool fin = false;
            if (length >= _segmentSize)
            {
                int limit = SegmentationLimit;
                if (length > limit)
                {
                    length = limit;
                    all = false;
                }

                // A part of a segment at the end waits for more unless it is the end of everything and may go.
                int partial = length % _segmentSize;
                if (partial != 0 && !(all && MaySendSmall)) length -= partial;
                all = length == unsent;
            }
            else if (!all)
            {
                // The window cuts a segment short. RFC 9293 section 3.8.6.2.1: only if it is half of the largest window ever seen.
                if (length < _maxSndWnd / 2 || length == 0) return;
                if (congestion < window && FlightSize > 0) return;
            }
            else if (!MaySendSmall)
            {
                return;
            }

            if (all && _finQueued && room > length) fin = true;
            if (length == 0 && !fin) return;

            // RFC 5681 section 4.1: after idleness the window is stale.
            if (FlightSize == 0 && now - _lastSent > _rto) _congestion.RestartAfterIdle();
            if (!SendText(now, _sndNxt, length, fin)) return;
            if (!_timing && !_timestamps)
            {
                _timing = true;
                _timedSequence = _sndNxt;
                _timedAt = now;
            }

            Advance(now, length, fin);
            pipe += length;
            if (length % _segmentSize != 0) _smallSegmentEnd = _sndNxt;
            if (fin) return;
        }
    }

    // New text is out.
    private void Advance(Instant now, int length, bool fin)
    {
        uint start = _sndNxt;
        _sndNxt += (uint)length + (fin ? 1u : 0);
        _flight.Add(now, start, _sndNxt);
    }

    // Nagle as Minshall amended it (draft-minshall-nagle): a small segment waits only while another small one is outstanding.
    private bool MaySendSmall => _finQueued || _urgentSent || (!_cork && (_noDelay || !TcpSequence.Less(_sndUna, _smallSegmentEnd)));

    // The persist timer found the window open, but too small for SendNew's taste.
    private bool TrySendForced(Instant now)
    {
        int length = Math.Min((int)(FinSequence - _sndNxt), Math.Min((int)_sndWnd, _segmentSize));
        bool fin = length <= 0 && _finQueued && !FinSent;
        if (length <= 0 && !fin) return false;
        length = Math.Max(length, 0);
        StopTimer();
        if (!SendText(now, _sndNxt, length, fin)) return false;
        Advance(now, length, fin);
        _smallSegmentEnd = _sndNxt;
        StartTimer(now, TcpTimer.Retransmit);
        return true;
    }

    // The text of one send: many segments if the device cuts, but no more than it takes.
    private int SegmentationLimit
    {
        get
        {
            // What points to one place, or is said once, is said by one segment.
            bool cuts = !_urgentSent && (_ecn & Ecn.Reduced) == 0 && _route.Device.ScatterGather && (RemoteAddress.IsV4 ? _route.Device.SegmentationV4 : _route.Device.SegmentationV6);
            if (!cuts) return _segmentSize;
            int limit = Math.Min(_route.Device.MaximumSegmentationSize, ushort.MaxValue) - (TcpPacket.MaximumHeaderLength + 40);
            // Not the whole window at once: the peer's acknowledgments shall come while there is more to send.
            limit = Math.Min(limit, Math.Max(_congestion.Window / 2, 2 * _segmentSize));
            return Math.Max(limit / _segmentSize, 1) * _segmentSize;
        }
    }

    /// <summary>Sends text and perhaps a FIN from the queue. False: not now; a retry is scheduled where nothing else would.</summary>
    private bool SendText(Instant now, uint sequence, int length, bool fin)
    {
        PacketBuffer? packet = Transport.Output.Pool.Rent();
        if (packet is null)
        {
            Counters.NoBuffer++;
            RetryLater(now);
            return false;
        }

        TcpFlags flags = TcpFlags.Ack;
        int offset = (int)(sequence - _sendQueueStart);
        if (length > 0)
        {
            if (offset + length == _sendQueue.Length) flags |= TcpFlags.Psh;
            if (length <= packet.Tailroom)
                _sendQueue.CopyTo(offset, packet.Append(length));
            else
                packet.Next = _sendQueue.Slice(offset, length, Transport.Output.Pool);
        }

        if (fin) flags |= TcpFlags.Fin;
        if (length > _segmentSize) packet.SegmentSize = (ushort)_segmentSize;
        if (length > 0)
        {
            _lastSentText = now;
            // Text soon after text: a conversation, whose acknowledgments can ride along.
            if (now - _lastReceived < _limits.DelayedAck) _interactive = true;
        }

        return Transmit(now, packet, sequence, flags);
    }

    /// <summary>A segment without text: acknowledgment, window update, answer to a challenge.</summary>
    private void SendAck(Instant now)
    {
        PacketBuffer? packet = Transport.Output.Pool.Rent();
        if (packet is null)
        {
            Counters.NoBuffer++;
            _ackNow = true;
            RetryLater(now);
            return;
        }

        Transmit(now, packet, _sndNxt, TcpFlags.Ack);
    }

    // An octet's number that the peer has: it must answer (RFC 9293 section 3.8.4).
    private void SendProbe(Instant now)
    {
        // The peer learns of urgent data also while its window is closed (RFC 9293 section 3.8.5), of which an old number would not tell.
        if (_urgentSent) SendAck(now);
        if (Transport.Output.Pool.Rent() is { } packet) Transmit(now, packet, _sndUna - 1, TcpFlags.Ack);
        else Counters.NoBuffer++;
    }

    private bool AllowChallengeAck(Instant now)
    {
        if (now < _nextChallengeAck)
        {
            Counters.ChallengeAcksLimited++;
            return false;
        }

        _nextChallengeAck = now + _limits.ChallengeAckInterval;
        return true;
    }

    private void SendChallengeAck(Instant now)
    {
        if (!AllowChallengeAck(now)) return;
        Counters.ChallengeAcks++;
        SendAck(now);
    }

    private void SendReset(Instant now)
    {
        if (Transport.Output.Pool.Rent() is not { } packet)
        {
            Counters.NoBuffer++;
            return;
        }

        Counters.ResetsSent++;
        Transmit(now, packet, _sndNxt, TcpFlags.Rst | TcpFlags.Ack);
    }

    private void SendSyn(Instant now, bool retransmission = false)
    {
        if (retransmission) Counters.SegmentsRetransmitted++;
        // What went out with the SYN, or behind it, stays sent.
        if (_sndNxt == _iss) _sndNxt = _iss + 1;
        if (_fastOpen != FastOpenState.None && retransmission) SynWasLost();
        if (Transport.Output.Pool.Rent() is { } packet)
        {
            _lastSynSent = now;
            if ((_fastOpen & FastOpenState.Asks) != 0) AddSynText(packet);
            Transmit(now, packet, _iss, State == TcpState.SynSent ? TcpFlags.Syn : TcpFlags.Syn | TcpFlags.Ack);
        }
        else
        {
            Counters.NoBuffer++;
        }

        StartTimer(now, TcpTimer.Retransmit);
    }

    /// <summary>Puts the header in front and hands the packet down. False: it did not leave and is to be sent again soon.</summary>
    private bool Transmit(Instant now, PacketBuffer packet, uint sequence, TcpFlags flags)
    {
        TcpRepr header = default;
        header.SourcePort = LocalPort;
        header.DestinationPort = RemotePort;
        header.SequenceNumber = sequence;
        header.Flags = flags;
        header.WindowScale = -1;
        if ((flags & TcpFlags.Ack) != 0)
        {
            header.AcknowledgmentNumber = _rcvNxt;
            AddSacks(ref header, packet.TotalLength);
        }

        if ((flags & TcpFlags.Syn) != 0)
        {
            header.MaximumSegmentSize = (ushort)AnnouncedMss;
            header.WindowScale = State == TcpState.SynSent || _sndShift != 0 || _rcvShift != 0 ? (sbyte)_rcvShift : (sbyte)-1;
            header.SackPermitted = _sack;
            if (_fastOpen != FastOpenState.None) AddFastOpen(ref header);
            int initial = Math.Min(_receiveLimit, ushort.MaxValue);
            header.Window = (ushort)initial;
            _rcvAdvertised = _rcvNxt + (uint)initial;
        }
        else
        {
            header.Window = AdvertisedWindowField();
        }

        if (_timestamps)
        {
            header.HasTimestamps = true;
            header.TimestampValue = TimestampNow(now);
            header.TimestampEcho = (flags & TcpFlags.Ack) != 0 ? _tsRecent : 0;
        }

        if (_urgentSent) PointToUrgent(ref header);
        byte trafficClass = _trafficClass;
        if (_ecn != Ecn.None) trafficClass |= MarkEcn(ref header, packet.TotalLength);
        header.Emit(packet.Prepend(header.HeaderLength));
        packet.RequestChecksum(TcpPacket.ChecksumOffset);
        SendResult result = Transport.Output.TryRoute(RemoteAddress, LocalAddress, _interfaceIndexBound, ref _route);
        if (result == SendResult.Sent)
        {
            if (_route.PathMtu != _segmentSizeMtu) PathMtuChanged();
            var options = new IpSendOptions(IpProtocol.Tcp) { HopLimit = _hopLimit, TrafficClass = trafficClass, DontFragment = true };
            result = Transport.Output.Send(now, ref _route, packet, options);
        }
        else
        {
            packet.Release();
        }

        if (result is SendResult.Sent or SendResult.Queued)
        {
            Counters.SegmentsSent++;
            _lastSent = now;
            if ((flags & TcpFlags.Ack) != 0)
            {
                _ackNow = false;
                _ackAt = Instant.Never;
                _unacknowledgedBytes = 0;
                _lastAckSent = _rcvNxt;
                _duplicateReport = default;
            }

            return true;
        }

        return TransmitFailed(now, result);
    }

    private bool TransmitFailed(Instant now, SendResult result)
    {
        switch (result)
        {
            case SendResult.DeviceFull or SendResult.NoBuffers:
                Counters.DeviceBusy++;
                RetryLater(now);
                return false;
            case SendResult.TooBig:
                // The path became narrower between the look-up and the send.
                _route.Generation = 0;
                RetryLater(now);
                return false;
            default:
                // No way there at present: as if the network had lost it. The retransmission timer tries again, and says this
                // if it gives up (RFC 9293 section 3.9.2.2: a soft error).
                Counters.SendFailed++;
                _softError = SocketErrno.FromSendResult(result);
                return true;
        }
    }

    private void RetryLater(Instant now)
    {
        if (!_retryAt.IsNever) return;
        _retryAt = now + s_retryInterval;
        ScheduleTimers();
    }

    private void AddSacks(ref TcpRepr header, int textLength)
    {
        if (!_sack || (header.Flags & TcpFlags.Syn) != 0 || (_sackReportCount == 0 && _duplicateReport == default)) return;
        int room = _timestamps ? 3 : 4;
        // Text comes first: only blocks for which the packet has room ride along. Each hole was reported by a segment of its own before.
        if (textLength > 0)
        {
            int space = _segmentSizeMtu - IpHeaderLength - TcpPacket.MinimumHeaderLength - (_timestamps ? 12 : 0) - Math.Min(textLength, _segmentSize);
            room = Math.Min(room, Math.Max(0, (space - 4) / 8));
            if (room == 0) return;
        }

        int count = 0;
        if (_duplicateReport != default) header.Sacks[count++] = _duplicateReport;
        for (int i = 0; i < _sackReportCount && count < room; i++) header.Sacks[count++] = _sackReport[i];
        header.SackCount = (byte)count;
    }

    private uint TimestampNow(Instant now) => (uint)now.TotalMilliseconds + _timestampOffset;

    // ---- Segment size ----

    private int IpHeaderLength => RemoteAddress.IsV4 ? 20 : 40;

    // What the peer may send: our link's, not the path's (RFC 6691).
    private int AnnouncedMss
    {
        get
        {
            int mss = Math.Clamp((_route.PathMtu == 0 ? 1280 : Math.Max(_route.PathMtu, 576)) - IpHeaderLength - TcpPacket.MinimumHeaderLength, MinimumMss, ushort.MaxValue);
            return _userMss > 0 ? Math.Min(mss, _userMss) : mss;
        }
    }

    private int _segmentSizeMtu;
    private int _blackHoleMss = int.MaxValue;

    private void UpdateSegmentSize()
    {
        _segmentSizeMtu = _route.PathMtu;
        int mss = Math.Min(_peerMss, _route.PathMtu - IpHeaderLength - TcpPacket.MinimumHeaderLength);
        if (_userMss > 0) mss = Math.Min(mss, _userMss);
        mss = Math.Min(mss, _blackHoleMss);
        // A packet in one buffer, for a device that takes no chains.
        if (!_route.Device.ScatterGather) mss = Math.Min(mss, Transport.Output.Pool.PayloadSize);
        if (_timestamps) mss -= 12;
        _segmentSize = Math.Max(mss, MinimumMss);
    }

    private void PathMtuChanged()
    {
        int before = _segmentSize;
        UpdateSegmentSize();
        _congestion.SetSegmentSize(_segmentSize);
        if (_segmentSize >= before) return;
        Counters.PathMtuReductions++;
        // What is outstanding in larger segments is lost: it goes again in small ones, without blame to congestion
        // (RFC 8899 section 3, RFC 1191 section 6.5).
        if (FlightSize > 0 && _recovery <= TcpRecovery.Marked)
        {
            _recovery = TcpRecovery.Loss;
            _recoveryPoint = _sndNxt;
            _flight.MarkLost(_sndUna, _sndNxt);
        }

        Transport.MarkDirty(this);
    }

    private void ReduceForBlackHole()
    {
        if (_segmentSize <= DefaultMss || FlightSize == 0) return;
        _blackHoleMss = DefaultMss;
        PathMtuChanged();
    }
}
