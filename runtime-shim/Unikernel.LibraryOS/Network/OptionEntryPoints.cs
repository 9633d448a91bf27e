using System.Runtime.InteropServices;
using Unikernel.Binding;
using Unikernel.Net.Sockets;

namespace Unikernel.LibraryOS;

/// <summary>Socket options, by the names of System.Net.Sockets.SocketOptionLevel and SocketOptionName.</summary>
internal static unsafe class OptionEntryPoints
{
    private const int LevelSocket = 0xFFFF, LevelIp = 0, LevelIpV6 = 41, LevelTcp = 6, LevelUdp = 17;
    private const int ReuseAddress = 4, ExclusiveAddressUse = ~ReuseAddress, Type = 0x1008, ErrorName = 0x1007;

    private static SocketOption? Find(int level, int name) => (level, name) switch
    {
        (LevelSocket, 1) => SocketOption.Debug,
        (LevelSocket, 2) => SocketOption.AcceptConnection,
        (LevelSocket, ReuseAddress) => SocketOption.ReuseAddress,
        (LevelSocket, 8) => SocketOption.KeepAlive,
        (LevelSocket, 16) => SocketOption.DontRoute,
        (LevelSocket, 32) => SocketOption.Broadcast,
        (LevelSocket, 256) => SocketOption.OutOfBandInline,
        (LevelSocket, 0x1001) => SocketOption.SendBuffer,
        (LevelSocket, 0x1002) => SocketOption.ReceiveBuffer,
        (LevelSocket, 0x1003) => SocketOption.SendLowWater,
        (LevelSocket, 0x1004) => SocketOption.ReceiveLowWater,
        (LevelSocket, 0x1005) => SocketOption.SendTimeout,
        (LevelSocket, 0x1006) => SocketOption.ReceiveTimeout,
        (LevelIp, 2) => SocketOption.HeaderIncluded,
        (LevelIp, 3) => SocketOption.TypeOfService,
        (LevelIp, 4) => SocketOption.TimeToLive,
        (LevelIp, 9) => SocketOption.MulticastInterface,
        (LevelIp, 10) => SocketOption.MulticastTimeToLive,
        (LevelIp, 11) => SocketOption.MulticastLoopback,
        (LevelIp, 14) => SocketOption.DontFragment,
        (LevelIp, 19) => SocketOption.PacketInformation,
        (LevelIpV6, 3) => SocketOption.TrafficClass,
        (LevelIpV6, 4 or 21) => SocketOption.HopLimit,
        (LevelIpV6, 9) => SocketOption.V6MulticastInterface,
        (LevelIpV6, 10) => SocketOption.MulticastHops,
        (LevelIpV6, 11) => SocketOption.V6MulticastLoopback,
        (LevelIpV6, 19) => SocketOption.V6PacketInformation,
        (LevelIpV6, 27) => SocketOption.V6Only,
        (LevelTcp, 1) => SocketOption.NoDelay,
        (LevelTcp, 3) => SocketOption.KeepAliveTime,
        (LevelTcp, 16) => SocketOption.KeepAliveCount,
        (LevelTcp, 17) => SocketOption.KeepAliveInterval,
        (LevelUdp, 1) => SocketOption.NoChecksum,
        _ => null,
    };

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetSockOpt")]
    public static int Set(nint descriptor, int level, int name, byte* value, int length)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        if (length < sizeof(int))
            return PalError.FromErrno(Errno.EINVAL);
        int number = *(int*)value;

        // Sharing a port is the exception on Unix and the rule on Windows: pal_networking.c treats the option as always set.
        if (level == LevelSocket && name == ExclusiveAddressUse)
            return number == 0 ? PalError.FromErrno(Errno.EOPNOTSUPP) : PalError.Success;
        if (Find(level, name) is not { } option)
            return PalError.FromErrno(Errno.ENOPROTOOPT);
        int result = socket!.SetOption(option, number);

        // What Windows calls reuse is what Linux calls reuse of address and port.
        if (result >= 0 && option == SocketOption.ReuseAddress)
            socket.SetOption(SocketOption.ReusePort, number);
        return PalError.FromResult(result);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetSockOpt")]
    public static int Get(nint descriptor, int level, int name, byte* value, int* length)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        if (*length < sizeof(int))
            return PalError.FromErrno(Errno.EINVAL);
        int number;
        switch (level, name)
        {
            case (LevelSocket, ExclusiveAddressUse):
                number = 1;
                break;
            case (LevelSocket, Type):
                number = (int)socket!.Kind + 1;
                break;
            case (LevelSocket, ErrorName):
                if (socket!.GetOption(SocketOption.Error, out number) is < 0 and int failed)
                    return PalError.FromResult(failed);
                number = PalError.FromErrno(number);
                break;
            default:
                if (Find(level, name) is not { } option)
                    return PalError.FromErrno(Errno.ENOPROTOOPT);
                if (socket!.GetOption(option, out number) is < 0 and int refused)
                    return PalError.FromResult(refused);
                break;
        }

        *(int*)value = number;
        *length = sizeof(int);
        return PalError.Success;
    }

    /// <summary>Options by the system's own numbers: the names that .NET lacks are not worth a second table.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetRawSockOpt")]
    public static int SetRaw(nint descriptor, int level, int name, byte* value, int length) =>
        Sockets.Find(descriptor, out _) is not 0 and int error ? error : PalError.FromErrno(Errno.ENOPROTOOPT);

    /// <inheritdoc cref="SetRaw"/>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetRawSockOpt")]
    public static int GetRaw(nint descriptor, int level, int name, byte* value, int* length) =>
        Sockets.Find(descriptor, out _) is not 0 and int error ? error : PalError.FromErrno(Errno.ENOPROTOOPT);

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetSocketErrorOption")]
    public static int GetError(nint descriptor, int* result)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        int status = socket!.GetOption(SocketOption.Error, out int number);
        *result = PalError.FromErrno(number);
        return PalError.FromResult(status);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetReceiveTimeout")]
    public static int SetReceiveTimeout(nint descriptor, int milliseconds) => SetNumber(descriptor, SocketOption.ReceiveTimeout, milliseconds);

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetSendTimeout")]
    public static int SetSendTimeout(nint descriptor, int milliseconds) => SetNumber(descriptor, SocketOption.SendTimeout, milliseconds);

    private static int SetNumber(nint descriptor, SocketOption option, int value) =>
        Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error ? error : PalError.FromResult(socket!.SetOption(option, value));

    /// <summary>struct LingerOption of pal_networking.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Linger
    {
        public int OnOff;
        public int Seconds;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetLingerOption")]
    public static int GetLinger(nint descriptor, Linger* option)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        int result = socket!.GetOption(SocketOption.Linger, out int seconds);
        *option = new Linger { OnOff = seconds >= 0 ? 1 : 0, Seconds = Math.Max(seconds, 0) };
        return PalError.FromResult(result);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetLingerOption")]
    public static int SetLinger(nint descriptor, Linger* option) =>
        SetNumber(descriptor, SocketOption.Linger, option->OnOff != 0 ? option->Seconds : -1);
}
