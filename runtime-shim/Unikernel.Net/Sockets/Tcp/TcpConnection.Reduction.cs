namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// Proportional rate reduction (RFC 9937): after a loss or a mark the window comes down to its threshold with what arrives, so that the clock of acknowledgments does
/// not stop. Without selective acknowledgments a duplicate stands for a segment that has arrived.
/// </summary>
public sealed partial class TcpConnection
{
    private int _recoveryFlight;        // RecoverFS
    private int _recoveryDelivered;     // prr_delivered
    private int _recoveryRepeated;      // what prr_out counts beside the new text since _recoveryPoint

    /// <summary>The window is on its way down, and the acknowledgments say how fast.</summary>
    private bool IsReducing => _recovery is TcpRecovery.Fast or TcpRecovery.Marked;

    /// <param name="flight">What may still be delivered: not what was before this acknowledgment.</param>
    private void BeginReduction(int flight)
    {
        _recoveryFlight = Math.Max(flight, _segmentSize);
        _recoveryDelivered = _recoveryRepeated = 0;
    }

    // Bytes that this acknowledgment says to have arrived.
    private int NewlyDelivered(int acknowledged)
    {
        if (_sack) return acknowledged + _scoreboard.SackedBytes - _sackedBefore;
        int duplicates = _duplicateAcks * _segmentSize;
        return acknowledged > 0 ? Math.Max(acknowledged - duplicates, _segmentSize) : duplicates <= FlightSize ? _segmentSize : 0;
    }

    /// <summary>
    /// Section 6: for what arrived something is sent, less in proportion to the new window; below the new window as much as arrived, and a segment more
    /// while recovery goes well.
    /// </summary>
    private void ReduceInProportion(int delivered, bool isSafe)
    {
        if (delivered <= 0) return;
        _recoveryDelivered += delivered;
        int sent = (int)(_sndNxt - _recoveryPoint) + _recoveryRepeated, pipe = Pipe, threshold = _congestion.Threshold, more;
        if (pipe > threshold)
        {
            more = (int)(((long)_recoveryDelivered * threshold + _recoveryFlight - 1) / _recoveryFlight) - sent;
        }
        else
        {
            more = Math.Max(_recoveryDelivered - sent, delivered) + (isSafe ? _segmentSize : 0);
            more = Math.Min(threshold - pipe, more);
        }

        _congestion.Set(pipe + Math.Max(more, sent == 0 ? _segmentSize : 0));
    }
}
