using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// What remains of a connection in TIME-WAIT: enough to acknowledge a repeated FIN and to tell an old segment from a new
/// connection's SYN (RFC 9293 section 3.10.7.4, RFC 6191, RFC 1337).
/// </summary>
internal sealed class TcpTimeWait : TcpTableEntry
{
    private readonly uint _sndNxt, _rcvNxt;
    private readonly ushort _window;
    private readonly bool _timestamps;
    private readonly uint _timestampOffset;
    private readonly int _interfaceIndex;
    private uint _tsRecent;
    private Instant _nextAck;

    public TcpTimeWait(TcpConnection connection, uint sndNxt, uint rcvNxt, ushort window, bool timestamps, uint tsRecent, uint timestampOffset, int interfaceIndex)
    {
        LocalAddress = connection.LocalAddress;
        LocalPort = connection.LocalPort;
        RemoteAddress = connection.RemoteAddress;
        RemotePort = connection.RemotePort;
        _sndNxt = sndNxt;
        _rcvNxt = rcvNxt;
        _window = window;
        _timestamps = timestamps;
        _tsRecent = tsRecent;
        _timestampOffset = timestampOffset;
        _interfaceIndex = interfaceIndex;
    }

    // The queue by time of expiry: all wait equally long.
    internal TcpTimeWait? OlderLink, NewerLink;
    internal Instant Expires;

    /// <summary>True: the segment is a SYN that may open a new connection in place of this one.</summary>
    internal bool AllowsReuse(in TcpRepr segment)
    {
        if (!segment.Has(TcpFlags.Syn) || segment.Has(TcpFlags.Rst | TcpFlags.Ack)) return false;
        // RFC 6191 section 2: a later timestamp, or where there are none a later sequence number.
        if (_timestamps && segment.HasTimestamps)
        {
            int age = (int)(segment.TimestampValue - _tsRecent);
            return age > 0 || (age == 0 && TcpSequence.Less(_rcvNxt, segment.SequenceNumber));
        }

        return TcpSequence.Less(_rcvNxt, segment.SequenceNumber);
    }

    internal void Receive(Instant now, TcpTransport transport, in TcpRepr segment)
    {
        // RFC 1337 section 3 (F1): a reset must not end TIME-WAIT.
        if (segment.Has(TcpFlags.Rst))
        {
            transport.Counters.TimeWaitDrops++;
            return;
        }

        bool old = _timestamps && segment.HasTimestamps && TcpSequence.Less(segment.TimestampValue, _tsRecent);
        bool inOrder = !old && segment.SequenceNumber == _rcvNxt;
        if (inOrder && segment.SequenceLength == 0) return; // the last acknowledgment, again
        transport.Counters.TimeWaitDrops++;
        if (!old && segment.Has(TcpFlags.Fin))
        {
            // The peer did not get our last acknowledgment: wait anew.
            if (_timestamps && segment.HasTimestamps) _tsRecent = segment.TimestampValue;
            transport.RestartTimeWait(this, now);
        }
        else if (now < _nextAck)
        {
            transport.Counters.ChallengeAcksLimited++;
            return;
        }

        _nextAck = now + transport.Limits.ChallengeAckInterval;
        var header = new TcpRepr
        {
            SourcePort = LocalPort,
            DestinationPort = RemotePort,
            SequenceNumber = _sndNxt,
            AcknowledgmentNumber = _rcvNxt,
            Flags = TcpFlags.Ack,
            Window = _window,
            WindowScale = -1,
            HasTimestamps = _timestamps,
            TimestampValue = (uint)now.TotalMilliseconds + _timestampOffset,
            TimestampEcho = _tsRecent,
        };
        transport.SendControl(now, LocalAddress, RemoteAddress, _interfaceIndex, header);
    }
}
