namespace Unikernel.LibraryOS;

/// <summary>The machine's console behind descriptors 0, 1 and 2.</summary>
internal sealed class ConsoleFile : OpenFile
{
    public static readonly ConsoleFile Input = new(readable: true);
    public static readonly ConsoleFile Output = new(readable: false);
    public static readonly ConsoleFile Error = new(readable: false);

    private readonly bool _readable;

    private ConsoleFile(bool readable) => _readable = readable;

    public override long Read(Span<byte> buffer)
    {
        if (!_readable)
            return -Errno.EBADF;
        if (buffer.IsEmpty)
            return 0;
        if (NonBlocking && !Core.ConsoleReady)
            return -Errno.EAGAIN;
        return Core.ConsoleRead(buffer);
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

    public override Readiness Readiness => !_readable ? Readiness.Writable : Core.ConsoleReady ? Readiness.Readable : Readiness.None;

    public override bool NotifiesReadiness => !_readable;
}
