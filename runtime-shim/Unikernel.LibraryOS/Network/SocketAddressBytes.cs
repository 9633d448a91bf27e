using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Unikernel.Binding;
using Unikernel.Net;
using Unikernel.Net.Sockets;

namespace Unikernel.LibraryOS;

/// <summary>Socket addresses as bytes: Linux's struct sockaddr_in, sockaddr_in6 and sockaddr_un (bits/socket.h, netinet/in.h).</summary>
internal static unsafe class SocketAddressBytes
{
    public const int V4Size = 16;
    public const int V6Size = 28;
    public const int UnixSize = 110;
    public const int MaximumSize = 128; // struct sockaddr_storage
    private const int UnixPathOffset = 2;

    // Offsets within sockaddr_in and sockaddr_in6; the family is in host order, all else in network order but the scope.
    private const int PortOffset = 2;
    private const int V4AddressOffset = 4;
    private const int FlowOffset = 4;
    private const int V6AddressOffset = 8;
    private const int ScopeOffset = 24;

    // Linux's families and .NET's (System.Net.Sockets.AddressFamily).
    public const int LinuxUnspecified = 0, LinuxUnix = 1, LinuxV4 = 2, LinuxV6 = 10;
    public const int PortableUnspecified = 0, PortableUnix = 1, PortableV4 = 2, PortableV6 = 23;

    /// <summary>Reads an address; false: it is not one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SocketName name)
    {
        name = default;
        if (bytes.Length < sizeof(ushort))
            return false;
        switch (MemoryMarshal.Read<ushort>(bytes))
        {
            case LinuxUnspecified:
                name = new SocketName { Family = SocketFamily.Unspecified };
                return true;
            case LinuxV4 when bytes.Length >= V4Size:
                name = SocketName.From(SocketFamily.InterNetwork, new IpEndpoint(
                    new IpAddress(BinaryPrimitives.ReadUInt32BigEndian(bytes[V4AddressOffset..])),
                    BinaryPrimitives.ReadUInt16BigEndian(bytes[PortOffset..])));
                return true;
            case LinuxV6 when bytes.Length >= V6Size:
                name = new SocketName
                {
                    Family = SocketFamily.InterNetworkV6,
                    Endpoint = new IpEndpoint(
                        new IpAddress(bytes.Slice(V6AddressOffset, 16)),
                        BinaryPrimitives.ReadUInt16BigEndian(bytes[PortOffset..]),
                        MemoryMarshal.Read<int>(bytes[ScopeOffset..])),
                    FlowInfo = BinaryPrimitives.ReadUInt32BigEndian(bytes[FlowOffset..]),
                };
                return true;
            case LinuxUnix:
                ReadOnlySpan<byte> path = bytes[UnixPathOffset..];
                if (!path.IsEmpty && path[0] != 0 && path.IndexOf((byte)0) is >= 0 and int end)
                    path = path[..end];
                name = new SocketName { Family = SocketFamily.Unix, Path = path.IsEmpty ? null : path.ToArray() };
                return true;
            default:
                return false;
        }
    }

