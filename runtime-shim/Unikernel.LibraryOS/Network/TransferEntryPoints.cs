using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Unikernel.Binding;
using Unikernel.Net;
using Unikernel.Net.Sockets;

namespace Unikernel.LibraryOS;

/// <summary>Sending and receiving.</summary>
internal static unsafe class TransferEntryPoints
{
    // System.Net.Sockets.SocketFlags
    private const int OutOfBand = 1, Peek = 2, DontRoute = 4, Truncated = 0x100, ControlTruncated = 0x200;

    // Two more of SocketFlags in pal_networking.h, which .NET keeps to itself.
    private const int DontWait = 0x1000, ErrorQueue = 0x2000;

    private const int Supported = OutOfBand | Peek | DontRoute | Truncated | ControlTruncated | DontWait | ErrorQueue;

    private const int FileChunk = 64 * 1024;

    /// <summary>struct MessageHeader of pal_networking.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MessageHeader
    {
        public byte* Address;
        public IoVector* Vectors;
        public byte* Control;
        public int AddressLength;
        public int VectorCount;
        public int ControlLength;
        public int Flags;
    }

    /// <summary>struct IPPacketInformation of pal_networking.h; also what this library puts into a control buffer.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PacketInformation
    {
        public fixed byte Address[16];
        public uint IsV6;
        public uint Scope;
        public int InterfaceIndex;
        public int Padding;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Receive")]
    public static int Receive(nint descriptor, byte* buffer, int length, int flags, int* received)
    {
        *received = 0;
        if (Find(descriptor, flags, out NetSocket? socket) is not 0 and int error)
            return error;
        int result = socket!.Receive(new Span<byte>(buffer, length), ToOwn(flags));
        *received = Math.Max(result, 0);
        return PalError.FromResult(result);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Send")]
    public static int Send(nint descriptor, byte* buffer, int length, int flags, int* sent)
    {
        *sent = 0;
        if (Find(descriptor, flags, out NetSocket? socket) is not 0 and int error)
            return error;
        int result = socket!.Send(new ReadOnlySpan<byte>(buffer, length), ToOwn(flags));
        *sent = Math.Max(result, 0);
        return PalError.FromResult(result);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_ReceiveMessage")]
    public static int ReceiveMessage(nint descriptor, MessageHeader* header, int flags, long* received)
    {
        *received = 0;
        if (Find(descriptor, flags, out NetSocket? socket) is not 0 and int error)
            return error;
        var message = new SocketMessage { Flags = ToOwn(flags) };
        int result = socket!.ReceiveMessage(new ReadOnlySpan<IoVector>(header->Vectors, header->VectorCount), ref message);
        if (result < 0)
            return PalError.FromResult(result);

        *received = result;
        header->Flags = ((message.Flags & SocketMessageFlags.Truncated) != 0 ? Truncated : 0) | ((message.Flags & SocketMessageFlags.OutOfBand) != 0 ? OutOfBand : 0);
        header->AddressLength = header->Address == null || message.Name.Family == SocketFamily.Unspecified
            ? 0
            : SocketAddressBytes.Write(message.Name, new Span<byte>(header->Address, header->AddressLength));
        bool informs = message.HasPacketInfo && header->ControlLength >= sizeof(PacketInformation);
        if (informs)
            *(PacketInformation*)header->Control = ToPortable(message.PacketAddress, message.PacketInterface, socket.Family == SocketFamily.InterNetworkV6);
        // Linux tells a dual-mode socket of an IPv4 datagram twice, by IP_PKTINFO and IPV6_PKTINFO, and .NET's buffer has room for one.
        if (informs && socket.Family == SocketFamily.InterNetworkV6 && message.PacketAddress.IsV4)
            header->Flags |= ControlTruncated;
        header->ControlLength = informs ? sizeof(PacketInformation) : 0;
        return PalError.Success;
    }

    /// <summary>There is no queue of errors (MSG_ERRQUEUE): as on Linux when it is empty.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_ReceiveSocketError")]
    public static int ReceiveError(nint descriptor, MessageHeader* header) =>
        Sockets.Find(descriptor, out _) is not 0 and int error ? error : PalError.FromErrno(Errno.EAGAIN);

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SendMessage")]
    public static int SendMessage(nint descriptor, MessageHeader* header, int flags, long* sent)
    {
        *sent = 0;
        if (Find(descriptor, flags, out NetSocket? socket) is not 0 and int error)
            return error;
        var message = new SocketMessage { Flags = ToOwn(flags) };
        if (header->Address != null && header->AddressLength > 0)
        {
            if (!SocketAddressBytes.TryRead(new ReadOnlySpan<byte>(header->Address, header->AddressLength), out message.Name))
                return PalError.FromErrno(Errno.EINVAL);
            message.HasName = true;
        }

        int result;
        do
            result = socket!.SendMessage(new ReadOnlySpan<IoVector>(header->Vectors, header->VectorCount), message);
        while (Sockets.MayRetry(socket, result));
        *sent = Math.Max(result, 0);
        return PalError.FromResult(result);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetControlMessageBufferSize")]
    public static int GetControlSize(int isV4, int isV6) => isV4 != 0 || isV6 != 0 ? Unsafe.SizeOf<PacketInformation>() : 0;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_TryGetIPPacketInformation")]
    public static int TryGetPacketInformation(MessageHeader* header, int isV4, PacketInformation* result)
    {
        if (header->Control == null || header->ControlLength < sizeof(PacketInformation))
            return 0;
        *result = *(PacketInformation*)header->Control;
        return 1;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_PlatformSupportsDualModeIPv4PacketInfo")]
    public static int SupportsDualModePacketInformation() => 1;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetBytesAvailable")]
    public static int GetAvailable(nint descriptor, int* available)
    {
        *available = 0;
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        int result = socket!.Available;
        *available = Math.Max(result, 0);
        return PalError.FromResult(result);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetAtOutOfBandMark")]
    public static int GetAtMark(nint descriptor, int* atMark)
    {
        *atMark = 0;
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        int result = socket!.AtMark;
        *atMark = Math.Max(result, 0);
        return PalError.FromResult(result);
    }

    /// <summary>sendfile(2) by way of a buffer: the files here are in memory anyway.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SendFile")]
    public static int SendFile(nint descriptor, nint fileDescriptor, long offset, long count, long* sent)
    {
        *sent = 0;
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        if (DescriptorTable.Find(fileDescriptor) is not { } file)
            return PalError.FromErrno(Errno.EBADF);
        byte[] buffer = new byte[(int)Math.Min(count, FileChunk)];
        while (*sent < count)
        {
            long read = file.ReadAt(buffer.AsSpan(0, (int)Math.Min(buffer.Length, count - *sent)), offset + *sent);
            if (read <= 0)
                return PalError.FromResult(read);
            int written = socket!.Send(buffer.AsSpan(0, (int)read));
            if (written < 0)
                return *sent > 0 ? PalError.Success : PalError.FromResult(written);
            *sent += written;
            if (written < read)
                break;
        }

        return PalError.Success;
    }

    // A socket of IPv6 sees IPv4 addresses mapped.
    private static PacketInformation ToPortable(IpAddress address, int interfaceIndex, bool v6)
    {
        var result = new PacketInformation { InterfaceIndex = interfaceIndex, IsV6 = v6 ? 1u : 0u };
        var bytes = new Span<byte>(result.Address, 16);
        if (v6)
            address.CopyTo16(bytes);
        else
            address.CopyTo(bytes);
        return result;
    }

    // Flags that Linux does not have are refused before anything else (pal_networking.c, ConvertSocketFlagsPalToPlatform).
    private static int Find(nint descriptor, int flags, out NetSocket? socket)
    {
        socket = null;
        return (flags & ~Supported) != 0 ? PalError.FromErrno(Errno.EOPNOTSUPP) : Sockets.Find(descriptor, out socket);
    }

    private static SocketMessageFlags ToOwn(int flags) => flags == 0 ? SocketMessageFlags.None :
        ((flags & OutOfBand) != 0 ? SocketMessageFlags.OutOfBand : 0) | ((flags & Peek) != 0 ? SocketMessageFlags.Peek : 0) |
        ((flags & Truncated) != 0 ? SocketMessageFlags.Truncated : 0) | ((flags & DontWait) != 0 ? SocketMessageFlags.DontWait : 0);
}
