namespace Unikernel.Net.Sockets.Tcp;

/// <summary>Options of a stream socket; values and limits as on Linux.</summary>
public sealed partial class TcpSocket
{
    // Linux doubles what is asked for, to cover its own bookkeeping, and reports the doubled value; it never goes below this.
    private const int MinimumSendBuffer = 4608, MinimumReceiveBuffer = 2304;
    private const int MaximumFinWait2 = 120; // seconds (TCP_FIN_TIMEOUT_MAX)
    private const int MaximumBufferOption = 16 * 1024 * 1024;

    protected override int SetOptionCore(SocketOption option, int value)
    {
        TcpOptions options = Options;
        switch (option)
        {
            case SocketOption.ReuseAddress:
                options.ReuseAddress = value != 0;
                return 0;
            case SocketOption.ReusePort:
                options.ReusePort = value != 0;
                return 0;
            case SocketOption.KeepAlive:
                options.KeepAlive = value != 0;
                break;
            case SocketOption.Linger:
                options.LingerSeconds = Math.Max(value, -1);
                return 0;
            case SocketOption.SendBuffer:
                options.SendBuffer = Math.Clamp((int)Math.Min((long)value * 2, MaximumBufferOption), MinimumSendBuffer, _transport.Limits.MaximumBuffer * 2);
                break;
            case SocketOption.ReceiveBuffer:
                options.ReceiveBuffer = Math.Clamp((int)Math.Min((long)value * 2, MaximumBufferOption), MinimumReceiveBuffer, _transport.Limits.MaximumBuffer * 2);
                break;
            case SocketOption.BindToInterface:
                options.InterfaceIndex = value;
                return 0;
            case SocketOption.TypeOfService or SocketOption.TrafficClass:
                if (option == SocketOption.TrafficClass && value is < -1 or > 255) return -SocketErrno.EINVAL;
                // The two bits of congestion notification are TCP's own (net/ipv4/ip_sockglue.c).
                options.TrafficClass = (byte)((option == SocketOption.TrafficClass && value < 0 ? 0 : value) & ~3);
                break;
            case SocketOption.TimeToLive or SocketOption.HopLimit:
                if (value is < -1 or > 255 || (value == 0 && option == SocketOption.TimeToLive)) return -SocketErrno.EINVAL;
                // A hop limit of 0 would reach nobody; 1 comes closest.
                options.HopLimit = value == -1 ? (byte)0 : (byte)Math.Max(value, 1);
                Keep(option, value == -1 ? 64 : value);
                break;
            case SocketOption.PathMtuDiscovery:
                return Keep(option, value); // discovery is always on
            case SocketOption.PacketInformation or SocketOption.V6PacketInformation or SocketOption.MulticastLoopback or SocketOption.ReceiveTimeToLive:
                return Keep(option, value != 0 ? 1 : 0); // a stream has no datagrams for these to act on
            case SocketOption.V6MulticastLoopback:
                return value is 0 or 1 ? Keep(option, value) : -SocketErrno.EINVAL;
            case SocketOption.MulticastTimeToLive or SocketOption.MulticastInterface:
                return -SocketErrno.EINVAL;
            case SocketOption.FastOpen:
                if (value < 0 || State is not (TcpState.Closed or TcpState.Listen)) return -SocketErrno.EINVAL;
                options.FastOpenQueue = Math.Min(value, _transport.Limits.Backlog);
                return 0;
            case SocketOption.FastOpenConnect:
                if (value is not (0 or 1) || State != TcpState.Closed) return -SocketErrno.EINVAL;
                options.FastOpenConnect = value != 0;
                return 0;
            case SocketOption.FastOpenNoCookie:
                if (value is not (0 or 1) || State is not (TcpState.Closed or TcpState.Listen)) return -SocketErrno.EINVAL;
                options.FastOpenNoCookie = value != 0;
                return 0;
            case SocketOption.V6Only:
                if (_isBound) return -SocketErrno.EINVAL;
                return base.SetOptionCore(option, value);
            case SocketOption.OutOfBandInline:
                options.UrgentInline = value != 0;
                break;
            case SocketOption.NoDelay:
                options.NoDelay = value != 0;
                break;
            case SocketOption.Cork:
                options.Cork = value != 0;
                break;
            case SocketOption.QuickAcknowledge:
                options.QuickAck = value != 0;
                Keep(option, value != 0 ? 1 : 0);
                break;
            case SocketOption.KeepAliveTime:
                if (value is < 1 or > 32767) return -SocketErrno.EINVAL;
                options.KeepAliveIdle = TimeSpan.FromSeconds(value);
                break;
            case SocketOption.KeepAliveInterval:
                if (value is < 1 or > 32767) return -SocketErrno.EINVAL;
                options.KeepAliveInterval = TimeSpan.FromSeconds(value);
                break;
            case SocketOption.KeepAliveCount:
                if (value is < 1 or > 127) return -SocketErrno.EINVAL;
                options.KeepAliveCount = value;
                break;
            case SocketOption.MaximumSegment:
                if (value != 0 && value is < 88 or > 32767) return -SocketErrno.EINVAL;
                options.MaximumSegment = value;
                break;
            case SocketOption.UserTimeout:
                if (value < 0) return -SocketErrno.EINVAL;
                options.UserTimeout = value;
                break;
            case SocketOption.FinWait2Timeout:
                options.FinWait2Timeout = TimeSpan.FromSeconds(Math.Clamp(value, 0, MaximumFinWait2));
                Keep(option, value < 0 ? -1 : value == 0 ? (int)_transport.Limits.FinWait2.TotalSeconds : Math.Min(value, MaximumFinWait2));
                break;
            case SocketOption.SynCount:
                if (value is < 1 or > 127) return -SocketErrno.EINVAL;
                options.SynRetries = value;
                break;
            case SocketOption.NotSentLowWater:
                options.NotSentLowWater = value <= 0 ? int.MaxValue : value;
                Keep(option, value);
                break;
            case SocketOption.CongestionControl:
                if (value is not ((int)TcpCongestionKind.NewReno or (int)TcpCongestionKind.Cubic)) return -SocketErrno.ENOENT;
                options.Congestion = (TcpCongestionKind)value;
                break;
            default:
                return base.SetOptionCore(option, value);
        }

        _connection?.Configure(options, Host.Now);
        return 0;
    }

