namespace Unikernel.Net.Sockets.Udp;

/// <summary>Options of datagram sockets.</summary>
public sealed partial class UdpSocket
{
    protected override int SetOptionCore(SocketOption option, int value)
    {
        switch (option)
        {
            case SocketOption.ReuseAddress or SocketOption.ReusePort:
                _endpoint.ReuseAddress = value != 0;
                return 0;
            case SocketOption.Broadcast:
                _endpoint.AllowBroadcast = value != 0;
                return 0;
            case SocketOption.KeepAlive or SocketOption.Linger or SocketOption.NoChecksum:
                return 0; // as on Linux: accepted, and of no meaning for datagrams here
            case SocketOption.ReceiveBuffer:
                // Linux keeps twice what is asked for, for its own overhead, and shows that.
                _endpoint.Queue.Limit = Math.Max(MinimumReceiveBuffer, Math.Min(value, MaximumBuffer) * 2);
                return 0;
            case SocketOption.SendBuffer:
                _sendBuffer = Math.Max(MinimumSendBuffer, Math.Min(value, MaximumBuffer) * 2);
                return 0;
            case SocketOption.BindToInterface:
                if (value != 0 && _transport.Stack.FindInterface(value) is null) return -SocketErrno.ENODEV;
                _endpoint.BoundInterface = value;
                return 0;
            case SocketOption.TypeOfService or SocketOption.TrafficClass:
                _endpoint.TrafficClass = (byte)value;
                return 0;
            case SocketOption.TimeToLive or SocketOption.HopLimit:
                // -1: the default again.
                if (value is < -1 or > 255 or 0) return -SocketErrno.EINVAL;
                _endpoint.HopLimit = value < 0 ? (byte)0 : (byte)value;
                return 0;
            case SocketOption.MulticastTimeToLive or SocketOption.MulticastHops:
                if (value is < -1 or > 255) return -SocketErrno.EINVAL;
                _endpoint.MulticastHopLimit = value < 0 ? (byte)1 : (byte)value;
                return 0;
            case SocketOption.MulticastLoopback or SocketOption.V6MulticastLoopback:
                _endpoint.MulticastLoop = value != 0;
                return 0;
            case SocketOption.MulticastInterface or SocketOption.V6MulticastInterface:
                if (value != 0 && _transport.Stack.FindInterface(value) is null) return -SocketErrno.EADDRNOTAVAIL;
                _endpoint.MulticastInterface = value;
                return 0;
            case SocketOption.DontFragment:
                _endpoint.DontFragment = value != 0;
                return 0;
            case SocketOption.PacketInformation or SocketOption.V6PacketInformation:
                _packetInformation = value != 0;
                return 0;
            default:
                return base.SetOptionCore(option, value);
        }
    }

    protected override int GetOptionCore(SocketOption option, ref int value)
    {
        switch (option)
        {
            case SocketOption.ReuseAddress or SocketOption.ReusePort:
                value = _endpoint.ReuseAddress ? 1 : 0;
                return 0;
            case SocketOption.Broadcast:
                value = _endpoint.AllowBroadcast ? 1 : 0;
                return 0;
            case SocketOption.KeepAlive or SocketOption.NoChecksum:
                value = 0;
                return 0;
            case SocketOption.Linger:
                value = -1;
                return 0;
            case SocketOption.ReceiveBuffer:
                value = _endpoint.Queue.Limit;
                return 0;
            case SocketOption.SendBuffer:
                value = _sendBuffer;
                return 0;
            case SocketOption.Error:
                value = ToErrno(_endpoint.TakeError());
                return 0;
            case SocketOption.BindToInterface:
                value = _endpoint.BoundInterface;
                return 0;
            case SocketOption.TypeOfService or SocketOption.TrafficClass:
                value = _endpoint.TrafficClass;
                return 0;
            case SocketOption.TimeToLive or SocketOption.HopLimit:
                value = _endpoint.HopLimit == 0 ? 64 : _endpoint.HopLimit;
                return 0;
            case SocketOption.MulticastTimeToLive or SocketOption.MulticastHops:
                value = _endpoint.MulticastHopLimit;
                return 0;
            case SocketOption.MulticastLoopback or SocketOption.V6MulticastLoopback:
                value = _endpoint.MulticastLoop ? 1 : 0;
                return 0;
            case SocketOption.MulticastInterface or SocketOption.V6MulticastInterface:
                value = _endpoint.MulticastInterface;
                return 0;
            case SocketOption.DontFragment:
                value = _endpoint.DontFragment ? 1 : 0;
                return 0;
            case SocketOption.PacketInformation or SocketOption.V6PacketInformation:
                value = _packetInformation ? 1 : 0;
                return 0;
            default:
                return base.GetOptionCore(option, ref value);
        }
    }
}
