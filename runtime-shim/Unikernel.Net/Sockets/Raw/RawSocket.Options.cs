namespace Unikernel.Net.Sockets.Raw;

/// <summary>Options of raw sockets; values and limits as on Linux.</summary>
public sealed partial class RawSocket
{
    private const int MaximumBuffer = 212_992, MinimumReceiveBuffer = 2304;
    private const int DefaultHopLimit = 64;

    private bool _headerIncluded, _packetInformation, _dontFragment, _allowBroadcast;
    private bool _multicastLoop = true;
    private byte _hopLimit, _trafficClass;
    private byte _multicastHopLimit = 1;
    private int _interface, _multicastInterface;

    protected override int SetOptionCore(SocketOption option, int value)
    {
        switch (option)
        {
            case SocketOption.ReuseAddress or SocketOption.ReusePort:
                return Keep(option, value != 0 ? 1 : 0);
            case SocketOption.Linger:
                return Keep(option, value);
            case SocketOption.Broadcast:
                _allowBroadcast = value != 0;
                return 0;
            case SocketOption.ReceiveBuffer:
                _queue.Limit = Math.Max(MinimumReceiveBuffer, Math.Min(value, MaximumBuffer) * 2);
                return 0;
            case SocketOption.SendBuffer:
                _sending.SetLimit(value);
                return 0;
            case SocketOption.BindToInterface:
                if (value != 0 && _stack.FindInterface(value) is null) return -SocketErrno.ENODEV;
                _interface = value;
                return 0;
            case SocketOption.TimeToLive or SocketOption.HopLimit:
                if (value is < -1 or > 255 || (value == 0 && option == SocketOption.TimeToLive)) return -SocketErrno.EINVAL;
                // A hop limit of 0 would reach nobody; 1 comes closest.
                _hopLimit = value < 0 ? (byte)0 : (byte)Math.Max(value, 1);
                return Keep(option, value < 0 ? DefaultHopLimit : value);
            case SocketOption.TypeOfService or SocketOption.TrafficClass:
                if (option == SocketOption.TrafficClass && value is < -1 or > 255) return -SocketErrno.EINVAL;
                _trafficClass = option == SocketOption.TrafficClass && value < 0 ? (byte)0 : (byte)value;
                return 0;
            case SocketOption.MulticastTimeToLive or SocketOption.MulticastHops:
                if (value is < -1 or > 255) return -SocketErrno.EINVAL;
                _multicastHopLimit = value < 0 ? (byte)1 : (byte)value;
                return 0;
            case SocketOption.MulticastLoopback or SocketOption.V6MulticastLoopback:
                if (option == SocketOption.V6MulticastLoopback && value is not (0 or 1)) return -SocketErrno.EINVAL;
                _multicastLoop = value != 0;
                return 0;
            case SocketOption.MulticastInterface or SocketOption.V6MulticastInterface:
                if (value != 0 && _stack.FindInterface(value) is null) return -(option == SocketOption.MulticastInterface ? SocketErrno.EADDRNOTAVAIL : SocketErrno.ENODEV);
                _multicastInterface = value;
                return 0;
            case SocketOption.PathMtuDiscovery:
                _dontFragment = value is 2 or 3;
                return Keep(option, value);
            case SocketOption.HeaderIncluded:
                _headerIncluded = value != 0;
                return 0;
            case SocketOption.PacketInformation or SocketOption.V6PacketInformation:
                _packetInformation = value != 0;
                return 0;
            case SocketOption.V6Only:
                return -SocketErrno.EINVAL; // its name is bound from the beginning, as on Linux
            default:
                return base.SetOptionCore(option, value);
        }
    }

    protected override int GetOptionCore(SocketOption option, ref int value)
    {
        switch (option)
        {
            case SocketOption.ReuseAddress or SocketOption.ReusePort:
                // On from the beginning (net/ipv4/af_inet.c, INET_PROTOSW_REUSE).
                return Kept(option, option == SocketOption.ReuseAddress ? 1 : 0, ref value);
            case SocketOption.Linger:
                return Kept(option, -1, ref value);
            case SocketOption.Broadcast:
                value = _allowBroadcast ? 1 : 0;
                return 0;
            case SocketOption.ReceiveBuffer:
                value = _queue.Limit;
                return 0;
            case SocketOption.SendBuffer:
                value = _sending.Limit;
                return 0;
            case SocketOption.BindToInterface:
                value = _interface;
                return 0;
            case SocketOption.TimeToLive or SocketOption.HopLimit:
                return Kept(option, DefaultHopLimit, ref value);
            case SocketOption.TypeOfService or SocketOption.TrafficClass:
                value = _trafficClass;
                return 0;
            case SocketOption.MulticastTimeToLive or SocketOption.MulticastHops:
                value = _multicastHopLimit;
                return 0;
            case SocketOption.MulticastLoopback or SocketOption.V6MulticastLoopback:
                value = _multicastLoop ? 1 : 0;
                return 0;
            case SocketOption.MulticastInterface or SocketOption.V6MulticastInterface:
                value = _multicastInterface;
                return 0;
            case SocketOption.PathMtuDiscovery:
                return Kept(option, 1, ref value);
            case SocketOption.HeaderIncluded:
                value = _headerIncluded ? 1 : 0;
                return 0;
            case SocketOption.PacketInformation or SocketOption.V6PacketInformation:
                value = _packetInformation ? 1 : 0;
                return 0;
            default:
                return base.GetOptionCore(option, ref value);
        }
    }
}
