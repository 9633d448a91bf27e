using System.Runtime.InteropServices;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>Asynchronous sockets: the ports at which the base class library waits for many sockets at once.</summary>
internal static unsafe class EventPortEntryPoints
{
    /// <summary>struct SocketEvent of pal_networking.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SocketEvent
    {
        public nint Data;
        public int Events;
        public int Padding;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_CreateSocketEventPort")]
    public static int CreatePort(nint* port)
    {
        int descriptor = DescriptorTable.Add(new EventPort());
        *port = descriptor;
        return PalError.FromResult(descriptor);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_CloseSocketEventPort")]
    public static int ClosePort(nint port) => PalError.FromResult(DescriptorTable.Close(port));

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_CreateSocketEventBuffer")]
    public static int CreateBuffer(int count, SocketEvent** buffer)
    {
        *buffer = (SocketEvent*)NativeMemory.Alloc((nuint)count, (nuint)sizeof(SocketEvent));
        return PalError.Success;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FreeSocketEventBuffer")]
    public static int FreeBuffer(SocketEvent* buffer)
    {
        NativeMemory.Free(buffer);
        return PalError.Success;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_TryChangeSocketEventRegistration")]
    public static int Change(nint port, nint socket, int current, int wanted, nint data)
    {
        if (DescriptorTable.Find(port) is not EventPort events || DescriptorTable.Find(socket) is not { } file)
            return PalError.FromErrno(Errno.EBADF);
        return current == wanted ? PalError.Success : PalError.FromResult(events.Change(file, (Readiness)wanted, data));
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_WaitForSocketEvents")]
    public static int Wait(nint port, SocketEvent* buffer, int* count)
    {
        if (DescriptorTable.Find(port) is not EventPort events || *count <= 0)
            return PalError.FromErrno(Errno.EINVAL);
        *count = events.Wait(buffer, *count);
        return PalError.Success;
    }
}
