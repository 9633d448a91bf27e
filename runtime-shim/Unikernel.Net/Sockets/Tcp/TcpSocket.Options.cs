namespace Unikernel.Net.Sockets.Tcp;

/// <summary>Options of a stream socket; values and limits as on Linux.</summary>
public sealed partial class TcpSocket
{
    // Linux doubles what is asked for, to cover its own bookkeeping, and reports the doubled value; it never goes below this.
    private const int MinimumSendBuffer = 4608, MinimumReceiveBuffer = 2304;
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
            case SocketOption.Broadcast:
                return 0;
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
                options.TrafficClass = (byte)value;
                break;
            case SocketOption.TimeToLive or SocketOption.HopLimit:
                if (value is < 1 or > 255 && value != -1) return -SocketErrno.EINVAL;
                options.HopLimit = value == -1 ? (byte)0 : (byte)value;
                break;
            case SocketOption.DontFragment or SocketOption.PacketInformation or SocketOption.V6PacketInformation or SocketOption.MulticastTimeToLive or
                SocketOption.MulticastLoopback or SocketOption.MulticastHops or SocketOption.V6MulticastLoopback or SocketOption.ReceiveTimeToLive:
                return 0; // a stream has no datagrams for these to act on
            case SocketOption.V6Only:
                if (_isBound) return -SocketErrno.EINVAL;
                return base.SetOptionCore(option, value);
            case SocketOption.NoDelay:
                options.NoDelay = value != 0;
                break;
            case SocketOption.Cork:
                options.Cork = value != 0;
                break;
            case SocketOption.QuickAcknowledge:
                options.QuickAck = value != 0;
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
                options.FinWait2Timeout = TimeSpan.FromSeconds(Math.Max(value, 0));
                break;
            case SocketOption.SynCount:
                if (value is < 1 or > 127) return -SocketErrno.EINVAL;
                options.SynRetries = value;
                break;
            case SocketOption.NotSentLowWater:
                options.NotSentLowWater = value <= 0 ? int.MaxValue : value;
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
            case SocketOption.Broadcast:
                value = 0;
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
                value = options.HopLimit == 0 ? 64 : options.HopLimit;
                return 0;
            case SocketOption.DontFragment:
                value = 1;
                return 0;
            case SocketOption.NoDelay:
                value = options.NoDelay ? 1 : 0;
                return 0;
            case SocketOption.Cork:
                value = options.Cork ? 1 : 0;
                return 0;
            case SocketOption.QuickAcknowledge:
                value = options.QuickAck ? 1 : 0;
                return 0;
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
                value = (int)(options.FinWait2Timeout > TimeSpan.Zero ? options.FinWait2Timeout : _transport.Limits.FinWait2).TotalSeconds;
                return 0;
            case SocketOption.SynCount:
                value = options.SynRetries > 0 ? options.SynRetries : _transport.Limits.SynRetries;
                return 0;
            case SocketOption.NotSentLowWater:
                value = options.NotSentLowWater == int.MaxValue ? -1 : options.NotSentLowWater;
                return 0;
            case SocketOption.CongestionControl:
                value = (int)options.Congestion;
                return 0;
            default:
                return base.GetOptionCore(option, ref value);
        }
    }
}
