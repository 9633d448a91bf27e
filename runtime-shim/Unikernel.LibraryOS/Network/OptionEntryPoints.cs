using System.Runtime.InteropServices;
using Unikernel.Binding;
using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Raw;
using Unikernel.Net.Sockets.Tcp;

namespace Unikernel.LibraryOS;

/// <summary>Socket options: .NET's names, Linux's numbers, and the few whose value is a structure.</summary>
internal static unsafe class OptionEntryPoints
{
    private const int PathMtuDont = 0, PathMtuDo = 2, PathMtuOmit = 5; // IP_PMTUDISC_*

    // The longest name of a congestion control, with its terminator (TCP_CA_NAME_MAX).
    private const int CongestionNameSize = 16;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetSockOpt")]
    public static int Set(nint descriptor, int level, int name, byte* value, int length)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        if (length < 0 || value == null)
            return PalError.FromErrno(Errno.EFAULT);
        if (level == OptionNumbers.PortableSocket && name is OptionNumbers.PortableReuseAddress or OptionNumbers.PortableExclusiveAddressUse)
            return length != sizeof(int) ? PalError.FromErrno(Errno.EINVAL) : SetReuse(socket!, name, *(int*)value);
        int number = OptionNumbers.FromPortable(level, name);
        if (number < 0)
            return PalError.FromErrno(Errno.EOPNOTSUPP);
        level = ToLinux(level);
        int translated;
        if (level == OptionNumbers.LevelIp && number == OptionNumbers.MtuDiscover && length >= sizeof(int))
        {
            translated = *(int*)value != 0 ? PathMtuDo : PathMtuDont;
            value = (byte*)&translated;
        }

