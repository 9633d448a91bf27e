namespace Unikernel.Net.Sockets;

/// <summary>
/// Error numbers of Linux on x86-64, as far as sockets return them. An operation returns a count that is not negative, or one
/// of these negated.
/// </summary>
public static class SocketErrno
{
#pragma warning disable CS1591 // the names are POSIX's own
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EIO = 5;
    public const int EBADF = 9;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EFAULT = 14;
    public const int ENODEV = 19;
    public const int EINVAL = 22;
    public const int ENOTTY = 25;
    public const int EPIPE = 32;
    public const int ENOTSOCK = 88;
    public const int EDESTADDRREQ = 89;
    public const int EMSGSIZE = 90;
    public const int EPROTOTYPE = 91;
    public const int ENOPROTOOPT = 92;
    public const int EPROTONOSUPPORT = 93;
    public const int ESOCKTNOSUPPORT = 94;
    public const int EOPNOTSUPP = 95;
    public const int EAFNOSUPPORT = 97;
    public const int EADDRINUSE = 98;
    public const int EADDRNOTAVAIL = 99;
    public const int ENETDOWN = 100;
    public const int ENETUNREACH = 101;
    public const int ECONNABORTED = 103;
    public const int ECONNRESET = 104;
    public const int ENOBUFS = 105;
    public const int EISCONN = 106;
    public const int ENOTCONN = 107;
    public const int ETIMEDOUT = 110;
    public const int ECONNREFUSED = 111;
    public const int EHOSTUNREACH = 113;
    public const int EALREADY = 114;
    public const int EINPROGRESS = 115;
#pragma warning restore CS1591

    /// <summary>What a failed send means to the program.</summary>
    public static int FromSendResult(SendResult result) => result switch
    {
        SendResult.Sent or SendResult.Queued => 0,
        SendResult.NoRoute => ENETUNREACH,
        SendResult.NoSourceAddress => EADDRNOTAVAIL,
        SendResult.InterfaceDown => ENETDOWN,
        SendResult.TooBig => EMSGSIZE,
        SendResult.NeighbourUnreachable => EHOSTUNREACH,
        _ => ENOBUFS,
    };

    /// <summary>What an ICMP error means to the program (Linux: icmp_err_convert).</summary>
    public static int FromIcmp(IpErrorKind kind) => kind switch
    {
        IpErrorKind.NetworkUnreachable => ENETUNREACH,
        IpErrorKind.ProtocolUnreachable => ENOPROTOOPT,
        IpErrorKind.PortUnreachable => ECONNREFUSED,
        IpErrorKind.AdministrativelyProhibited => EHOSTUNREACH,
        IpErrorKind.PacketTooBig => EMSGSIZE,
        IpErrorKind.ParameterProblem => EPROTO,
        _ => EHOSTUNREACH,
    };

    private const int EPROTO = 71;
}
