namespace Unikernel.Net.Sockets.Local;

/// <summary>
/// Urgent data of streams, as Linux's since 5.15 (net/unix/af_unix.c: queue_oob, manage_oob, unix_stream_recv_urg): the last byte of a send is urgent. Out of band
/// it is taken at once; a read ends before it, and one that begins at it drops it, unless the program wants it in line.
/// </summary>
public sealed partial class UnixSocket
{
    private bool _urgentInline;     // SO_OOBINLINE
    private int _urgent = -1;       // offset of the urgent byte from the head; -1: there is none
    private int[] _taken = [];      // offsets of bytes that were taken out of band: they stand in the stream, empty, until a read passes them

    private bool HasMarks => _urgent >= 0 || _taken.Length > 0;

    protected override int AtMarkCore =>
        IsStream && (_urgent == 0 || (_taken.Length > 0 && _taken[0] == 0 && _urgent is -1 or 1)) ? 1 : 0;

    // One at a time: the one before becomes an ordinary byte.
    private void MarkUrgent() => _urgent = _count - 1;

    private int TakeUrgent(ReadOnlySpan<IoVector> buffers, bool peek, ref SocketMessage message)
    {
        if (IsListening || !_wasConnected || _urgentInline || _urgent < 0) return -SocketErrno.EINVAL;
        foreach (IoVector vector in buffers)
        {
            if (vector.Count == 0) continue;
            Copy(_urgent, vector.Span[..1]);
            message.Flags |= SocketMessageFlags.OutOfBand;
            if (peek) return 1;
            _taken = [.. _taken, _urgent];
            _urgent = -1;
            return 1;
        }

        return -SocketErrno.EFAULT;
    }

    private int ReadAround(ReadOnlySpan<IoVector> buffers, int skip, bool peek)
    {
        int received = 0, at = 0;
        foreach (IoVector vector in buffers)
        {
            Span<byte> piece = vector.Span;
            if (skip >= piece.Length)
            {
                skip -= piece.Length;
                continue;
            }

            piece = piece[skip..];
            skip = 0;
            while (!piece.IsEmpty)
            {
                int count = Math.Min(piece.Length, OrdinaryBytes(ref at, received > 0, peek));
                if (count == 0) return received;
                Copy(at, piece[..count]);
                if (peek) at += count;
                else Take(count);
                received += count;
                piece = piece[count..];
            }
        }

        return received;
    }

    // How many bytes can be read without meeting a mark; 0: the read ends here.
    private int OrdinaryBytes(ref int at, bool some, bool peek)
    {
        while (IsTaken(at))
        {
            if (some && _urgent < 0) return 0;
            Pass(ref at, peek);
        }

        if (at == _urgent)
        {
            if (some) return 0;
            if (!peek) _urgent = -1;
            if (!_urgentInline) Pass(ref at, peek);
        }

        int end = _urgent > at ? _urgent : _count;
        foreach (int taken in _taken)
        {
            if (taken > at) end = Math.Min(end, taken);
        }

        return end - at;
    }

    private bool IsTaken(int at)
    {
        foreach (int taken in _taken)
        {
            if (taken == at) return true;
        }

        return false;
    }

    private void Pass(ref int at, bool peek)
    {
        if (peek) at++;
        else Take(1);
    }

    // The head moves by so many bytes.
    private void PassMarks(int count)
    {
        if (_urgent >= 0) _urgent = Math.Max(_urgent - count, -1);
        if (_taken.Length == 0) return;
        int passed = 0;
        for (int i = 0; i < _taken.Length; i++)
        {
            if ((_taken[i] -= count) < 0) passed++;
        }

        if (passed > 0) _taken = _taken[passed..];
    }
}
