namespace Unikernel.LibraryOS;

/// <summary>What can be done with an open file without waiting. The values are those of the portable SocketEvents.</summary>
[Flags]
public enum Readiness
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A read returns at once: data, end of file, or an error.</summary>
    Readable = 1,

    /// <summary>A write takes at least one byte, or fails at once.</summary>
    Writable = 2,

    /// <summary>The peer will send no more (Linux: EPOLLRDHUP).</summary>
    ReadClosed = 4,

    /// <summary>Both directions are closed (Linux: EPOLLHUP).</summary>
    Closed = 8,

    /// <summary>An error is pending (Linux: EPOLLERR).</summary>
    Error = 16,

    /// <summary>There is urgent data (Linux: EPOLLPRI).</summary>
    Urgent = 32,
}

/// <summary>Is told when the readiness of an open file may have changed.</summary>
public interface IReadinessWatcher
{
    /// <summary>Called after each change, from any thread; it must not block and must not call the file.</summary>
    void ReadinessChanged(OpenFile file);
}
