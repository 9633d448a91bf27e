using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>The texts of error numbers, those of glibc: exception messages contain them and programs compare them.</summary>
internal static class ErrorMessages
{
    // One blob instead of a table of strings: no relocation and no object per message.
    private static ReadOnlySpan<byte> Texts =>
        "Success\0Operation not permitted\0No such file or directory\0No such process\0Interrupted system call\0Input/output error\0"u8 +
        "No such device or address\0Argument list too long\0Exec format error\0Bad file descriptor\0No child processes\0"u8 +
        "Resource temporarily unavailable\0Cannot allocate memory\0Permission denied\0Bad address\0Block device required\0"u8 +
        "Device or resource busy\0File exists\0Invalid cross-device link\0No such device\0Not a directory\0Is a directory\0"u8 +
        "Invalid argument\0Too many open files in system\0Too many open files\0Inappropriate ioctl for device\0Text file busy\0"u8 +
        "File too large\0No space left on device\0Illegal seek\0Read-only file system\0Too many links\0Broken pipe\0"u8 +
        "Numerical argument out of domain\0Numerical result out of range\0Resource deadlock avoided\0File name too long\0"u8 +
        "No locks available\0Function not implemented\0Directory not empty\0Too many levels of symbolic links\0\0No message of desired type\0"u8 +
        "Identifier removed\0Channel number out of range\0Level 2 not synchronized\0Level 3 halted\0Level 3 reset\0"u8 +
        "Link number out of range\0Protocol driver not attached\0No CSI structure available\0Level 2 halted\0Invalid exchange\0"u8 +
        "Invalid request descriptor\0Exchange full\0No anode\0Invalid request code\0Invalid slot\0\0Bad font file format\0"u8 +
        "Device not a stream\0No data available\0Timer expired\0Out of streams resources\0Machine is not on the network\0"u8 +
        "Package not installed\0Object is remote\0Link has been severed\0Advertise error\0Srmount error\0Communication error on send\0"u8 +
        "Protocol error\0Multihop attempted\0RFS specific error\0Bad message\0Value too large for defined data type\0"u8 +
        "Name not unique on network\0File descriptor in bad state\0Remote address changed\0Can not access a needed shared library\0"u8 +
        "Accessing a corrupted shared library\0.lib section in a.out corrupted\0Attempting to link in too many shared libraries\0"u8 +
        "Cannot exec a shared library directly\0Invalid or incomplete multibyte or wide character\0Interrupted system call should be restarted\0"u8 +
        "Streams pipe error\0Too many users\0Socket operation on non-socket\0Destination address required\0Message too long\0"u8 +
        "Protocol wrong type for socket\0Protocol not available\0Protocol not supported\0Socket type not supported\0"u8 +
        "Operation not supported\0Protocol family not supported\0Address family not supported by protocol\0Address already in use\0"u8 +
        "Cannot assign requested address\0Network is down\0Network is unreachable\0Network dropped connection on reset\0"u8 +
        "Software caused connection abort\0Connection reset by peer\0No buffer space available\0Transport endpoint is already connected\0"u8 +
        "Transport endpoint is not connected\0Cannot send after transport endpoint shutdown\0Too many references: cannot splice\0"u8 +
        "Connection timed out\0Connection refused\0Host is down\0No route to host\0Operation already in progress\0Operation now in progress\0"u8 +
        "Stale file handle\0Structure needs cleaning\0Not a XENIX named type file\0No XENIX semaphores available\0Is a named type file\0"u8 +
        "Remote I/O error\0Disk quota exceeded\0No medium found\0Wrong medium type\0Operation canceled\0Required key not available\0"u8 +
        "Key has expired\0Key has been revoked\0Key was rejected by service\0Owner died\0State not recoverable\0Operation not possible due to RF-kill\0"u8 +
        "Memory page has hardware error\0"u8;

    /// <summary>The text of an error number without its terminator; empty where glibc has none either.</summary>
    public static ReadOnlySpan<byte> Find(int errno)
    {
        if (errno < 0)
        {
            return errno switch
            {
                -PalError.HostNotFound => "Name or service not known"u8,
                -PalError.SocketError => "Unknown socket error"u8,
                _ => default,
            };
        }

        ReadOnlySpan<byte> rest = Texts;
        for (; errno > 0 && !rest.IsEmpty; errno--)
            rest = rest[(rest.IndexOf((byte)0) + 1)..];
        return rest.IsEmpty ? default : rest[..rest.IndexOf((byte)0)];
    }

    /// <summary>Writes the text, cut to the buffer and always terminated, and returns the buffer.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_StrErrorR")]
    public static unsafe byte* StrErrorR(int errno, byte* buffer, int bufferSize)
    {
        if (bufferSize <= 0)
            return null;
        Span<byte> target = new(buffer, bufferSize - 1);
        ReadOnlySpan<byte> text = Find(errno);
        int length;
        if (text.IsEmpty)
        {
            ReadOnlySpan<byte> unknown = "Unknown error "u8;
            length = Math.Min(unknown.Length, target.Length);
            unknown[..length].CopyTo(target);
            if (errno.TryFormat(target[length..], out int digits, provider: null))
                length += digits;
        }
        else
        {
            length = Math.Min(text.Length, target.Length);
            text[..length].CopyTo(target);
        }

        buffer[length] = 0;
        return buffer;
    }
}