    /// <summary>TCP_FASTOPEN_KEY: one key of 16 bytes, or two.</summary>
    public int SetFastOpenKeys(ReadOnlySpan<byte> keys)
    {
        if (keys.Length is not (TcpFastOpenKeys.Length or 2 * TcpFastOpenKeys.Length)) return -SocketErrno.EINVAL;
        lock (Host.Lock) Options.FastOpenKeys = new TcpFastOpenKeys(keys);
        return 0;
    }

    /// <summary>Those that were set; none: this machine's own key, which nobody gets to see.</summary>
    public ReadOnlySpan<byte> FastOpenKeys => Options.FastOpenKeys is { } keys ? keys.Bytes : default;

    protected override int GetOptionCore(SocketOption option, ref int value)
    {
        TcpOptions options = Options;
        switch (option)
        {
            case SocketOption.ReuseAddress:
                value = options.ReuseAddress ? 1 : 0;
                return 0;
            case SocketOption.ReusePort:
                value = options.ReusePort ? 1 : 0;
                return 0;
            case SocketOption.KeepAlive:
                value = options.KeepAlive ? 1 : 0;
                return 0;
            case SocketOption.Linger:
                value = options.LingerSeconds;
                return 0;
            case SocketOption.SendBuffer:
                value = options.SendBuffer > 0 ? options.SendBuffer : _connection?.SendLimit ?? _transport.Limits.SendBuffer;
                return 0;
            case SocketOption.ReceiveBuffer:
                value = options.ReceiveBuffer > 0 ? options.ReceiveBuffer : _connection?.ReceiveLimit ?? _transport.Limits.ReceiveBuffer;
                return 0;
            case SocketOption.AcceptConnection:
                value = IsListening ? 1 : 0;
                return 0;
            case SocketOption.BindToInterface:
                value = options.InterfaceIndex;
                return 0;
            case SocketOption.TypeOfService or SocketOption.TrafficClass:
                value = options.TrafficClass;
                return 0;
            case SocketOption.TimeToLive or SocketOption.HopLimit:
                return Kept(option, 64, ref value);
            case SocketOption.PathMtuDiscovery or SocketOption.MulticastTimeToLive or SocketOption.MulticastLoopback or SocketOption.MulticastHops or SocketOption.V6MulticastLoopback:
                return Kept(option, 1, ref value);
            case SocketOption.PacketInformation or SocketOption.V6PacketInformation or SocketOption.MulticastInterface or SocketOption.V6MulticastInterface or
                SocketOption.ReceiveTimeToLive:
                return Kept(option, 0, ref value);
            case SocketOption.FastOpen:
                value = options.FastOpenQueue;
                return 0;
            case SocketOption.FastOpenConnect:
                value = options.FastOpenConnect ? 1 : 0;
                return 0;
            case SocketOption.FastOpenNoCookie:
                value = options.FastOpenNoCookie ? 1 : 0;
                return 0;
            case SocketOption.OutOfBandInline:
                value = options.UrgentInline ? 1 : 0;
                return 0;
            case SocketOption.NoDelay:
                value = options.NoDelay ? 1 : 0;
                return 0;
            case SocketOption.Cork:
                value = options.Cork ? 1 : 0;
                return 0;
            case SocketOption.QuickAcknowledge:
                return Kept(option, 1, ref value);
            case SocketOption.KeepAliveTime:
                value = (int)options.KeepAliveIdle.TotalSeconds;
                return 0;
            case SocketOption.KeepAliveInterval:
                value = (int)options.KeepAliveInterval.TotalSeconds;
                return 0;
            case SocketOption.KeepAliveCount:
                value = options.KeepAliveCount;
                return 0;
            case SocketOption.MaximumSegment:
                value = _connection is { State: not TcpState.Closed } connection ? connection.SegmentSize
                    : options.MaximumSegment > 0 ? options.MaximumSegment : TcpConnection.DefaultMss;
                return 0;
            case SocketOption.UserTimeout:
                value = options.UserTimeout;
                return 0;
            case SocketOption.FinWait2Timeout:
                return Kept(option, (int)_transport.Limits.FinWait2.TotalSeconds, ref value);
            case SocketOption.SynCount:
                value = options.SynRetries > 0 ? options.SynRetries : _transport.Limits.SynRetries;
                return 0;
            case SocketOption.NotSentLowWater:
                return Kept(option, 0, ref value);
            case SocketOption.CongestionControl:
                value = (int)options.Congestion;
                return 0;
            default:
                return base.GetOptionCore(option, ref value);
        }
    }
}
