using Unikernel.Binding;
using Unikernel.Net;
using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Local;
using Unikernel.Net.Sockets.Raw;
using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Sockets.Udp;

namespace Unikernel.LibraryOS;

/// <summary>socket(2): the first one brings the network up.</summary>
internal static unsafe class SocketCreation
{
    // System.Net.Sockets.SocketType and ProtocolType.
    private const int Stream = 1, Datagram = 2, RawType = 3, ReliableDatagram = 4, SequencedPacket = 5;
    private const int ProtocolDefault = 0, ProtocolIcmp = 1, ProtocolIgmp = 2, ProtocolTcp = 6, ProtocolUdp = 17, ProtocolIcmpV6 = 58, ProtocolRaw = 255;

    // Headers of IPv6 that .NET has names for: routing, fragment, none, destination options.
    private const int ProtocolRouting = 43, ProtocolFragment = 44, ProtocolNone = 59, ProtocolOptions = 60;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Socket")]
    public static int Create(int family, int type, int protocol, nint* descriptor)
    {
        *descriptor = -1;
        SocketFamily? own = family switch
        {
            SocketAddressBytes.PortableV4 => SocketFamily.InterNetwork,
            SocketAddressBytes.PortableV6 => SocketFamily.InterNetworkV6,
            SocketAddressBytes.PortableUnix => SocketFamily.Unix,
            _ => null,
        };
        if (own is not { } known)
            return PalError.FromErrno(Errno.EAFNOSUPPORT);
        if (type is < Stream or > SequencedPacket)
            return PalError.FromErrno(Errno.EPROTOTYPE);
        if (known == SocketFamily.InterNetworkV6 && protocol == ProtocolIcmp)
            protocol = ProtocolIcmpV6;
        if (!IsKnown(known, protocol))
            return PalError.FromErrno(Errno.EPROTONOSUPPORT);
        int error = known == SocketFamily.Unix
            ? MakeLocal(type, out NetSocket? socket)
            : Make(NetworkHost.Instance, known, type, protocol, out socket);
        if (error != 0)
            return PalError.FromErrno(error);
        int result = DescriptorTable.Add(new SocketFile(socket!));
        if (result < 0)
        {
            socket!.Close();
            return PalError.FromResult(result);
        }

        *descriptor = result;
        return PalError.Success;
    }

    // pal_networking.c, TryConvertProtocolTypePalToPlatform.
    private static bool IsKnown(SocketFamily family, int protocol) => protocol switch
    {
        ProtocolDefault => true,
        ProtocolIcmp or ProtocolIgmp or ProtocolTcp or ProtocolUdp or ProtocolRaw => family != SocketFamily.Unix,
        ProtocolIcmpV6 or ProtocolRouting or ProtocolFragment or ProtocolNone or ProtocolOptions => family == SocketFamily.InterNetworkV6,
        _ => false,
    };

    private static int Make(NetworkHost host, SocketFamily family, int type, int protocol, out NetSocket? socket)
    {
        socket = null;
        switch (type, protocol)
        {
            case (Stream, ProtocolDefault or ProtocolTcp):
                socket = new TcpSocket(host, host.Tcp, family);
                return 0;
            case (Datagram, ProtocolDefault or ProtocolUdp):
                host.Use();
                socket = new UdpSocket(host, host.Udp, family);
                return 0;
            case (Datagram, ProtocolIcmp or ProtocolIcmpV6) or (RawType, not ProtocolDefault):
                host.Use();
                socket = new RawSocket(host, host.Stack, family, (SocketKind)(type - 1), (IpProtocol)protocol);
                return 0;
            default:
                return type is ReliableDatagram or SequencedPacket ? Errno.ESOCKTNOSUPPORT : Errno.EPROTONOSUPPORT;
        }
    }

    private static int MakeLocal(int type, out NetSocket? socket)
    {
        socket = null;
        if (type == ReliableDatagram)
            return Errno.ESOCKTNOSUPPORT;
        LocalSockets host = LocalSockets.Instance;
        // Linux makes a datagram socket of a raw one (net/unix/af_unix.c, unix_create).
        socket = new UnixSocket(host, host.Names, type == RawType ? SocketKind.Datagram : (SocketKind)(type - 1));
        return 0;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetSocketType")]
    public static int GetSocketType(nint descriptor, int* family, int* type, int* protocol, int* listening)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        *family = socket!.Family switch
        {
            SocketFamily.InterNetwork => SocketAddressBytes.PortableV4,
            SocketFamily.InterNetworkV6 => SocketAddressBytes.PortableV6,
            SocketFamily.Unix => SocketAddressBytes.PortableUnix,
            _ => SocketAddressBytes.PortableUnspecified,
        };
        *type = (int)socket.Kind + 1;
        *protocol = (int)socket.Protocol;
        *listening = socket.GetOption(SocketOption.AcceptConnection, out int value) >= 0 ? value : 0;
        return PalError.Success;
    }
}
