using Unikernel.Net.Sockets;

namespace Unikernel.LibraryOS;

/// <summary>
/// The numbers of socket options: Linux's (include/uapi/asm-generic/socket.h, linux/in.h, in6.h, tcp.h) and those of
/// System.Net.Sockets, which become Linux's before anything else happens, as in pal_networking.c.
/// </summary>
internal static class OptionNumbers
{
    // Linux's levels.
    public const int LevelSocket = 1, LevelIp = 0, LevelTcp = 6, LevelIpV6 = 41;

    // Linux's names that are no plain number, or are treated apart.
    public const int Type = 3, Error = 4, Linger = 13, ReusePort = 15, ReceiveTimeout = 20, SendTimeout = 21, Protocol = 38, Domain = 39;
    public const int IpOptions = 4, MtuDiscover = 10, AddMembership = 35, DropMembership = 36, Congestion = 13, FastOpenKey = 33;
    public const int UnblockSource = 37, BlockSource = 38, AddSourceMembership = 39, DropSourceMembership = 40;

    // System.Net.Sockets.SocketOptionLevel and two names.
    public const int PortableSocket = 0xFFFF, PortableReuseAddress = 4, PortableExclusiveAddressUse = ~PortableReuseAddress;
    private const int PortableIp = 0, PortableIpV6 = 41, PortableTcp = 6;

    /// <summary>From .NET's level and name to Linux's name (the level of sockets is another number, too); -1: there is none.</summary>
    public static int FromPortable(int level, int name) => (level, name) switch
    {
        (PortableSocket, 1) => 1,        // Debug
        (PortableSocket, 2) => 30,       // AcceptConnection
        (PortableSocket, PortableReuseAddress) => 2,
        (PortableSocket, 8) => 9,        // KeepAlive
        (PortableSocket, 16) => 5,       // DontRoute
        (PortableSocket, 32) => 6,       // Broadcast
        (PortableSocket, 128) => Linger,
        (PortableSocket, 256) => 10,     // OutOfBandInline
        (PortableSocket, 0x1001) => 7,   // SendBuffer
        (PortableSocket, 0x1002) => 8,   // ReceiveBuffer
        (PortableSocket, 0x1003) => 19,  // SendLowWater
        (PortableSocket, 0x1004) => 18,  // ReceiveLowWater
        (PortableSocket, 0x1005) => SendTimeout,
        (PortableSocket, 0x1006) => ReceiveTimeout,
        (PortableSocket, 0x1007) => Error,
        (PortableSocket, 0x1008) => Type,
        (PortableIp, 1) => IpOptions,            // IPOptions
        (PortableIp, 2) => 3,            // HeaderIncluded
        (PortableIp, 3) => 1,            // TypeOfService
        (PortableIp, 4) => 2,            // IpTimeToLive
        (PortableIp, 9) => 32,           // MulticastInterface
        (PortableIp, 10) => 33,          // MulticastTimeToLive
        (PortableIp, 11) => 34,          // MulticastLoopback
        (PortableIp, 12) => AddMembership,
        (PortableIp, 13) => DropMembership,
        (PortableIp, 14) => MtuDiscover, // DontFragment
        (PortableIp, 15) => AddSourceMembership,
        (PortableIp, 16) => DropSourceMembership,
        (PortableIp, 17) => BlockSource,
        (PortableIp, 18) => UnblockSource,
        (PortableIp, 19) => 8,           // PacketInformation
        (PortableIpV6, 4) => 16,         // IpTimeToLive
        (PortableIpV6, 9) => 17,         // MulticastInterface
        (PortableIpV6, 10) => 18,        // MulticastTimeToLive
        (PortableIpV6, 11) => 19,        // MulticastLoopback
        (PortableIpV6, 19) => 49,        // PacketInformation
        (PortableIpV6, 21) => 52,        // HopLimit
        (PortableIpV6, 27) => 26,        // IPv6Only
        (PortableTcp, 1) => 1,           // NoDelay
        (PortableTcp, 3) => 4,           // TcpKeepAliveTime
        (PortableTcp, 15) => 23,         // FastOpen
        (PortableTcp, 16) => 6,          // TcpKeepAliveRetryCount
        (PortableTcp, 17) => 5,          // TcpKeepAliveInterval
        _ => -1,
    };

    /// <summary>The option of Linux's numbers, if its value is a number.</summary>
    public static SocketOption? Find(int level, int name) => (level, name) switch
    {
        (LevelSocket, 1) => SocketOption.Debug,
        (LevelSocket, 2) => SocketOption.ReuseAddress,
        (LevelSocket, 5) => SocketOption.DontRoute,
        (LevelSocket, 6) => SocketOption.Broadcast,
        (LevelSocket, 7) => SocketOption.SendBuffer,
        (LevelSocket, 8) => SocketOption.ReceiveBuffer,
        (LevelSocket, 9) => SocketOption.KeepAlive,
        (LevelSocket, 10) => SocketOption.OutOfBandInline,
        (LevelSocket, ReusePort) => SocketOption.ReusePort,
        (LevelSocket, 18) => SocketOption.ReceiveLowWater,
        (LevelSocket, 19) => SocketOption.SendLowWater,
        (LevelSocket, 30) => SocketOption.AcceptConnection,
        (LevelSocket, 62) => SocketOption.BindToInterface, // SO_BINDTOIFINDEX
        (LevelIp, 1) => SocketOption.TypeOfService,
        (LevelIp, 2) => SocketOption.TimeToLive,
        (LevelIp, 3) => SocketOption.HeaderIncluded,
        (LevelIp, 8) => SocketOption.PacketInformation,
        (LevelIp, MtuDiscover) => SocketOption.PathMtuDiscovery,
        (LevelIp, 11) => SocketOption.ReceiveErrors,
        (LevelIp, 12) => SocketOption.ReceiveTimeToLive,
        (LevelIp, 32) => SocketOption.MulticastInterface,
        (LevelIp, 33) => SocketOption.MulticastTimeToLive,
        (LevelIp, 34) => SocketOption.MulticastLoopback,
        (LevelIpV6, 16) => SocketOption.HopLimit,
        (LevelIpV6, 17) => SocketOption.V6MulticastInterface,
        (LevelIpV6, 18) => SocketOption.MulticastHops,
        (LevelIpV6, 19) => SocketOption.V6MulticastLoopback,
        (LevelIpV6, 25) => SocketOption.ReceiveErrors,
        (LevelIpV6, 26) => SocketOption.V6Only,
        (LevelIpV6, 49) => SocketOption.V6PacketInformation,
        (LevelIpV6, 67) => SocketOption.TrafficClass,
        (LevelTcp, 1) => SocketOption.NoDelay,
        (LevelTcp, 2) => SocketOption.MaximumSegment,
        (LevelTcp, 3) => SocketOption.Cork,
        (LevelTcp, 4) => SocketOption.KeepAliveTime,
        (LevelTcp, 5) => SocketOption.KeepAliveInterval,
        (LevelTcp, 6) => SocketOption.KeepAliveCount,
        (LevelTcp, 7) => SocketOption.SynCount,
        (LevelTcp, 8) => SocketOption.FinWait2Timeout,
        (LevelTcp, 12) => SocketOption.QuickAcknowledge,
        (LevelTcp, 18) => SocketOption.UserTimeout,
        (LevelTcp, 23) => SocketOption.FastOpen,
        (LevelTcp, 25) => SocketOption.NotSentLowWater,
        (LevelTcp, 30) => SocketOption.FastOpenConnect,
        (LevelTcp, 34) => SocketOption.FastOpenNoCookie,
        _ => null,
    };
}
