using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// Explicit congestion notification (RFC 3168), for peers that ask for it, as Linux does by default: their marks are echoed until they have
/// reacted, and a mark on our text reduces the window as a loss does, without the loss (in proportion to what arrives, RFC 9937).
/// </summary>
public sealed partial class TcpConnection
{
    [Flags]
    private enum Ecn : byte
    {
        None = 0,

        /// <summary>Both ends can.</summary>
        Capable = 1,

        /// <summary>A mark arrived: each acknowledgment says so until the peer's CWR.</summary>
        Echo = 2,

        /// <summary>The window was reduced: the next new text says so.</summary>
        Reduced = 4,

        /// <summary>Text of the peer came as ECN-capable: what does not is sent again.</summary>
        Seen = 8,
    }

    // The two bits of the traffic class (RFC 3168 section 5).
    private const int EcnMask = 3, EctZero = 2, CongestionExperienced = 3;

    private Ecn _ecn;
    private uint _reductionPoint;       // one reduction for what was outstanding at the last one

    /// <summary>A SYN that asks for it (section 6.1.1), and itself is not marked, as no SYN may be.</summary>
    internal static bool WantsEcn(in IpPacketInfo ip, in TcpRepr syn) =>
        (~syn.Flags & (TcpFlags.Ece | TcpFlags.Cwr)) == 0 && (ip.TrafficClass & EcnMask) == 0;

    internal void AcceptEcn() => _ecn = Ecn.Capable;

    public bool UsesEcn => _ecn != Ecn.None;

    private void ReceiveEcn(in IpPacketInfo ip, in TcpRepr segment)
    {
        if (segment.Has(TcpFlags.Cwr))
        {
            _ecn &= ~Ecn.Echo;
            // The sender's window may be so small that it waits for this one.
            if (segment.PayloadLength > 0) _ackNow = true;
        }

        if (segment.PayloadLength == 0) return;
        switch (ip.TrafficClass & EcnMask)
        {
            case CongestionExperienced:
                Counters.CongestionMarks++;
                if ((_ecn & Ecn.Echo) == 0) AcknowledgeQuickly();
                _ecn |= Ecn.Echo | Ecn.Seen;
                break;
            case 0:
                if ((_ecn & Ecn.Seen) != 0) AcknowledgeQuickly();
                break;
            default:
                _ecn |= Ecn.Seen;
                break;
        }
    }

    private void AcknowledgeQuickly()
    {
        _quickAcks = Math.Max(_quickAcks, 2);
        _interactive = false;
    }

    // Section 6.1.2: once for each window of text, and not where a loss has reduced it already. What is beyond the point carries the CWR.
    private void ReduceForEcho(Instant now, uint acknowledgment)
    {
        if (_recovery != TcpRecovery.None || TcpSequence.InRange(_reductionPoint, acknowledgment, _sndNxt + 1)) return;
        Counters.CongestionEchoes++;
        int window = _congestion.Window;
        _congestion.EnterRecovery(now, FlightSize);
        _congestion.Set(window);
        BeginReduction(FlightSize - _sackedBefore);
        _recovery = TcpRecovery.Marked;
        _undoCounts = false;
        _recoveryPoint = _sndNxt;
        TellReduction();
    }

    private void TellReduction()
    {
        _reductionPoint = _sndNxt;
        if (_ecn != Ecn.None) _ecn |= Ecn.Reduced;
    }

    /// <summary>The flags of a segment to be sent, and the bits for its IP header: only new text is ECN-capable (sections 6.1.4 and 6.1.5).</summary>
    private byte MarkEcn(ref TcpRepr header, int length)
    {
        if ((header.Flags & TcpFlags.Syn) != 0)
        {
            header.Flags |= TcpFlags.Ece;
            return 0;
        }

        if ((_ecn & Ecn.Echo) != 0) header.Flags |= TcpFlags.Ece;
        if (length == 0 || TcpSequence.Less(header.SequenceNumber, _sndNxt)) return 0;
        if ((_ecn & Ecn.Reduced) != 0) header.Flags |= TcpFlags.Cwr;
        _ecn &= ~Ecn.Reduced;
        return EctZero;
    }
}
