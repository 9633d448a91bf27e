using Unikernel.Net.Sockets;

namespace Unikernel.LibraryOS;

/// <summary>From descriptors to sockets.</summary>
internal static class Sockets
{
    /// <summary>Finds the socket of a descriptor; the result is a portable error.</summary>
    public static int Find(nint descriptor, out NetSocket? socket)
    {
        OpenFile? file = DescriptorTable.Find(descriptor);
        socket = (file as SocketFile)?.Socket;
        return socket is not null ? PalError.Success : PalError.FromErrno(file is null ? Errno.EBADF : Errno.ENOTSOCK);
    }

    /// <summary>Whether an operation that found no route is worth to be tried again; see <see cref="NetworkHost.MayRetry"/>.</summary>
    public static bool MayRetry(NetSocket socket, int result) => result < 0 && socket.Host is NetworkHost network && network.MayRetry(result);
}
