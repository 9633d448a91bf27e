using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// Takes back what was done about a loss that was none. An acknowledgment that echoes an older time than that of the first repetition answers the first copy (Eifel,
/// RFC 3522); and when duplicate reports have come for all that a recovery repeated, all of it had arrived (RFC 3708; Linux' tcp_try_undo_dsack).
/// </summary>
public sealed partial class TcpConnection
{
    private int _undoWindow, _undoThreshold;
    private uint _undoTimestamp;        // of the first repetition
    private bool _undoPossible;         // the next acknowledgment tells by its echo
    private bool _undoCounts;           // the last recovery may yet turn out to have been for nothing
    private uint _undoStart;            // it repeated nothing before this
    private int _undoBytes;             // repeated, and not reported as duplicate

    // A window is about to be reduced because of a loss.
    private void KeepForUndo(Instant now, bool isTimeout)
    {
        (_undoWindow, _undoThreshold) = (_congestion.Window, _congestion.Threshold);
        _undoTimestamp = TimestampNow(now);
        _undoPossible = _timestamps;
        _undoCounts = !isTimeout;
        _undoStart = _sndUna;
        _undoBytes = 0;
    }

    // The first acknowledgment since then that says something new.
    private void UndoByEcho(uint echo)
    {
        if (_recovery < TcpRecovery.Fast || !TcpSequence.Less(echo, _undoTimestamp)) return;
        if (_recovery == TcpRecovery.Loss) Counters.SpuriousTimeouts++;
        else Counters.SpuriousRecoveries++;
        Undo();
    }

    // While the recovery lasts more may be repeated: its end tells.
    private void UndoByReport(TcpSackBlock block)
    {
        if (!_undoCounts || !TcpSequence.Less(_undoStart, block.End) || !TcpSequence.Less(block.Start, block.End) || _undoBytes <= 0) return;
        _undoBytes -= (int)(block.End - block.Start);
        if (_recovery <= TcpRecovery.Marked) UndoIfForNothing();
    }

    private void UndoIfForNothing()
    {
        if (!_undoCounts || _undoBytes > 0) return;
        Counters.SpuriousRecoveries++;
        Undo();
    }

    private void Undo()
    {
        _congestion.Undo(_undoWindow, _undoThreshold);
        _recovery = TcpRecovery.None;
        _flight.MarkNothingLost();
        _undoPossible = _undoCounts = false;
    }
}
