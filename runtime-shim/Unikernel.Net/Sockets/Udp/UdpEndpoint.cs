using Unikernel.Net.Iface;

namespace Unikernel.Net.Sockets.Udp;

/// <summary>Learns that an endpoint has become readable, has an error, or was freed of one. Called under the stack's lock.</summary>
public interface IEndpointObserver
{
    void Ready();
}

/// <summary>Why a call on an endpoint did not do what was asked; the socket layer turns it into an errno.</summary>
public enum EndpointError : byte
{
    None,
    AddressInUse,
    AddressNotAvailable,
    AlreadyBound,
    FamilyNotSupported,
    NetworkUnreachable,
    HostUnreachable,
    NetworkDown,
    MessageTooLong,
    NoBuffers,
    WouldBlock,
    DestinationRequired,
    BroadcastNotAllowed,
    ConnectionRefused,
    ProtocolUnreachable,
    AdministrativelyProhibited,
    NotMember,
    TooManyGroups,
    NoSuchInterface,
    Invalid,
    Closed,
}

/// <summary>A UDP endpoint: bound, perhaps connected, with a queue of datagrams. Under the stack's lock.</summary>
public sealed partial class UdpEndpoint
{
    private readonly UdpTransport _transport;
    private readonly List<(IpAddress Group, int InterfaceIndex)> _groups = [];
    private Route _route;
    internal UdpEndpoint? NextInBucket;

    internal UdpEndpoint(UdpTransport transport, bool isV6) => (_transport, IsV6) = (transport, isV6);

    /// <summary>Opened as IPv6; unless <see cref="V6Only"/> it speaks IPv4 too.</summary>
    public bool IsV6 { get; }

    /// <summary>Linux's default is dual mode; .NET sets what it wants.</summary>
    public bool V6Only { get; set; }
    public bool ReuseAddress { get; set; }
    public bool AllowBroadcast { get; set; }
    public bool DontFragment { get; set; }
    public bool MulticastLoop { get; set; } = true;

    /// <summary>0: the stack's default.</summary>
    public byte HopLimit { get; set; }
    public byte MulticastHopLimit { get; set; } = 1;
    public byte TrafficClass { get; set; }

    /// <summary>Interface for groups (IP_MULTICAST_IF); 0: by route.</summary>
    public int MulticastInterface { get; set; }

    /// <summary>SO_BINDTODEVICE or the scope of a bound link-local address; 0: any.</summary>
    public int BoundInterface { get; set; }

    public IpAddress LocalAddress { get; private set; }
    public ushort LocalPort { get; internal set; }
    public IpEndpoint? Remote { get; private set; }
    public DatagramQueue Queue { get; } = new();
    public IEndpointObserver? Observer { get; set; }

    /// <summary>Bounds what waits to be sent; null: nothing does but the device.</summary>
    public PacketAccount? Account { get; set; }

    /// <summary>An ICMP error about a datagram of ours; read once (SO_ERROR, or the next call's result).</summary>
    public EndpointError PendingError { get; set; }

    /// <summary>Datagrams that this endpoint had no room for.</summary>
    public long Dropped { get; internal set; }
    public bool IsBound => LocalPort != 0;
    public bool IsClosed { get; private set; }

    private IpAddress Any => IsV6 ? IpAddress.Any6 : IpAddress.Any4;

    /// <summary>Binds; port 0 chooses an ephemeral one.</summary>
    public EndpointError Bind(IpAddress address, ushort port)
    {
        if (IsBound) return EndpointError.AlreadyBound;
        if (!FamilyFits(address)) return EndpointError.FamilyNotSupported;
        if (!address.IsUnspecified && !address.IsMulticast && !address.IsBroadcast && !_transport.Stack.IsOwnAddress(address)) return EndpointError.AddressNotAvailable;
        return BindCore(address, port);
    }

    private EndpointError BindCore(IpAddress address, ushort port)
    {
        IpAddress before = LocalAddress;
        LocalAddress = address;
        EndpointError error = _transport.Register(this, port);
        if (error != EndpointError.None) LocalAddress = before;
        return error;
    }

