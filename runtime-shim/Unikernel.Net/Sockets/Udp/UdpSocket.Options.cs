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
            case SocketOption.Linger or SocketOption.NoChecksum:
                return Keep(option, value); // as on Linux: accepted, and of no meaning for datagrams here
            case SocketOption.ReceiveBuffer:
                // Linux keeps twice what is asked for, for its own overhead, and shows that.
                _endpoint.Queue.Limit = Math.Max(MinimumReceiveBuffer, Math.Min(value, MaximumBuffer) * 2);
                return 0;
            case SocketOption.SendBuffer:
                _sending.SetLimit(value);
                return 0;
            case SocketOption.BindToInterface:
                if (value != 0 && _transport.Stack.FindInterface(value) is null) return -SocketErrno.ENODEV;
                _endpoint.BoundInterface = value;
                return 0;
            case SocketOption.TypeOfService or SocketOption.TrafficClass:
                if (option == SocketOption.TrafficClass && value is < -1 or > 255) return -SocketErrno.EINVAL;
                _endpoint.TrafficClass = option == SocketOption.TrafficClass && value < 0 ? (byte)0 : (byte)value;
                return 0;
            case SocketOption.TimeToLive or SocketOption.HopLimit:
                // -1: the default again. A hop limit of 0 would reach nobody; 1 comes closest.
                if (value is < -1 or > 255 || (value == 0 && option == SocketOption.TimeToLive)) return -SocketErrno.EINVAL;
                _endpoint.HopLimit = value < 0 ? (byte)0 : (byte)Math.Max(value, 1);
                return Keep(option, value < 0 ? 64 : value);
            case SocketOption.MulticastTimeToLive or SocketOption.MulticastHops:
                if (value is < -1 or > 255) return -SocketErrno.EINVAL;
                _endpoint.MulticastHopLimit = value < 0 ? (byte)1 : (byte)value;
                return 0;
            case SocketOption.MulticastLoopback or SocketOption.V6MulticastLoopback:
                if (option == SocketOption.V6MulticastLoopback && value is not (0 or 1)) return -SocketErrno.EINVAL;
                _endpoint.MulticastLoop = value != 0;
                return 0;
            case SocketOption.MulticastInterface or SocketOption.V6MulticastInterface:
                if (value != 0 && _transport.Stack.FindInterface(value) is null)
                    return -(option == SocketOption.MulticastInterface ? SocketErrno.EADDRNOTAVAIL : SocketErrno.ENODEV);
                _endpoint.MulticastInterface = value;
                return 0;
            case SocketOption.PathMtuDiscovery:
                _endpoint.DontFragment = value is 2 or 3;
                return Keep(option, value);
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
            case SocketOption.NoChecksum:
                return Kept(option, 0, ref value);
            case SocketOption.Linger:
                return Kept(option, -1, ref value);
            case SocketOption.ReceiveBuffer:
                value = _endpoint.Queue.Limit;
                return 0;
            case SocketOption.SendBuffer:
                value = _sending.Limit;
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
                return Kept(option, 64, ref value);
            case SocketOption.MulticastTimeToLive or SocketOption.MulticastHops:
                value = _endpoint.MulticastHopLimit;
                return 0;
            case SocketOption.MulticastLoopback or SocketOption.V6MulticastLoopback:
                value = _endpoint.MulticastLoop ? 1 : 0;
                return 0;
            case SocketOption.MulticastInterface or SocketOption.V6MulticastInterface:
                value = _endpoint.MulticastInterface;
                return 0;
            case SocketOption.PathMtuDiscovery:
                return Kept(option, 1, ref value);
            case SocketOption.PacketInformation or SocketOption.V6PacketInformation:
                value = _packetInformation ? 1 : 0;
                return 0;
            default:
                return base.GetOptionCore(option, ref value);
        }
    }
}
