namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// The next deadline of every connection that has one: a 4-ary heap. A deadline that moves later stays where it is and is looked at
/// again when it fires, so the usual case (a retransmission timer pushed back by each acknowledgment) costs one comparison.
/// </summary>
internal sealed class TcpTimerHeap
{
    private TcpConnection?[] _items = new TcpConnection?[16];

    public int Count { get; private set; }

    public Instant Next => Count == 0 ? Instant.Never : _items[0]!.HeapDeadline;

    /// <summary>The connection must be looked at by then at the latest.</summary>
    public void Schedule(TcpConnection connection, Instant deadline)
    {
        if (connection.HeapIndex >= 0)
        {
            if (deadline >= connection.HeapDeadline) return;
            connection.HeapDeadline = deadline;
            Up(connection.HeapIndex, connection);
            return;
        }

        if (deadline.IsNever) return;
        if (Count == _items.Length) Array.Resize(ref _items, Count * 2);
        connection.HeapDeadline = deadline;
        Up(Count++, connection);
    }

    public void Remove(TcpConnection connection)
    {
        int index = connection.HeapIndex;
        if (index < 0) return;
        connection.HeapIndex = -1;
        TcpConnection last = _items[--Count]!;
        _items[Count] = null;
        if (last == connection) return;
        Up(index, last);
        Down(last.HeapIndex, last);
    }

    /// <summary>Takes the first if it is due.</summary>
    public TcpConnection? TakeDue(Instant now)
    {
        if (Count == 0 || _items[0]!.HeapDeadline > now) return null;
        TcpConnection first = _items[0]!;
        Remove(first);
        return first;
    }

    private void Up(int index, TcpConnection connection)
    {
        while (index > 0)
        {
            int parent = (index - 1) >> 2;
            TcpConnection above = _items[parent]!;
            if (above.HeapDeadline <= connection.HeapDeadline) break;
            _items[index] = above;
            above.HeapIndex = index;
            index = parent;
        }

        _items[index] = connection;
        connection.HeapIndex = index;
    }

    private void Down(int index, TcpConnection connection)
    {
        while (true)
        {
            int child = index * 4 + 1;
            if (child >= Count) break;
            int end = Math.Min(child + 4, Count);
            int best = child;
            for (child++; child < end; child++)
            {
                if (_items[child]!.HeapDeadline < _items[best]!.HeapDeadline) best = child;
            }

            if (_items[best]!.HeapDeadline >= connection.HeapDeadline) break;
            _items[index] = _items[best];
            _items[index]!.HeapIndex = index;
            index = best;
        }

        _items[index] = connection;
        connection.HeapIndex = index;
    }
}
