using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Unikernel.Binding;
using Unikernel.Net;
using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Sockets.Udp;

namespace Unikernel.LibraryOS;

/// <summary>Joining and leaving multicast groups.</summary>
internal static unsafe class MulticastEntryPoints
{
    // enum MulticastOption of pal_networking.h
    private const int Join = 0, Leave = 1, Interface = 2;

    /// <summary>Addresses are in network order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct V4Option
    {
        public uint Group;
        public uint Local;
        public int InterfaceIndex;
        public int Padding;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct V6Option
    {
        public fixed byte Group[16];
        public uint IsV6;
        public uint Scope;
        public int InterfaceIndex;
        public int Padding;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetIPv4MulticastOption")]
    public static int SetV4(nint descriptor, int what, V4Option* option)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        int index = option->InterfaceIndex;
        if (index == 0 && option->Local != 0 && socket is not TcpSocket && (index = FindInterface(socket!, FromNetwork(option->Local))) == 0)
            return PalError.FromErrno(Errno.ENODEV);

        return Set(socket!, what, FromNetwork(option->Group), index, SocketOption.MulticastInterface);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetIPv6MulticastOption")]
    public static int SetV6(nint descriptor, int what, V6Option* option)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        return Set(socket!, what, new IpAddress(new ReadOnlySpan<byte>(option->Group, 16)), option->InterfaceIndex, SocketOption.V6MulticastInterface);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetIPv4MulticastOption")]
    public static int GetV4(nint descriptor, int what, V4Option* option)
    {
        *option = default;
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        if (what != Interface)
            return PalError.FromErrno(Errno.EINVAL);
        int result = socket!.GetOption(SocketOption.MulticastInterface, out int index);
        option->InterfaceIndex = index;
        return PalError.FromResult(result);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetIPv6MulticastOption")]
    public static int GetV6(nint descriptor, int what, V6Option* option)
    {
        *option = default;
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        if (what != Interface)
            return PalError.FromErrno(Errno.EINVAL);
        int result = socket!.GetOption(SocketOption.V6MulticastInterface, out int index);
        option->InterfaceIndex = index;
        return PalError.FromResult(result);
    }

    /// <summary>
    /// Options whose value is struct ip_mreq or ip_mreqn (group, local address, index) or ip_mreq_source (group, local address, source).
    /// </summary>
    public static int SetMembership(NetSocket socket, int name, ReadOnlySpan<byte> value)
    {
        bool hasSource = name is not (OptionNumbers.AddMembership or OptionNumbers.DropMembership);
        if (socket is not UdpSocket udp)
            return socket is TcpSocket && !hasSource ? -Errno.EPROTO : -Errno.EINVAL;
        if (value.Length < (hasSource ? 12 : 8))
            return -Errno.EINVAL;
        IpAddress group = new(value[..4]), local = new(value.Slice(4, 4));
        int index = !hasSource && value.Length >= 12 ? BinaryPrimitives.ReadInt32LittleEndian(value[8..]) : 0;
        if (index == 0 && !local.IsUnspecified && (index = FindInterface(udp, local)) == 0)
            return -Errno.ENODEV;
        if (!hasSource)
            return name == OptionNumbers.AddMembership ? udp.JoinGroup(group, index) : udp.LeaveGroup(group, index);
        IpAddress source = new(value.Slice(8, 4));
        return name switch
        {
            OptionNumbers.AddSourceMembership => udp.AddSource(group, index, source),
            OptionNumbers.DropSourceMembership => udp.DropSource(group, index, source),
            OptionNumbers.BlockSource => udp.BlockSource(group, index, source, blocks: true),
            _ => udp.BlockSource(group, index, source, blocks: false),
        };
    }

    private static int Set(NetSocket socket, int what, IpAddress group, int index, SocketOption interfaceOption) => PalError.FromResult(what switch
    {
        Interface => socket.SetOption(interfaceOption, index),
        Join when socket is UdpSocket udp => udp.JoinGroup(group, index),
        Leave when socket is UdpSocket udp => udp.LeaveGroup(group, index),
        Join or Leave => socket is TcpSocket ? -Errno.EPROTO : -Errno.ENOPROTOOPT,
        _ => -Errno.EINVAL,
    });

    /// <summary>The interface that has an address, for the options that name an interface by address; 0: none.</summary>
    public static int FindInterface(NetSocket socket, IpAddress address)
    {
        lock (socket.Host.Lock)
            return NetworkHost.Instance.Stack.FindOwner(address)?.Index ?? 0;
    }

    public static IpAddress FromNetwork(uint address) => new(BinaryPrimitives.ReverseEndianness(address));
}