    /// <summary>Fixes the other end: only its datagrams are received, and its errors are reported.</summary>
    public EndpointError Connect(IpEndpoint remote)
    {
        if (!FamilyFits(remote.Address)) return EndpointError.FamilyNotSupported;
        if (remote.Address.IsBroadcast && !AllowBroadcast) return EndpointError.BroadcastNotAllowed;
        Route route = default;
        IpAddress bound = LocalAddress.IsUnspecified ? default : LocalAddress;
        EndpointError error = ToError(_transport.Stack.TryRoute(remote.Address, bound, InterfaceFor(remote), ref route));
        if (error != EndpointError.None) return error;
        if (!IsBound && (error = BindCore(Any, 0)) != EndpointError.None) return error;
        _route = route;
        // The source that the route chose becomes the local address, as getsockname shows on Linux.
        if (LocalAddress.IsUnspecified) LocalAddress = route.Source;
        Remote = remote.Address.IsUnspecified ? remote with { Address = route.NextHop } : remote;
        return EndpointError.None;
    }

    /// <summary>Connect to AF_UNSPEC: any peer again.</summary>
    public void Disconnect()
    {
        Remote = null;
        _route = default;
    }

    /// <summary>Sends one datagram of the given bytes; binds first if need be.</summary>
    public EndpointError Send(Instant now, ReadOnlySpan<byte> payload, IpEndpoint? destination = null)
    {
        EndpointError error = BeginSend(payload.Length, destination, out IpEndpoint to, out PacketBuffer? packet);
        if (error != EndpointError.None) return error;
        for (PacketBuffer? part = packet; part is not null && !payload.IsEmpty; part = part.Next)
        {
            int here = Math.Min(part.Tailroom, payload.Length);
            part.Append(payload[..here]);
            payload = payload[here..];
        }

        return EndSend(now, packet!, to);
    }

    /// <summary>
    /// The first half of a send, for callers that gather: an empty chain with room for the payload, to be filled and given to
    /// <see cref="EndSend"/>, or released.
    /// </summary>
    public EndpointError BeginSend(int length, IpEndpoint? destination, out IpEndpoint to, out PacketBuffer? packet)
    {
        packet = null;
        to = destination ?? Remote ?? default;
        if (IsClosed) return EndpointError.Closed;
        if (destination is null && Remote is null) return EndpointError.DestinationRequired;
        if (TakeError() is var pending and not EndpointError.None) return pending;
        if (to.Port == 0 || !FamilyFits(to.Address)) return to.Port == 0 ? EndpointError.AddressNotAvailable : EndpointError.FamilyNotSupported;
        if (to.Address.IsBroadcast && !AllowBroadcast) return EndpointError.BroadcastNotAllowed;
        if (length > 65535 - Wire.UdpPacket.HeaderLength - (to.Address.IsV4 ? Wire.Ipv4Packet.MinimumHeaderLength : 0)) return EndpointError.MessageTooLong;
        if (!IsBound)
        {
            EndpointError bound = BindCore(Any, 0);
            if (bound != EndpointError.None) return bound;
        }

        if (Account is { IsFull: true }) return EndpointError.WouldBlock;
        packet = _transport.Stack.Pool.RentChain(length);
        return packet is null ? EndpointError.NoBuffers : EndpointError.None;
    }

    /// <summary>Puts the UDP header in front and sends. Owns the packet.</summary>
    /// <param name="now">The time.</param>
    /// <param name="packet">The payload.</param>
    /// <param name="to">Whereto.</param>
    /// <param name="source">Our address for this datagram (IP_PKTINFO); unspecified: the bound or routed one.</param>
    /// <param name="interfaceIndex">The interface for this datagram; 0: by route.</param>
    public EndpointError EndSend(Instant now, PacketBuffer packet, IpEndpoint to, IpAddress source = default, int interfaceIndex = 0)
    {
        IpAddress bound = LocalAddress.IsUnspecified || LocalAddress.IsMulticast || LocalAddress.IsBroadcast || LocalAddress.IsV4 != to.Address.IsV4 ? default : LocalAddress;
        if (!source.IsUnspecified && source.IsV4 == to.Address.IsV4) bound = source;
        EndpointError error = ToError(_transport.Stack.TryRoute(to.Address, bound, interfaceIndex != 0 ? interfaceIndex : InterfaceFor(to), ref _route));
        if (error != EndpointError.None)
        {
            packet.Release();
            return error;
        }

        return ToError(_transport.Transmit(now, this, packet, to, ref _route));
    }

    /// <summary>The next datagram; the caller owns its packet, whose data is the payload. False: none.</summary>
    public bool TryReceive(out Datagram datagram) => Queue.TryDequeue(out datagram);

