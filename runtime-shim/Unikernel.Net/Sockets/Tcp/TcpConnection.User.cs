using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>What a socket asks of its connection: text in and out, buffers and their growth, options.</summary>
public sealed partial class TcpConnection
{
    private int _sendLimit, _receiveLimit;
    private bool _sendLimitIsFixed, _receiveLimitIsFixed;
    private int _sendHeld, _receiveHeld; // buffers, as the transport knows them
    private bool _sendBlocked;          // a sender was told to wait: tell it when there is room
    private int _softError;             // an error that does not end the connection (RFC 9293 section 3.9.2.2)
    private int _notSentLowWater = int.MaxValue;
    private TimeSpan _finWait2Timeout;
    private int _interfaceIndexBound;

    // Dynamic right-sizing of the receive buffer (Fisk and Feng): what the reader takes in one round trip.
    private Instant _drsTime;
    private uint _drsSequence;
    private int _drsCopied;

    /// <summary>Copies text into the send queue. Returns how much; 0: no room.</summary>
    internal int Write(Instant now, ReadOnlySpan<byte> text)
    {
        int room = SendRoom;
        long memory = (long)Transport.SendBuffersLeft * Transport.Output.Pool.BufferSize;
        int length = (int)Math.Min(text.Length, Math.Min(room, memory));
        int written = length > 0 ? _sendQueue.Append(text[..length], Transport.Output.Pool) : 0;
        AccountSend();
        if (written < text.Length)
        {
            _sendBlocked = true;
            // It is not this connection's own limit that says no.
            if (written < room) Transport.WaitForMemory(this);
        }

        return written;
    }

    /// <summary>Sends what was written; <paramref name="more"/>: a partial segment waits for what the caller says will follow.</summary>
    internal void OutputText(Instant now, bool more)
    {
        bool cork = _cork;
        _cork |= more;
        Output(now);
        _cork = cork;
    }

    /// <summary>Nobody will read what arrived.</summary>
    internal void DropText()
    {
        _receiveQueue.Clear();
        AccountReceive();
    }

    // The transport's sums follow each change of a queue.
    private void AccountSend()
    {
        Transport.SendHeld += _sendQueue.BufferCount - _sendHeld;
        _sendHeld = _sendQueue.BufferCount;
    }

    private void AccountReceive()
    {
        int held = _receiveQueue.BufferCount + _outOfOrder.PacketCount;
        Transport.ReceiveHeld += held - _receiveHeld;
        _receiveHeld = held;
    }

    /// <summary>Room as the sender sees it. One more segment than the limit keeps bulk senders from crumbs.</summary>
    private int SendRoom => Math.Min(_sendLimit - _sendQueue.Length, _notSentLowWater == int.MaxValue ? int.MaxValue : _notSentLowWater - UnsentBytes);

    private int UnsentBytes => Math.Max(0, (int)(FinSequence - _sndNxt));

    /// <summary>As Linux: a third of the buffer is free, so that a sender is not woken for each segment.</summary>
    internal bool IsWritable => _sendQueue.Length <= _sendLimit / 3 * 2 && (_notSentLowWater == int.MaxValue || UnsentBytes < _notSentLowWater);

    /// <summary>Copies received text out; with <paramref name="peek"/> it stays. Returns how much.</summary>
    internal int Read(Instant now, Span<byte> buffer, int offset, bool peek)
    {
        int count = _receiveQueue.CopyTo(offset, buffer);
        if (peek || count == 0) return count;
        _receiveQueue.TrimStart(count);
        AccountReceive();
        if (_urgent != UrgentState.None) PassUrgent();
        if (State is TcpState.Closed or TcpState.TimeWait) return count;
        GrowReceiveBuffer(now, count);
        // RFC 9293 section 3.8.6.2.2: tell the peer of new room only when it is worth a segment.
        int room = _receiveLimit - _receiveQueue.Length - _outOfOrder.Length;
        int advertised = ReceiveWindow;
        if (room - advertised >= Math.Min(_receiveLimit / 2, 2 * _segmentSize) && advertised <= _receiveLimit / 2 && State.AcceptsText())
        {
            SendAck(now);
        }

        return count;
    }

    /// <summary>The last segment could not leave, because the interface that it was to take is down.</summary>
    internal bool LinkIsDown => _softError == SocketErrno.ENETDOWN;

    internal bool HasText => _urgent == UrgentState.None ? !_receiveQueue.IsEmpty : HasTextBesideUrgent;

    /// <summary>All text was received, and the peer said so.</summary>
    internal bool ReceiveEnded => _finReceived;

