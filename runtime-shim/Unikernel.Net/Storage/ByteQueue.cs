namespace Unikernel.Net.Storage;

/// <summary>
/// Bytes in order, in a chain of packet buffers: what a connection has to send until it is acknowledged, or has received until
/// it is read. Received packets are linked in without a copy; segments to be sent are slices of it without a copy. Memory is at
/// most about twice the bytes, because a small piece is copied into the room behind the last one. Under the stack's lock.
/// </summary>
public struct ByteQueue
{
    private PacketBuffer? _head;
    private PacketBuffer? _tail;

    // Where the last look-up ended: senders go through the queue in order.
    private PacketBuffer? _cursor;
    private int _cursorOffset;

    /// <summary>Bytes in the queue.</summary>
    public int Length { get; private set; }

    /// <summary>Buffers in the chain.</summary>
    public int BufferCount { get; private set; }

    public readonly bool IsEmpty => Length == 0;

    /// <summary>Copies bytes in, into the room of the last buffer and into new ones. Returns how many: fewer if the pool's limit is reached.</summary>
    public int Append(ReadOnlySpan<byte> bytes, PacketPool pool)
    {
        int appended = 0;
        while (appended < bytes.Length)
        {
            PacketBuffer? tail = _tail;
            if (tail is null || tail.Tailroom == 0)
            {
                tail = pool.Rent(0);
                if (tail is null) break;
                Link(tail);
            }

            int count = Math.Min(bytes.Length - appended, tail.Tailroom);
            bytes.Slice(appended, count).CopyTo(tail.Append(count));
            appended += count;
        }

        Length += appended;
        return appended;
    }

    /// <summary>Takes over a received packet: each part is linked in, or copied if the last buffer has room for it.</summary>
    public void AppendPacket(PacketBuffer packet)
    {
        PacketBuffer? part = packet;
        while (part is not null)
        {
            PacketBuffer? next = part.Next;
            part.Next = null;
            int length = part.Length;
            // A buffer that someone else sees too (a raw socket's copy) must not get bytes behind its end.
            if (length == 0 || (_tail is { IsShared: false } tail && tail.Tailroom >= length))
            {
                if (length > 0) part.Data.CopyTo(_tail!.Append(length));
                part.Release();
            }
            else
            {
                Link(part);
            }

            Length += length;
            part = next;
        }
    }

    /// <summary>Drops bytes from the front.</summary>
    public void TrimStart(int count)
    {
        Length -= count;
        _cursor = null;
        while (_head is { } head)
        {
            if (count < head.Length)
            {
                head.TrimStart(count);
                return;
            }

            // The last buffer stays only as long as it has bytes: an idle connection holds no memory.
            count -= head.Length;
            _head = head.QueueNext;
            head.QueueNext = null;
            head.Release();
            BufferCount--;
            if (_head is null) _tail = null;
        }
    }

    /// <summary>Copies bytes out from <paramref name="offset"/> on, without taking them. Returns how many.</summary>
    public readonly int CopyTo(int offset, Span<byte> destination)
    {
        int copied = 0;
        PacketBuffer? buffer = _cursor;
        if (buffer is not null && _cursorOffset <= offset)
            offset -= _cursorOffset;
        else
            buffer = _head;
        for (; buffer is not null && copied < destination.Length; buffer = buffer.QueueNext)
        {
            ReadOnlySpan<byte> data = buffer.Data;
            if (offset >= data.Length)
            {
                offset -= data.Length;
                continue;
            }

            data = data[offset..];
            offset = 0;
            if (data.Length > destination.Length - copied) data = data[..(destination.Length - copied)];
            data.CopyTo(destination[copied..]);
            copied += data.Length;
        }

        return copied;
    }

    /// <summary>A chain of slices of <paramref name="length"/> bytes from <paramref name="offset"/> on, which must be there.</summary>
    public PacketBuffer Slice(int offset, int length, PacketPool pool)
    {
        PacketBuffer buffer = Find(ref offset);
        PacketBuffer? first = null, last = null;
        while (true)
        {
            int count = Math.Min(length, buffer.Length - offset);
            PacketBuffer slice = pool.RentSlice(buffer, offset, count);
            if (last is null) first = slice;
            else last.Next = slice;
            last = slice;
            length -= count;
            if (length == 0) return first!;
            offset = 0;
            buffer = buffer.QueueNext!;
        }
    }

    /// <summary>Moves the cursor near the place where the next look-ups will be.</summary>
    private PacketBuffer Find(ref int offset)
    {
        PacketBuffer buffer;
        int start;
        if (_cursor is { } cursor && _cursorOffset <= offset)
            (buffer, start) = (cursor, _cursorOffset);
        else
            (buffer, start) = (_head!, 0);
        while (offset - start >= buffer.Length)
        {
            start += buffer.Length;
            buffer = buffer.QueueNext!;
        }

        (_cursor, _cursorOffset) = (buffer, start);
        offset -= start;
        return buffer;
    }

    public void Clear()
    {
        PacketBuffer? buffer = _head;
        _head = _tail = _cursor = null;
        Length = BufferCount = 0;
        while (buffer is not null)
        {
            PacketBuffer? next = buffer.QueueNext;
            buffer.QueueNext = null;
            buffer.Release();
            buffer = next;
        }
    }

    private void Link(PacketBuffer buffer)
    {
        buffer.QueueNext = null;
        if (_tail is null) _head = buffer;
        else _tail.QueueNext = buffer;
        _tail = buffer;
        BufferCount++;
    }
}