    /// <summary>Reads and clears the pending error.</summary>
    public EndpointError TakeError()
    {
        EndpointError error = PendingError;
        PendingError = EndpointError.None;
        return error;
    }

    /// <summary>Joins a group on an interface; 0: the one that the route to the group takes.</summary>
    public EndpointError Join(IpAddress group, int interfaceIndex, Instant now)
    {
        if (!group.IsMulticast) return EndpointError.AddressNotAvailable;
        if (FindGroupInterface(group, interfaceIndex) is not { } networkInterface) return EndpointError.NoSuchInterface;
        if (_groups.Contains((group, networkInterface.Index))) return EndpointError.AddressInUse;
        if (!_transport.Stack.JoinGroup(networkInterface, group, now)) return EndpointError.TooManyGroups;
        _groups.Add((group, networkInterface.Index));
        return EndpointError.None;
    }

    public EndpointError Leave(IpAddress group, int interfaceIndex, Instant now)
    {
        for (int i = 0; i < _groups.Count; i++)
        {
            if (_groups[i].Group != group || (interfaceIndex != 0 && _groups[i].InterfaceIndex != interfaceIndex)) continue;
            _transport.Stack.LeaveGroup(_transport.Stack.FindInterface(_groups[i].InterfaceIndex)!, group, now);
            int index = _groups[i].InterfaceIndex;
            _filters?.RemoveAll(f => f.Group == group && f.InterfaceIndex == index);
            _groups.RemoveAt(i);
            return EndpointError.None;
        }

        return EndpointError.NotMember;
    }

    /// <summary>Unbinds, leaves its groups and drops what waits.</summary>
    public void Close(Instant now)
    {
        if (IsClosed) return;
        IsClosed = true;
        foreach ((IpAddress group, int index) in _groups) _transport.Stack.LeaveGroup(_transport.Stack.FindInterface(index)!, group, now);
        _groups.Clear();
        if (IsBound) _transport.Unregister(this);
        Queue.Clear();
    }

    internal bool FamilyFits(IpAddress address) => address.IsV4 ? !IsV6 || !V6Only : IsV6;

    /// <summary>How well a datagram fits: -1 not at all; more is better. A connected endpoint is the best.</summary>
    internal int Match(in IpPacketInfo ip, ushort sourcePort)
    {
        if (!FamilyFits(ip.Destination)) return -1;
        if (ip.Destination.IsMulticast && !PassesFilter(ip)) return -1;
        int score = 0;
        if (!LocalAddress.IsUnspecified)
        {
            if (LocalAddress != ip.Destination && !(Remote is not null && ip.WasBroadcastOrMulticast && ip.Destination.IsMulticast)) return -1;
            score += 2;
        }

        if (BoundInterface != 0)
        {
            if (BoundInterface != ip.InterfaceIndex) return -1;
            score += 1;
        }

        if (Remote is { } remote)
        {
            if (remote.Address != ip.Source || remote.Port != sourcePort) return -1;
            score += 4;
        }

        // An endpoint of the packet's own family before a dual-mode one.
        return score * 2 + (ip.Destination.IsV4 != IsV6 ? 1 : 0);
    }

    private int InterfaceFor(IpEndpoint to) =>
        BoundInterface != 0 ? BoundInterface : to.ScopeId != 0 ? to.ScopeId : to.Address.IsMulticast ? MulticastInterface : 0;

    private NetworkInterface? FindGroupInterface(IpAddress group, int interfaceIndex)
    {
        NetworkStack stack = _transport.Stack;
        if (interfaceIndex != 0) return stack.FindInterface(interfaceIndex);
        if (MulticastInterface != 0) return stack.FindInterface(MulticastInterface);
        Route route = default;
        return stack.TryRoute(group, default, BoundInterface, ref route) == SendResult.Sent ? stack.FindInterface(route.InterfaceIndex) : null;
    }

    private static EndpointError ToError(SendResult result) => result switch
    {
        SendResult.Sent or SendResult.Queued => EndpointError.None,
        SendResult.NoRoute => EndpointError.NetworkUnreachable,
        SendResult.NoSourceAddress => EndpointError.AddressNotAvailable,
        SendResult.InterfaceDown => EndpointError.NetworkDown,
        SendResult.TooBig => EndpointError.MessageTooLong,
        SendResult.DeviceFull => EndpointError.WouldBlock,
        SendResult.NeighbourUnreachable => EndpointError.HostUnreachable,
        _ => EndpointError.NoBuffers,
    };
}