    /// <summary>
    /// The field for the next header; moves the advertised edge. The right edge never moves left (RFC 9293 section 3.8.6: not to
    /// shrink the window), and not by crumbs (section 3.8.6.2.2).
    /// </summary>
    private ushort AdvertisedWindowField()
    {
        int held = _receiveQueue.Length + _outOfOrder.Length;
        int room = Math.Max(0, _receiveLimit - held);
        if (Transport.IsShortOfMemory) room = Math.Min(room, Math.Max(0, 4 * _segmentSize - held));
        int current = ReceiveWindow;
        if (room < current || room - current < Math.Min(_receiveLimit / 2, _segmentSize)) room = current;
        int field = Math.Min(room >> _rcvShift, ushort.MaxValue);
        // Rounding down must not take back what was promised.
        if (field << _rcvShift < current) field = Math.Min((current + (1 << _rcvShift) - 1) >> _rcvShift, ushort.MaxValue);
        _rcvAdvertised = TcpSequence.Max(_rcvAdvertised, _rcvNxt + (uint)(field << _rcvShift));
        return (ushort)field;
    }

    private void GrowReceiveBuffer(Instant now, int copied)
    {
        if (_receiveLimitIsFixed || _receiveLimit >= _limits.MaximumBuffer) return;
        _drsCopied += copied;
        TimeSpan rtt = _hasRtt ? _srtt : s_granularity;
        if (now - _drsTime < rtt) return;
        // Twice what was read in a round trip lets a sender in slow start double its window.
        if (_drsCopied * 2 > _receiveLimit && !Transport.IsShortOfMemory)
            _receiveLimit = (int)Math.Min(Math.Max(2L * _receiveLimit, 2L * _drsCopied), _limits.MaximumBuffer);
        _drsTime = now;
        _drsCopied = 0;
    }

    // Two windows: one on its way, one being filled.
    private void GrowSendBuffer()
    {
        if (_sendLimitIsFixed || _sendLimit >= _limits.MaximumBuffer || 2 * (long)_congestion.Window <= _sendLimit || Transport.IsShortOfMemory) return;
        _sendLimit = (int)Math.Min(2L * _congestion.Window, _limits.MaximumBuffer);
    }

    /// <summary>Memory is there again: a sender that waited for it may try.</summary>
    internal void MemoryAvailable()
    {
        if (!_sendBlocked || !IsWritable) return;
        _sendBlocked = false;
        Notify(SocketReadiness.Writable);
    }

    internal void SetInterface(int index) => _interfaceIndexBound = index;

    /// <summary>Takes over the options that were set on a socket or a listener.</summary>
    internal void Configure(TcpOptions options, Instant now)
    {
        _noDelay = options.NoDelay;
        _cork = options.Cork;
        _hopLimit = options.HopLimit;
        _trafficClass = options.TrafficClass;
        _userTimeout = options.UserTimeout;
        _synRetries = options.SynRetries;
        _userMss = options.MaximumSegment;
        _finWait2Timeout = options.FinWait2Timeout;
        _notSentLowWater = options.NotSentLowWater;
        _quickAckForced = options.QuickAck;
        _urgentInline = options.UrgentInline;
        if (options.SendBuffer > 0) (_sendLimit, _sendLimitIsFixed) = (options.SendBuffer, true);
        if (options.ReceiveBuffer > 0) (_receiveLimit, _receiveLimitIsFixed) = (options.ReceiveBuffer, true);
        if (options.Congestion != _congestion.Kind) _congestion = TcpCongestion.Create(options.Congestion, _segmentSize);
        _keepAliveIdle = options.KeepAliveIdle;
        _keepAliveInterval = options.KeepAliveInterval;
        _keepAliveCount = options.KeepAliveCount;
        bool was = _keepAlive;
        _keepAlive = options.KeepAlive;
        if (State.IsSynchronized() && State != TcpState.TimeWait)
        {
            if (_keepAlive)
            {
                _keepAliveAt = Instant.Max(now, Instant.Max(_lastReceived, _lastSentText) + _keepAliveIdle);
                if (!was) _keepAliveSent = 0;
                ScheduleTimers();
            }

            UpdateSegmentSize();
            Output(now);
        }
    }

    /// <summary>An ICMP error quoted a segment of ours. True: the quoted sequence number is outstanding (RFC 5927 section 4).</summary>
    internal bool ReceiveError(Instant now, in IpErrorInfo error, uint sequence)
    {
        if (!TcpSequence.InRange(sequence, _sndUna, _sndNxt) || State is TcpState.Closed or TcpState.TimeWait)
        {
            Counters.IcmpIgnored++;
            return false;
        }

        if (error.Kind == IpErrorKind.PacketTooBig)
        {
            // The IP layer lowers the path's MTU after this returns; the next output finds it in the route.
            Transport.MarkDirty(this);
            return true;
        }

        _softError = SocketErrno.FromIcmp(error.Kind);
        // RFC 5927 section 6: hard errors end only what is not yet synchronized.
        if (State is TcpState.SynSent or TcpState.SynReceived && error.Kind != IpErrorKind.TimeExceeded)
            Terminate(_softError);
        return true;
    }
}
