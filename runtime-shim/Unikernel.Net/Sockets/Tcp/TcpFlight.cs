using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>What happened to a range of text that is outstanding. It begins where the one before ends.</summary>
internal struct TcpTransmission
{
    public uint End;

    /// <summary>Sent more than once.</summary>
    public bool Repeated;

    /// <summary>Counts as lost until it is sent again; what the scoreboard has of it does not.</summary>
    public bool Lost;

    /// <summary>When it was sent the last time.</summary>
    public Instant Sent;
}

/// <summary>
/// When what is outstanding was sent, and what of it is lost: RFC 8985's Segment.xmit_ts, retransmitted and lost, of ranges instead of segments. What one poll sends
/// is one range; a repetition and a loss cut. The array stays for the connection's life.
/// </summary>
internal struct TcpFlight
{
    private const int InitialCapacity = 4;

    /// <summary>Beyond it new text joins the last range, which then counts as sent later than it was: losses are found later.</summary>
    private const int MaximumRanges = 1024;

    private TcpTransmission[]? _items;
    private int _head, _count;
    private uint _start;

    public readonly int Count => _count;

    /// <summary>The ranges, to read their flags and times, and to set <see cref="TcpTransmission.Lost"/>.</summary>
    public readonly Span<TcpTransmission> Ranges => _items.AsSpan(_head, _count);

    /// <summary>Only if there is one.</summary>
    public readonly ref TcpTransmission Last => ref _items![_head + _count - 1];

    public readonly uint StartOf(int index) => index == 0 ? _start : _items![_head + index - 1].End;

    public void Clear() => _count = 0;

    /// <summary>New text was sent.</summary>
    public void Add(Instant now, uint start, uint end)
    {
        if (_count == 0)
        {
            _head = 0;
            _start = start;
        }
        else
        {
            ref TcpTransmission last = ref Last;
            if ((last.Sent == now && !last.Repeated && !last.Lost) || _count >= MaximumRanges)
            {
                last.End = end;
                last.Sent = now;
                last.Lost = false;
                return;
            }
        }

        if (_items is null || _head + _count == _items.Length) MakeRoom();
        _items![_head + _count++] = new TcpTransmission { End = end, Sent = now };
    }

    /// <summary>The cumulative acknowledgment advanced.</summary>
    public void Acknowledge(uint acknowledgment)
    {
        while (_count > 0 && TcpSequence.LessOrEqual(_items![_head].End, acknowledgment))
        {
            _start = _items[_head++].End;
            _count--;
        }

        if (_count > 0 && TcpSequence.Less(_start, acknowledgment)) _start = acknowledgment;
    }

    /// <summary>A range was sent again.</summary>
    public void Repeat(Instant now, uint start, uint end)
    {
        int first = Cut(start), next = Cut(end, roundUp: true);
        foreach (ref TcpTransmission range in Ranges[first..next])
        {
            range.Repeated = true;
            range.Lost = false;
            range.Sent = now;
        }
    }

    public void MarkLost(uint start, uint end)
    {
        int first = Cut(start), next = Cut(end, roundUp: true);
        foreach (ref TcpTransmission range in Ranges[first..next]) range.Lost = true;
    }

    public void MarkNothingLost()
    {
        foreach (ref TcpTransmission range in Ranges) range.Lost = false;
    }

    /// <summary>Bytes that are lost and not received.</summary>
    public readonly int LostBytes(in SackScoreboard received)
    {
        int bytes = 0, at = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_items![_head + i].Lost) bytes += received.HoleBytes(StartOf(i), _items[_head + i].End, ref at);
        }

        return bytes;
    }

    /// <summary>The first hole that counts as lost.</summary>
    public readonly bool TryFindLost(in SackScoreboard received, out TcpSackBlock hole)
    {
        int at = 0;
        for (int i = 0; i < _count; i++)
        {
            if (!_items![_head + i].Lost) continue;
            // Together with what is lost behind it: a segment may reach over the border of two ranges.
            uint start = StartOf(i);
            while (i + 1 < _count && _items[_head + i + 1].Lost) i++;
            if (received.TryFindHole(start, _items[_head + i].End, ref at, out hole)) return true;
        }

        hole = default;
        return false;
    }

    /// <summary>
    /// Makes a border at a sequence number; the index of the range that begins there. A peer that wants more borders than there may be gets one nearby.
    /// </summary>
    public int Cut(uint at, bool roundUp = false)
    {
        for (int i = 0; i < _count; i++)
        {
            if (TcpSequence.LessOrEqual(at, StartOf(i))) return i;
            if (!TcpSequence.Less(at, _items![_head + i].End)) continue;
            if (_count >= MaximumRanges) return roundUp ? i + 1 : i;
            if (_head + _count == _items.Length) MakeRoom();
            Array.Copy(_items, _head + i, _items, _head + i + 1, _count - i);
            _items[_head + i].End = at;
            _count++;
            return i + 1;
        }

        return _count;
    }

    private void MakeRoom()
    {
        if (_items is null)
        {
            _items = new TcpTransmission[InitialCapacity];
            return;
        }

        // Where less than half is in use what is moved down pays for as many additions.
        TcpTransmission[] items = _count > _items.Length / 2 ? new TcpTransmission[_items.Length * 2] : _items;
        Array.Copy(_items, _head, items, 0, _count);
        _items = items;
        _head = 0;
    }
}