    /// <summary>Writes an address, cut to the room, and returns its whole size.</summary>
    [SkipLocalsInit]
    public static int Write(in SocketName name, Span<byte> room)
    {
        Span<byte> bytes = stackalloc byte[MaximumSize];
        // The size of the address alone, of which not all fields are written: this runs for each datagram.
        bytes[..(name.Family switch { SocketFamily.InterNetwork => V4Size, SocketFamily.InterNetworkV6 => V6Size, _ => MaximumSize })].Clear();
        int size = sizeof(ushort);
        switch (name.Family)
        {
            case SocketFamily.InterNetwork:
                MemoryMarshal.Write(bytes, (ushort)LinuxV4);
                BinaryPrimitives.WriteUInt16BigEndian(bytes[PortOffset..], name.Endpoint.Port);
                BinaryPrimitives.WriteUInt32BigEndian(bytes[V4AddressOffset..], name.Endpoint.Address.V4);
                size = V4Size;
                break;
            case SocketFamily.InterNetworkV6:
                MemoryMarshal.Write(bytes, (ushort)LinuxV6);
                BinaryPrimitives.WriteUInt16BigEndian(bytes[PortOffset..], name.Endpoint.Port);
                BinaryPrimitives.WriteUInt32BigEndian(bytes[FlowOffset..], name.FlowInfo);
                name.Endpoint.Address.CopyTo16(bytes[V6AddressOffset..]);
                MemoryMarshal.Write(bytes[ScopeOffset..], name.Endpoint.ScopeId);
                size = V6Size;
                break;
            case SocketFamily.Unix:
                MemoryMarshal.Write(bytes, (ushort)LinuxUnix);
                if (name.Path is { } path)
                {
                    path.CopyTo(bytes[UnixPathOffset..]);
                    size += path.Length + (path.Length > 0 && path[0] != 0 ? 1 : 0);
                }

                break;
        }

        bytes[..Math.Min(size, room.Length)].CopyTo(room);
        return size;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetSocketAddressSizes")]
    public static int GetSizes(int* v4, int* v6, int* unix, int* maximum)
    {
        (*v4, *v6, *unix, *maximum) = (V4Size, V6Size, UnixSize, MaximumSize);
        return PalError.Success;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetMaximumAddressSize")]
    public static int GetMaximumSize() => MaximumSize;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetDomainSocketSizes")]
    public static void GetUnixSizes(int* pathOffset, int* pathSize, int* addressSize) =>
        (*pathOffset, *pathSize, *addressSize) = (UnixPathOffset, UnixSize - UnixPathOffset, UnixSize);

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetAddressFamily")]
    public static int GetFamily(byte* address, int length, int* family)
    {
        if (length < sizeof(ushort))
            return PalError.FromErrno(Errno.EFAULT);
        *family = *(ushort*)address switch
        {
            LinuxUnspecified => PortableUnspecified,
            LinuxUnix => PortableUnix,
            LinuxV4 => PortableV4,
            LinuxV6 => PortableV6,
            _ => -1,
        };
        return *family < 0 ? PalError.FromErrno(Errno.EAFNOSUPPORT) : PalError.Success;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetAddressFamily")]
    public static int SetFamily(byte* address, int length, int family)
    {
        if (length < sizeof(ushort))
            return PalError.FromErrno(Errno.EFAULT);
        int linux = ToLinux(family);
        if (linux < 0)
            return PalError.FromErrno(Errno.EAFNOSUPPORT);
        *(ushort*)address = (ushort)linux;
        return PalError.Success;
    }

    private static int ToLinux(int portableFamily) => portableFamily switch
    {
        PortableUnspecified => LinuxUnspecified,
        PortableUnix => LinuxUnix,
        PortableV4 => LinuxV4,
        PortableV6 => LinuxV6,
        _ => -1,
    };

    private static bool IsInternet(byte* address, int length) =>
        length >= V4Size && (*(ushort*)address == LinuxV4 || (*(ushort*)address == LinuxV6 && length >= V6Size));

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetPort")]
    public static int GetPort(byte* address, int length, ushort* port)
    {
        if (!IsInternet(address, length))
            return PalError.FromErrno(Errno.EAFNOSUPPORT);
        *port = BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(address + PortOffset, 2));
        return PalError.Success;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetPort")]
    public static int SetPort(byte* address, int length, ushort port)
    {
        if (!IsInternet(address, length))
            return PalError.FromErrno(Errno.EAFNOSUPPORT);
        BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(address + PortOffset, 2), port);
        return PalError.Success;
    }

    /// <summary>The address stays in network order: managed code takes it as it is.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetIPv4Address")]
    public static int GetV4(byte* address, int length, uint* result)
    {
        if (length < V4Size || *(ushort*)address != LinuxV4)
            return PalError.FromErrno(length < V4Size ? Errno.EFAULT : Errno.EINVAL);
        *result = *(uint*)(address + V4AddressOffset);
        return PalError.Success;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetIPv4Address")]
    public static int SetV4(byte* address, int length, uint value)
    {
        if (length < V4Size)
            return PalError.FromErrno(Errno.EFAULT);
        if (*(ushort*)address != LinuxV4)
            return PalError.FromErrno(Errno.EINVAL);
        *(uint*)(address + V4AddressOffset) = value;
        return PalError.Success;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetIPv6Address")]
    public static int GetV6(byte* address, int length, byte* result, int resultLength, uint* scope)
    {
        if (length < V6Size || resultLength < 16)
            return PalError.FromErrno(Errno.EFAULT);
        if (*(ushort*)address != LinuxV6)
            return PalError.FromErrno(Errno.EINVAL);
        new ReadOnlySpan<byte>(address + V6AddressOffset, 16).CopyTo(new Span<byte>(result, 16));
        *scope = *(uint*)(address + ScopeOffset);
        return PalError.Success;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetIPv6Address")]
    public static int SetV6(byte* address, int length, byte* value, int valueLength, uint scope)
    {
        if (length < V6Size || valueLength < 16)
            return PalError.FromErrno(Errno.EFAULT);
        if (*(ushort*)address != LinuxV6)
            return PalError.FromErrno(Errno.EINVAL);
        *(uint*)(address + FlowOffset) = 0;
        new ReadOnlySpan<byte>(value, 16).CopyTo(new Span<byte>(address + V6AddressOffset, 16));
        *(uint*)(address + ScopeOffset) = scope;
        return PalError.Success;
    }
}
