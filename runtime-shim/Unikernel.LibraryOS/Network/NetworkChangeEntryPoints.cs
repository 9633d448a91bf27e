using Unikernel.Binding;
using Unikernel.Net.Iface;
using Unikernel.Net.Sockets;

namespace Unikernel.LibraryOS;

/// <summary>NetworkChange: addresses, links and routes that come and go.</summary>
internal static unsafe class NetworkChangeEntryPoints
{
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_CreateNetworkChangeListenerSocket")]
    public static int Create(nint* descriptor)
    {
        NetworkHost host = NetworkHost.Instance;
        int result = DescriptorTable.Add(new SocketFile(new ChangeSocket(host, host.Stack)));
        *descriptor = result;
        return PalError.FromResult(result);
    }

    /// <summary>Tells of everything that happened since the last call; the callback gets the descriptor and the kind.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_ReadEvents")]
    public static int Read(nint descriptor, delegate* unmanaged<nint, int, void> onChange)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        if (socket is not ChangeSocket changes)
            return PalError.FromErrno(Errno.EINVAL);
        while (changes.TryTake(out StackChange change))
            onChange(descriptor, (int)change);
        return PalError.Success;
    }
}