        return PalError.FromResult(SetLinux(socket!, level, number, value, length));
    }

    // What Windows calls reuse is what Linux calls reuse of address and port; exclusive use is its opposite (pal_networking.c).
    private static int SetReuse(NetSocket socket, int name, int value)
    {
        if (name == OptionNumbers.PortableExclusiveAddressUse)
        {
            if (value is not (0 or 1))
                return PalError.FromErrno(Errno.EINVAL);
            value = 1 - value;
        }

        int result = socket.SetOption(SocketOption.ReusePort, value);
        return PalError.FromResult(result < 0 ? result : socket.SetOption(SocketOption.ReuseAddress, value));
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetSockOpt")]
    public static int Get(nint descriptor, int level, int name, byte* value, int* length)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        if (*length < 0)
            return PalError.FromErrno(Errno.EFAULT);
        if (level == OptionNumbers.PortableSocket && name is OptionNumbers.PortableReuseAddress or OptionNumbers.PortableExclusiveAddressUse)
        {
            if (*length != sizeof(int))
                return PalError.FromErrno(Errno.EINVAL);
            int result = socket!.GetOption(SocketOption.ReusePort, out int reuse);
            *(int*)value = name == OptionNumbers.PortableReuseAddress ? reuse : 1 - reuse;
            return PalError.FromResult(result);
        }

        int number = OptionNumbers.FromPortable(level, name);
        if (number < 0)
            return PalError.FromErrno(Errno.EOPNOTSUPP);
        level = ToLinux(level);
        int status = GetLinux(socket!, level, number, value, length);
        if (status >= 0 && *length >= sizeof(int))
        {
            if (level == OptionNumbers.LevelIp && number == OptionNumbers.MtuDiscover)
                *(int*)value = *(int*)value == PathMtuDo ? 1 : 0;
        }

        return PalError.FromResult(status);
    }

    private static int ToLinux(int level) => level == OptionNumbers.PortableSocket ? OptionNumbers.LevelSocket : level;

    /// <summary>setsockopt(2)</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetRawSockOpt")]
    public static int SetRaw(nint descriptor, int level, int name, byte* value, int length)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        if (length < 0 || value == null)
            return PalError.FromErrno(Errno.EFAULT);
        // Only here: what .NET has no name for is in programs that set options by number.
        return PalError.FromResult(level == OptionNumbers.LevelTcp && name == OptionNumbers.FastOpenKey && socket is TcpSocket tcp
            ? tcp.SetFastOpenKeys(new ReadOnlySpan<byte>(value, length)) : SetLinux(socket!, level, name, value, length));
    }

    /// <summary>getsockopt(2)</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetRawSockOpt")]
    public static int GetRaw(nint descriptor, int level, int name, byte* value, int* length)
    {
        if (Sockets.Find(descriptor, out NetSocket? socket) is not 0 and int error)
            return error;
        if (level == OptionNumbers.LevelTcp && name == OptionNumbers.FastOpenKey && socket is TcpSocket tcp && *length >= 0)
        {
            ReadOnlySpan<byte> keys = tcp.FastOpenKeys[..Math.Min(*length, tcp.FastOpenKeys.Length)];
            keys.CopyTo(new Span<byte>(value, *length));
            *length = keys.Length;
            return PalError.Success;
        }

        return PalError.FromResult(*length < 0 ? -Errno.EFAULT : GetLinux(socket!, level, name, value, length));
    }

    private static int SetLinux(NetSocket socket, int level, int name, byte* value, int length)
    {
        if (CheckLevel(socket, level, reads: false) is < 0 and var wrong)
            return wrong;
        switch (level, name)
        {
            case (OptionNumbers.LevelSocket, OptionNumbers.Linger):
                return length < sizeof(Linger) ? -Errno.EINVAL : socket.SetOption(SocketOption.Linger, ((Linger*)value)->OnOff != 0 ? ((Linger*)value)->Seconds : -1);
            case (OptionNumbers.LevelSocket, OptionNumbers.ReceiveTimeout or OptionNumbers.SendTimeout):
                if (length < sizeof(TimeValue))
                    return -Errno.EINVAL;
                TimeValue* time = (TimeValue*)value;
                if (time->Microseconds is < 0 or >= 1_000_000)
                    return -Errno.EDOM;
                long milliseconds = time->Seconds < 0 ? 0 : Math.Min(time->Seconds, int.MaxValue / 1000) * 1000 + (time->Microseconds + 999) / 1000;
                return socket.SetOption(
                    name == OptionNumbers.SendTimeout ? SocketOption.SendTimeout : SocketOption.ReceiveTimeout, (int)Math.Min(milliseconds, int.MaxValue));
            case (OptionNumbers.LevelTcp, OptionNumbers.Congestion):
                return new ReadOnlySpan<byte>(value, Math.Min(length, CongestionNameSize)).TrimEnd((byte)0) switch
                {
                    var algorithm when algorithm.SequenceEqual("reno"u8) => socket.SetOption(SocketOption.CongestionControl, 0),
                    var algorithm when algorithm.SequenceEqual("cubic"u8) => socket.SetOption(SocketOption.CongestionControl, 1),
                    _ => -Errno.ENOENT,
                };
        }

        if (level == OptionNumbers.LevelIp && name is >= OptionNumbers.UnblockSource and <= OptionNumbers.DropSourceMembership or OptionNumbers.AddMembership or OptionNumbers.DropMembership)
            return MulticastEntryPoints.SetMembership(socket, name, new ReadOnlySpan<byte>(value, length));
        if (OptionNumbers.Find(level, name) is not { } option)
            return -Errno.ENOPROTOOPT;
        // Options of IP may be one byte (net/ipv4/ip_sockglue.c, do_ip_setsockopt).
        int number;
        if (length >= sizeof(int))
            number = *(int*)value;
        else if (level == OptionNumbers.LevelIp && length >= 1)
            number = *value;
        else
            return -Errno.EINVAL;
        if (option == SocketOption.PathMtuDiscovery && number is < PathMtuDont or > PathMtuOmit)
            return -Errno.EINVAL;
        // An interface of IPv4 is named by its address.
        if (option == SocketOption.MulticastInterface && number != 0 && socket is not TcpSocket)
        {
            number = MulticastEntryPoints.FindInterface(socket, MulticastEntryPoints.FromNetwork((uint)number));
            if (number == 0)
                return -Errno.EADDRNOTAVAIL;
        }

        return socket.SetOption(option, number);
    }

    private static int GetLinux(NetSocket socket, int level, int name, byte* value, int* length)
    {
        if (CheckLevel(socket, level, reads: true) is < 0 and var wrong)
            return wrong;
        int number, result = 0;
        switch (level, name)
        {
            case (OptionNumbers.LevelSocket, OptionNumbers.Linger):
                result = socket.GetOption(SocketOption.Linger, out number);
                var linger = new Linger { OnOff = number >= 0 ? 1 : 0, Seconds = Math.Max(number, 0) };
                return result < 0 ? result : Return(&linger, sizeof(Linger), value, length);
            case (OptionNumbers.LevelSocket, OptionNumbers.ReceiveTimeout or OptionNumbers.SendTimeout):
                result = socket.GetOption(name == OptionNumbers.SendTimeout ? SocketOption.SendTimeout : SocketOption.ReceiveTimeout, out number);
                var time = new TimeValue { Seconds = number / 1000, Microseconds = number % 1000 * 1000 };
                return result < 0 ? result : Return(&time, sizeof(TimeValue), value, length);
            case (OptionNumbers.LevelTcp, OptionNumbers.Congestion):
                result = socket.GetOption(SocketOption.CongestionControl, out number);
                if (result < 0)
                    return result;
                byte* algorithm = stackalloc byte[CongestionNameSize];
                (number == 0 ? "reno"u8 : "cubic"u8).CopyTo(new Span<byte>(algorithm, CongestionNameSize));
                return Return(algorithm, CongestionNameSize, value, length);
            case (OptionNumbers.LevelIp, OptionNumbers.IpOptions):
                *length = 0; // no packet has any
                return 0;
            case (OptionNumbers.LevelSocket, OptionNumbers.Type):
                number = (int)socket.Kind + 1;
                break;
            case (OptionNumbers.LevelSocket, OptionNumbers.Protocol):
                number = (int)socket.Protocol;
                break;
            case (OptionNumbers.LevelSocket, OptionNumbers.Domain):
                number = socket.Family switch
                {
                    SocketFamily.Unix => SocketAddressBytes.LinuxUnix,
                    SocketFamily.InterNetwork => SocketAddressBytes.LinuxV4,
                    _ => SocketAddressBytes.LinuxV6,
                };
                break;
            case (OptionNumbers.LevelSocket, OptionNumbers.Error):
                result = socket.GetOption(SocketOption.Error, out number);
                break;
            default:
                if (OptionNumbers.Find(level, name) is not { } option)
                    return -Errno.ENOPROTOOPT;
                result = socket.GetOption(option, out number);
                break;
        }

        return result < 0 ? result : Return(&number, sizeof(int), value, length);
    }

    // A value is cut to the room, and its length says how much there was.
    private static int Return(void* source, int size, byte* value, int* length)
    {
        *length = Math.Min(*length, size);
        Buffer.MemoryCopy(source, value, *length, *length);
        return 0;
    }

    // A socket knows the levels of sockets, of its protocol and of its family; an IPv6 one also that of IPv4. What Linux says of others
    // depends on who is asked last (net/ipv4/ip_sockglue.c, net/ipv6/ipv6_sockglue.c, net/core/sock.c).
    private static int CheckLevel(NetSocket socket, int level, bool reads)
    {
        if (level == OptionNumbers.LevelSocket)
            return 0;
        if (socket.Family == SocketFamily.Unix)
            return -Errno.EOPNOTSUPP;
        bool ofIp = level == OptionNumbers.LevelIp && !(socket is RawSocket && socket.Family == SocketFamily.InterNetworkV6);
        if (ofIp || (level == OptionNumbers.LevelIpV6 && socket.Family == SocketFamily.InterNetworkV6) || (level == OptionNumbers.LevelTcp && socket is TcpSocket))
            return 0;
        return reads && socket.Family == SocketFamily.InterNetwork ? -Errno.EOPNOTSUPP : -Errno.ENOPROTOOPT;
    }

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

    /// <summary>struct LingerOption of pal_networking.h, which is Linux's struct linger.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Linger
    {
        public int OnOff;
        public int Seconds;
    }

    // struct timeval
    [StructLayout(LayoutKind.Sequential)]
    private struct TimeValue
    {
        public long Seconds;
        public long Microseconds;
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
