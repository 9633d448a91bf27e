namespace Unikernel.LibraryOS;

/// <summary>A pipe inside the program: a ring of bytes between one open file that reads and one that writes (pipe(7)).</summary>
internal sealed class Pipe
{
    /// <summary>Capacity of a new pipe, Linux's.</summary>
    public const int DefaultCapacity = 64 * 1024;

    // A write up to this length is never split (PIPE_BUF).
    private const int AtomicLength = 4096;

    // /proc/sys/fs/pipe-max-size
    private const int MaximumCapacity = 1024 * 1024;

    private byte[] _ring = [];
    private int _capacity = DefaultCapacity;
    private int _head;  // next byte to read
    private int _count;
    private bool _readerClosed;
    private bool _writerClosed;

    public Pipe()
    {
        Reader = new PipeReader(this);
        Writer = new PipeWriter(this);
    }

    public OpenFile Reader { get; }

    public OpenFile Writer { get; }

    public int Capacity
    {
        get
        {
            lock (this)
                return _capacity;
        }
    }

    /// <summary>F_SETPIPE_SZ: rounds up to a power of two pages. EBUSY: it holds more than that.</summary>
    public int SetCapacity(int size)
    {
        if (size <= 0)
            return -Errno.EINVAL;
        if (size > MaximumCapacity)
            return -Errno.EPERM;
        int rounded = Math.Max(AtomicLength, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)size));
        lock (this)
        {
            if (rounded < _count)
                return -Errno.EBUSY;
            _capacity = rounded;
            if (_ring.Length > rounded)
                Resize(rounded);
            Monitor.PulseAll(this);
        }

        Writer.NotifyReadiness();
        return rounded;
    }

    private long Read(Span<byte> buffer, bool nonBlocking)
    {
        int read;
        lock (this)
        {
            while (_count == 0)
            {
                if (buffer.IsEmpty || _writerClosed)
                    return 0;
                if (nonBlocking)
                    return -Errno.EAGAIN;
                Monitor.Wait(this);
            }

            read = Math.Min(buffer.Length, _count);
            int first = Math.Min(read, _ring.Length - _head);
            _ring.AsSpan(_head, first).CopyTo(buffer);
            _ring.AsSpan(0, read - first).CopyTo(buffer[first..]);
            _count -= read;
            _head = _count == 0 ? 0 : (_head + read) % _ring.Length;
            Monitor.PulseAll(this);
        }

        Writer.NotifyReadiness();
        return read;
    }

    private long Write(ReadOnlySpan<byte> buffer, bool nonBlocking)
    {
        int written = 0;
        while (written < buffer.Length)
        {
            lock (this)
            {
                int needed = buffer.Length <= AtomicLength ? buffer.Length : 1;
                while (!_readerClosed && _capacity - _count < needed)
                {
                    if (nonBlocking)
                        return written > 0 ? written : -Errno.EAGAIN;
                    Monitor.Wait(this);
                }

                if (_readerClosed)
                    return written > 0 ? written : -Errno.EPIPE;
                int chunk = Math.Min(buffer.Length - written, _capacity - _count);
                Append(buffer.Slice(written, chunk));
                written += chunk;
                Monitor.PulseAll(this);
            }

            Reader.NotifyReadiness();
        }

        return written;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_count + bytes.Length > _ring.Length)
            Resize(Math.Min(_capacity, Math.Max(AtomicLength, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(_count + bytes.Length)))));
        int tail = (_head + _count) % _ring.Length;
        int first = Math.Min(bytes.Length, _ring.Length - tail);
        bytes[..first].CopyTo(_ring.AsSpan(tail));
        bytes[first..].CopyTo(_ring);
        _count += bytes.Length;
    }

    private void Resize(int length)
    {
        var larger = new byte[length];
        int first = Math.Min(_count, _ring.Length - _head);
        _ring.AsSpan(_head, first).CopyTo(larger);
        _ring.AsSpan(0, _count - first).CopyTo(larger.AsSpan(first));
        _ring = larger;
        _head = 0;
    }

    private static int PipeStatus(out FileStatus status)
    {
        status = new FileStatus { Mode = FileMode.Fifo | 0x180 };
        return 0;
    }

    private sealed class PipeReader(Pipe pipe) : OpenFile, IPipeEnd
    {
        Pipe IPipeEnd.Pipe => pipe;

        public override long Read(Span<byte> buffer) => pipe.Read(buffer, NonBlocking);

        public override int GetStatus(out FileStatus status) => PipeStatus(out status);

        public override Readiness Readiness
        {
            get
            {
                lock (pipe)
                    return (pipe._count > 0 ? Readiness.Readable : 0) | (pipe._writerClosed ? Readiness.Closed : 0);
            }
        }

        protected override void OnClosed()
        {
            lock (pipe)
            {
                pipe._readerClosed = true;
                Monitor.PulseAll(pipe);
            }

            pipe.Writer.NotifyReadiness();
        }
    }

    private sealed class PipeWriter(Pipe pipe) : OpenFile, IPipeEnd
    {
        Pipe IPipeEnd.Pipe => pipe;

        public override long Write(ReadOnlySpan<byte> buffer) => pipe.Write(buffer, NonBlocking);

        public override int GetStatus(out FileStatus status) => PipeStatus(out status);

        public override Readiness Readiness
        {
            get
            {
                lock (pipe)
                {
                    // As Linux's pipe_poll: writable while a whole page fits; an error once nobody reads.
                    return (pipe._capacity - pipe._count >= AtomicLength ? Readiness.Writable : 0) |
                        (pipe._readerClosed ? Readiness.Error : 0);
                }
            }
        }

        protected override void OnClosed()
        {
            lock (pipe)
            {
                pipe._writerClosed = true;
                Monitor.PulseAll(pipe);
            }

            pipe.Reader.NotifyReadiness();
        }
    }
}

/// <summary>Either end of a pipe.</summary>
internal interface IPipeEnd
{
    /// <summary>The pipe.</summary>
    Pipe Pipe { get; }
}
