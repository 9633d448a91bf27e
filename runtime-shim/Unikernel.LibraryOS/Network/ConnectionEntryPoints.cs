using Unikernel.Binding;
using Unikernel.Net.Sockets;

namespace Unikernel.LibraryOS;

/// <summary>Names and states of sockets: bind, connect, listen, accept, shutdown.</summary>
internal static unsafe class ConnectionEntryPoints
{
    private const int ProtocolTcp = 6;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Bind")]
    public static int Bind(nint descriptor, int protocol, byte* address, int length)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        if (!SocketAddressBytes.TryRead(new ReadOnlySpan<byte>(address, length), out SocketName name))
            return PalError.FromErrno(Errno.EINVAL);

        // .NET promises on every system that a listener can come back at once (pal_networking.c, SystemNative_Bind).
        if (protocol == ProtocolTcp)
            socket!.SetOption(SocketOption.ReuseAddress, 1);
        return PalError.FromResult(socket!.Bind(name));
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Connect")]
    public static int Connect(nint descriptor, byte* address, int length)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        if (!SocketAddressBytes.TryRead(new ReadOnlySpan<byte>(address, length), out SocketName name))
            return PalError.FromErrno(Errno.EINVAL);
        int result;
        do
            result = socket!.Connect(name);
        while (Sockets.MayRetry(socket, result));
        return PalError.FromResult(result);
    }

    /// <summary>
    /// Connects and sends nothing: .NET sends the data afterwards, also where a socket with the option of Fast Open then waits for them to go
    /// with the SYN (pal_networking.c, SystemNative_Connectx).
    /// </summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Connectx")]
    public static int ConnectWithData(nint descriptor, byte* address, int length, byte* data, int dataLength, int fastOpen, int* sent)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        if (socket!.GetOption(SocketOption.FastOpen, out int queue) == 0 && queue != 0)
            socket.SetOption(SocketOption.FastOpenConnect, queue);
        return Connect(descriptor, address, length);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Listen")]
    public static int Listen(nint descriptor, int backlog) =>
        Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error ? error : PalError.FromResult(socket!.Listen(backlog));

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Accept")]
    public static int Accept(nint descriptor, byte* address, int* length, nint* accepted)
    {
        *accepted = -1;
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        int result = socket!.Accept(out NetSocket? connection, out SocketName peer);
        if (result < 0)
            return PalError.FromResult(result);
        result = DescriptorTable.Add(new SocketFile(connection!));
        if (result < 0)
        {
            connection!.Close();
            return PalError.FromResult(result);
        }

        *length = SocketAddressBytes.Write(peer, new Span<byte>(address, *length));
        *accepted = result;
        return PalError.Success;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Shutdown")]
    public static int Shutdown(nint descriptor, int how)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        return how is < 0 or > 2 ? PalError.FromErrno(Errno.EINVAL) : PalError.FromResult(socket!.Shutdown((SocketShutdown)how));
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Disconnect")]
    public static int Disconnect(nint descriptor) =>
        Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error ? error : PalError.FromResult(socket!.Disconnect());

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetSockName")]
    public static int GetLocalName(nint descriptor, byte* address, int* length)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        return Write(socket!.GetLocalName(out SocketName name), name, address, length);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetPeerName")]
    public static int GetPeerName(nint descriptor, byte* address, int* length)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        return Write(socket!.GetPeerName(out SocketName name), name, address, length);
    }

    private static int Write(int result, in SocketName name, byte* address, int* length)
    {
        if (result >= 0)
            *length = SocketAddressBytes.Write(name, new Span<byte>(address, *length));
        return PalError.FromResult(result);
    }
}
