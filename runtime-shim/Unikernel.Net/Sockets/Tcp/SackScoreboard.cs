using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// What the peer has received beyond the cumulative acknowledgment (RFC 6675 section 3): sorted ranges without overlap. Empty
/// and without memory while nothing is lost.
/// </summary>
internal struct SackScoreboard
{
    /// <summary>Ranges kept at most; a peer that reports more holes than this gets the highest forgotten, which is always safe.</summary>
    private const int MaximumRanges = 128;

    private TcpSackBlock[]? _ranges;
    private int _count;

    public readonly bool IsEmpty => _count == 0;

    public readonly int Count => _count;

    public readonly TcpSackBlock this[int index] => _ranges![index];

    /// <summary>Bytes in all ranges.</summary>
    public int SackedBytes { get; private set; }

    public void Clear()
    {
        _count = 0;
        SackedBytes = 0;
    }

    /// <summary>Adds a block that lies between SND.UNA and SND.NXT. True: it said something new.</summary>
    public bool Add(uint start, uint end)
    {
        _ranges ??= new TcpSackBlock[8];
        // Ranges [first, last) touch or overlap the new one and melt into it.
        int first = 0;
        while (first < _count && TcpSequence.Less(_ranges[first].End, start)) first++;
        int last = first;
        int merged = 0;
        while (last < _count && TcpSequence.LessOrEqual(_ranges[last].Start, end))
        {
            merged += (int)(_ranges[last].End - _ranges[last].Start);
            start = TcpSequence.Min(start, _ranges[last].Start);
            end = TcpSequence.Max(end, _ranges[last].End);
            last++;
        }

        int length = (int)(end - start);
        if (last == first)
        {
            if (_count == MaximumRanges)
            {
                if (first == _count) return false;
                _count--;
                SackedBytes -= (int)(_ranges[_count].End - _ranges[_count].Start);
            }

            if (_count == _ranges.Length) Array.Resize(ref _ranges, _count * 2);
            Array.Copy(_ranges, first, _ranges, first + 1, _count - first);
            _count++;
        }
        else if (last - first > 1)
        {
            Array.Copy(_ranges, last, _ranges, first + 1, _count - last);
            _count -= last - first - 1;
        }

        _ranges[first] = new(start, end);
        SackedBytes += length - merged;
        return length != merged;
    }

    /// <summary>The cumulative acknowledgment advanced.</summary>
    public void Acknowledge(uint acknowledgment)
    {
        int gone = 0;
        while (gone < _count && TcpSequence.LessOrEqual(_ranges![gone].End, acknowledgment))
        {
            SackedBytes -= (int)(_ranges[gone].End - _ranges[gone].Start);
            gone++;
        }

        if (gone > 0)
        {
            _count -= gone;
            Array.Copy(_ranges!, gone, _ranges!, 0, _count);
        }

        if (_count > 0 && TcpSequence.Less(_ranges![0].Start, acknowledgment))
        {
            SackedBytes -= (int)(acknowledgment - _ranges[0].Start);
            _ranges[0] = new(acknowledgment, _ranges[0].End);
        }
    }

    /// <summary>The first hole at or after <paramref name="from"/> and before <paramref name="limit"/>.</summary>
    public readonly bool TryFindHole(uint from, uint limit, out TcpSackBlock hole)
    {
        int at = 0;
        return TryFindHole(from, limit, ref at, out hole);
    }

    /// <summary>The same for who asks in ascending order: <paramref name="at"/>, first 0, remembers how far that is.</summary>
    public readonly bool TryFindHole(uint from, uint limit, ref int at, out TcpSackBlock hole)
    {
        SkipBelow(from, ref at);
        for (int i = at; i < _count; i++)
        {
            TcpSackBlock range = _ranges![i];
            if (TcpSequence.Less(from, range.Start))
            {
                hole = new(from, TcpSequence.Min(range.Start, limit));
                return TcpSequence.Less(from, limit);
            }

            from = TcpSequence.Max(from, range.End);
        }

        hole = new(from, limit);
        return TcpSequence.Less(from, limit);
    }

    /// <summary>
    /// Bytes between <paramref name="from"/> and <paramref name="to"/> that are not in any range. It is asked in ascending order, and <paramref name="at"/>, first 0,
    /// remembers how far that is: else a peer could have us go through all ranges for each of the thousand that are outstanding.
    /// </summary>
    public readonly int HoleBytes(uint from, uint to, ref int at)
    {
        if (!TcpSequence.Less(from, to)) return 0;
        SkipBelow(from, ref at);
        int bytes = (int)(to - from);
        for (int i = at; i < _count && TcpSequence.Less(_ranges![i].Start, to); i++)
            bytes -= (int)(TcpSequence.Min(_ranges[i].End, to) - TcpSequence.Max(_ranges[i].Start, from));

        return bytes;
    }

    private readonly void SkipBelow(uint from, ref int at)
    {
        while (at < _count && TcpSequence.LessOrEqual(_ranges![at].End, from)) at++;
    }
}
