using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// Urgent data with Linux's meaning (RFC 6093 section 2): the pointer is to the octet after the urgent one, there is one urgent octet at a
/// time, and it is not in the stream unless the program asks for it (SO_OOBINLINE).
/// </summary>
public sealed partial class TcpConnection
{
    /// <summary>What is known of the peer's urgent octet.</summary>
    private enum UrgentState : byte
    {
        None,

        /// <summary>It was announced, and has perhaps arrived.</summary>
        Announced,

        /// <summary>The program took it out of band; its place in the stream is not yet passed.</summary>
        Taken,
    }

    private UrgentState _urgent;
    private bool _urgentInline;         // SO_OOBINLINE
    private uint _urgentSequence;       // of the peer's octet
    private bool _urgentSent;           // ours is not known to be acknowledged
    private uint _sndUp;                // RFC 9293's SND.UP: after our last urgent octet

    // The next octet that the program reads.
    private uint CopiedSequence => _rcvNxt - (uint)_receiveQueue.Length - (_finReceived ? 1u : 0);

    // ---- In ----

    private void ReceiveUrgent(in TcpRepr segment)
    {
        uint sequence = segment.SequenceNumber + segment.UrgentPointer - (segment.UrgentPointer != 0 ? 1u : 0);
        // Read already, arrived already, or not newer than what is known.
        if (TcpSequence.Less(sequence, CopiedSequence) || TcpSequence.Less(sequence, _rcvNxt) ||
            (_urgent != UrgentState.None && TcpSequence.LessOrEqual(sequence, _urgentSequence)))
        {
            Counters.UrgentStale++;
            return;
        }

        // An octet that is next and becomes an ordinary one by this is not in the stream either.
        if (AtUrgentMark && !_urgentInline && !_receiveQueue.IsEmpty) DropUrgent();
        _urgent = UrgentState.Announced;
        _urgentSequence = sequence;
    }

    private void DropUrgent()
    {
        _receiveQueue.TrimStart(1);
        AccountReceive();
        PassUrgent();
    }

    // The reader is perhaps beyond it.
    private void PassUrgent()
    {
        if (TcpSequence.Less(_urgentSequence, CopiedSequence)) _urgent = UrgentState.None;
    }

    internal bool AtUrgentMark => _urgent != UrgentState.None && _urgentSequence == CopiedSequence;

    /// <summary>It is there and was not taken.</summary>
    internal bool HasUrgent => _urgent == UrgentState.Announced && TcpSequence.Less(_urgentSequence, _rcvNxt);

    // A reader that would find only the urgent octet is not woken (net/ipv4/tcp.c, tcp_poll).
    private bool HasTextBesideUrgent => _receiveQueue.Length > (!_urgentInline && AtUrgentMark ? 1 : 0);

    /// <summary>FIONREAD: text up to the mark.</summary>
    internal int AvailableText
    {
        get
        {
            bool marked = _urgent != UrgentState.None && !_urgentInline && TcpSequence.Less(_urgentSequence, _rcvNxt);
            return marked ? (int)(_urgentSequence - CopiedSequence) : _receiveQueue.Length;
        }
    }

    /// <summary>
    /// How much one receive may take: it ends at the mark. One that begins there passes over the octet, or looks from
    /// <paramref name="offset"/> on.
    /// </summary>
    internal int ReadableText(bool peek, ref int offset)
    {
        if (_urgent == UrgentState.None || _receiveQueue.IsEmpty) return _receiveQueue.Length;
        uint ahead = _urgentSequence - CopiedSequence;
        if (ahead > 0) return (int)Math.Min(ahead, (uint)_receiveQueue.Length);
        if (_urgentInline) return _receiveQueue.Length;
        if (!peek) DropUrgent();
        else offset = 1;
        return _receiveQueue.Length - offset;
    }

    /// <summary>Receives out of band, and never waits (net/ipv4/tcp.c, tcp_recv_urg).</summary>
    internal int TakeUrgent(Span<byte> room, bool peek)
    {
        if (_urgentInline || _urgent != UrgentState.Announced) return -SocketErrno.EINVAL;
        if (!HasUrgent) return State == TcpState.Closed ? -SocketErrno.ENOTCONN : -SocketErrno.EAGAIN;
        if (!peek) _urgent = UrgentState.Taken;
        return _receiveQueue.CopyTo((int)(_urgentSequence - CopiedSequence), room);
    }

    // ---- Out ----

    /// <summary>The last octet that was written is urgent.</summary>
    internal void MarkUrgent()
    {
        _urgentSent = true;
        _sndUp = FinSequence;
    }

    // A pointer that does not reach says "beyond" (RFC 6093 section 3.1 has nothing better).
    private void PointToUrgent(ref TcpRepr header)
    {
        if (!TcpSequence.Less(_sndUna, _sndUp)) _urgentSent = false;
        else if (TcpSequence.Less(header.SequenceNumber, _sndUp) && (header.Flags & TcpFlags.Syn) == 0)
        {
            header.Flags |= TcpFlags.Urg;
            header.UrgentPointer = (ushort)Math.Min(_sndUp - header.SequenceNumber, ushort.MaxValue);
        }
    }
}
