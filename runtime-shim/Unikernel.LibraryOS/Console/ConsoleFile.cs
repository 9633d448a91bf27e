namespace Unikernel.LibraryOS;

/// <summary>The machine's console behind descriptors 0, 1 and 2.</summary>
internal sealed class ConsoleFile : OpenFile
{
    public static readonly ConsoleFile Input = new(readable: true);
    public static readonly ConsoleFile Output = new(readable: false);
    public static readonly ConsoleFile Error = new(readable: false);

    private const byte EndOfTransmission = 4; // Ctrl+D, which a terminal's line discipline takes for the end of input

    private readonly bool _readable;
    private readonly Lock _lock = new();

    // What was read to find out whether there is something to read.
    private byte[] _ahead = [];
    private int _aheadCount;
    private bool _ended;

    internal ConsoleFile(bool readable) => _readable = readable;

    public override long Read(Span<byte> buffer)
    {
        if (!_readable)
            return -Errno.EBADF;
        if (buffer.IsEmpty)
            return 0;
        lock (_lock)
        {
            if (_aheadCount > 0)
                return TakeAhead(buffer);
            int count = _ended ? 0 : Receive(buffer, NonBlocking ? 0 : Core.Forever);
            return count == -Errno.ETIMEDOUT ? -Errno.EAGAIN : count;
        }
    }

    // A serial line sends CR for the return key; readers of lines expect LF.
    private int Receive(Span<byte> buffer, ulong deadline)
    {
        int count = Core.ConsoleRead(buffer, deadline);
        if (count < 0)
            return count;
        buffer[..count].Replace((byte)'\r', (byte)'\n');
        int end = buffer[..count].IndexOf(EndOfTransmission);
        if (count == 0 || end >= 0)
        {
            _ended = true;
            count = Math.Max(end, 0);
        }

        return count;
    }

    private int TakeAhead(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _aheadCount);
        _ahead.AsSpan(0, count).CopyTo(buffer);
        _ahead.AsSpan(count, _aheadCount - count).CopyTo(_ahead);
        _aheadCount -= count;
        return count;
    }

    /// <summary>Whether a read returns at once.</summary>
    public bool IsReady
    {
        get
        {
            // A thread that reads holds the lock while it waits: then there is nothing for anybody else.
            if (!_lock.TryEnter())
                return false;
            try
            {
                if (_aheadCount == 0 && !_ended)
                {
                    if (_ahead.Length == 0)
                        _ahead = new byte[64];
                    _aheadCount = Math.Max(Receive(_ahead, 0), 0);
                }

                return _aheadCount > 0 || _ended;
            }
            finally
            {
                _lock.Exit();
            }
        }
    }

    public override long Write(ReadOnlySpan<byte> buffer)
    {
        if (_readable)
            return -Errno.EBADF;
        Core.ConsoleWrite(buffer);
        return buffer.Length;
    }

    // A pipe, not a character device: System.Console decides by this that input and output are redirected, and then asks for no
    // terminal (no escape sequences, no echo, no cursor). What is at the other end of a serial line is unknown.
    public override int GetStatus(out FileStatus status)
    {
        status = new FileStatus { Mode = FileMode.Fifo | 0x180 /* rw------- */ };
        return 0;
    }

    public override Readiness Readiness => !_readable ? Readiness.Writable : IsReady ? Readiness.Readable : Readiness.None;

    public override bool NotifiesReadiness => !_readable;
}
