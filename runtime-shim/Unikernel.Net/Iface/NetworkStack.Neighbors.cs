using Unikernel.Net.Wire;

namespace Unikernel.Net.Iface;

/// <summary>Link addresses of neighbours: ARP (RFC 826, RFC 5227) and Neighbour Discovery (RFC 4861), one state machine.</summary>
public sealed partial class NetworkStack
{
    private SendResult TransmitToNeighbor(Instant now, NetworkInterface outgoing, IpAddress nextHop, PacketBuffer packet)
    {
        NeighborCache cache = outgoing.Neighbors;
        Neighbor? neighbor = cache.Find(nextHop);
        if (neighbor is null)
        {
            neighbor = cache.Create(nextHop, now);
            neighbor.State = NeighborState.Incomplete;
            neighbor.Attempts = 1;
            cache.SetDeadline(neighbor, now + NeighborCache.RetransmitTime);
            cache.Enqueue(neighbor, packet);
            Solicit(now, outgoing, neighbor);
            return SendResult.Queued;
        }

        neighbor.LastUsed = now;
        switch (neighbor.State)
        {
            case NeighborState.Incomplete:
                cache.Enqueue(neighbor, packet);
                return SendResult.Queued;
            case NeighborState.Stale:
                // Used without being sure; ask if nothing confirms it in five seconds (RFC 4861 section 7.3.3).
                neighbor.State = NeighborState.Delay;
                cache.SetDeadline(neighbor, now + NeighborCache.DelayFirstProbe);
                break;
        }

        return TransmitFrame(outgoing, neighbor.HardwareAddress, packet);
    }

    /// <summary>A transport made progress with this next hop: it is there (RFC 4861 section 7.3.1).</summary>
    public void ConfirmNeighbor(Instant now, in Route route)
    {
        if (FindInterface(route.InterfaceIndex) is not { IsLoopback: false } networkInterface || networkInterface.Neighbors.Find(route.NextHop) is not { } neighbor) return;
        if (neighbor.State is NeighborState.Stale or NeighborState.Delay or NeighborState.Probe) SetReachable(now, networkInterface, neighbor);
    }

    private void SetReachable(Instant now, NetworkInterface networkInterface, Neighbor neighbor)
    {
        neighbor.State = NeighborState.Reachable;
        neighbor.Attempts = 0;
        // Spread over [0.5, 1.5) of the time so that neighbours do not all probe at once (RFC 4861 section 6.3.2).
        long half = NeighborCache.ReachableTime.Ticks / 2;
        networkInterface.Neighbors.SetDeadline(neighbor, now + new TimeSpan(half + half * 2 * (NextRandom() & 1023) / 1024));
        SendQueue(networkInterface, neighbor);
    }

    private void SendQueue(NetworkInterface networkInterface, Neighbor neighbor)
    {
        while (networkInterface.Neighbors.Dequeue(neighbor) is { } packet) TransmitFrame(networkInterface, neighbor.HardwareAddress, packet);
    }

    private void PollNeighbors(Instant now, NetworkInterface networkInterface)
    {
        NeighborCache cache = networkInterface.Neighbors;
        cache.NextDeadline = Instant.Never;
        _scratch.Clear();
        cache.CopyTo(_scratch);
        foreach (Neighbor neighbor in _scratch)
        {
            if (neighbor.State == NeighborState.Stale) continue;
            if (neighbor.Deadline > now)
            {
                cache.SetDeadline(neighbor, neighbor.Deadline);
                continue;
            }

            switch (neighbor.State)
            {
                case NeighborState.Reachable:
                    neighbor.State = NeighborState.Stale;
                    break;
                case NeighborState.Delay:
                    neighbor.State = NeighborState.Probe;
                    neighbor.Attempts = 1;
                    Solicit(now, networkInterface, neighbor);
                    cache.SetDeadline(neighbor, now + NeighborCache.RetransmitTime);
                    break;
                case NeighborState.Incomplete or NeighborState.Probe when neighbor.Attempts < NeighborCache.MaximumSolicitations:
                    neighbor.Attempts++;
                    Solicit(now, networkInterface, neighbor);
                    cache.SetDeadline(neighbor, now + NeighborCache.RetransmitTime);
                    break;
                default:
                    Counters.NeighborsFailed++;
                    FailQueue(now, cache, neighbor);
                    cache.Remove(neighbor);
                    break;
            }
        }

        _scratch.Clear();
    }

    // The senders of waiting packets learn that the host can not be reached, as by an ICMP error (RFC 4861 section 7.2.2).
    private void FailQueue(Instant now, NeighborCache cache, Neighbor neighbor)
    {
        while (cache.Dequeue(neighbor) is { } packet)
        {
            Counters.NeighborQueueDrops++;
            ReadOnlySpan<byte> data = packet.Data;
            if (neighbor.Address.IsV4 && Ipv4Packet.TryParse(data, packet.TotalLength, out Ipv4Packet v4) == IpParseError.None && v4.FragmentOffset == 0)
                DispatchError(now, Unreachable(v4.Source, v4.Destination, v4.Protocol), data[Math.Min(v4.HeaderLength, data.Length)..]);
            else if (neighbor.Address.IsV6 && Ipv6Packet.TryParse(data, packet.TotalLength, out Ipv6Packet v6) == IpParseError.None)
                DispatchError(now, Unreachable(v6.Source, v6.Destination, v6.NextHeader), data[Ipv6Packet.HeaderLength..]);
            packet.Release();
        }
    }

    private static IpErrorInfo Unreachable(IpAddress source, IpAddress destination, IpProtocol protocol) => new()
    {
        Kind = IpErrorKind.HostUnreachable,
        Source = source,
        Destination = destination,
        Protocol = protocol,
        Reporter = source.IsV4 ? IpAddress.Any4 : IpAddress.Any6,
    };

    private void Solicit(Instant now, NetworkInterface networkInterface, Neighbor neighbor)
    {
        bool unicast = neighbor.State == NeighborState.Probe;
        if (neighbor.Address.IsV4)
        {
            IpAddress sender = SelectSource(networkInterface, neighbor.Address, neighbor.Address);
            SendArp(networkInterface, unicast ? neighbor.HardwareAddress : MacAddress.Broadcast,
                new ArpRepr(ArpOperation.Request, networkInterface.HardwareAddress, sender.IsV4 ? sender : IpAddress.Any4, default, neighbor.Address));
            return;
        }

        IpAddress source = SelectSource(networkInterface, neighbor.Address, neighbor.Address);
        if (source.IsUnspecified) return;
        SendNdp(networkInterface, source, unicast ? neighbor.Address : neighbor.Address.SolicitedNode, unicast ? neighbor.HardwareAddress : null,
            new NdpNeighborRepr(false, neighbor.Address, networkInterface.HardwareAddress));
    }

    internal void LearnRouter(Instant now, NetworkInterface networkInterface, IpAddress router, MacAddress hardware)
    {
        Learn(now, networkInterface, router, hardware, create: true, confirmed: false);
        if (networkInterface.Neighbors.Find(router) is { } neighbor) neighbor.IsRouter = true;
    }

    // What a message about a neighbour says about its link address.
    private void Learn(Instant now, NetworkInterface networkInterface, IpAddress address, MacAddress hardware, bool create, bool confirmed, bool overrides = true)
    {
        if (!hardware.IsUnicast)
        {
            Counters.NeighborSpoofIgnored++;
            return;
        }

        Neighbor? neighbor = networkInterface.Neighbors.Find(address);
        if (neighbor is null)
        {
            if (!create) return;
            neighbor = networkInterface.Neighbors.Create(address, now);
            neighbor.State = NeighborState.Incomplete;
        }

        bool changed = neighbor.HardwareAddress != hardware;
        if (neighbor.State != NeighborState.Incomplete && changed && !overrides)
        {
            if (neighbor.State == NeighborState.Reachable) neighbor.State = NeighborState.Stale;
            return;
        }

        neighbor.HardwareAddress = hardware;
        if (confirmed)
        {
            SetReachable(now, networkInterface, neighbor);
        }
        else if (neighbor.State == NeighborState.Incomplete || changed)
        {
            neighbor.State = NeighborState.Stale;
            SendQueue(networkInterface, neighbor);
        }
    }

    private void ReceiveArp(Instant now, NetworkInterface networkInterface, ReadOnlySpan<byte> payload)
    {
        Counters.ArpReceived++;
        if (!ArpRepr.TryParse(payload, out ArpRepr arp))
        {
            Counters.ArpMalformed++;
            networkInterface.Dropped++;
            return;
        }

        if (arp.SenderHardware == networkInterface.HardwareAddress || !arp.SenderHardware.IsUnicast || arp.SenderProtocol.IsMulticast || arp.SenderProtocol.IsBroadcast || arp.SenderProtocol.IsLoopback)
        {
            Counters.ArpIgnored++;
            return;
        }

        InterfaceAddress? senderIsOurs = FindAny(networkInterface, arp.SenderProtocol);
        InterfaceAddress? target = FindAny(networkInterface, arp.TargetProtocol);
        // RFC 5227 section 2.1.1: the sender has our address, or probes for one that we are probing for.
        if (senderIsOurs is not null || (arp.SenderProtocol.IsUnspecified && target is { State: AddressState.Optimistic }))
        {
            AddressConflict(now, networkInterface, senderIsOurs ?? target!, arp.SenderHardware);
            return;
        }

        if (target is not { IsUsable: true })
        {
            // Others' conversations only refresh what we know (RFC 826, "merge flag").
            if (!arp.SenderProtocol.IsUnspecified) Learn(now, networkInterface, arp.SenderProtocol, arp.SenderHardware, create: false, confirmed: false);
            Counters.ArpIgnored++;
            return;
        }

        if (arp.Operation == ArpOperation.Request)
        {
            if (!arp.SenderProtocol.IsUnspecified) Learn(now, networkInterface, arp.SenderProtocol, arp.SenderHardware, create: true, confirmed: false);
            SendArp(networkInterface, arp.SenderHardware,
                new ArpRepr(ArpOperation.Reply, networkInterface.HardwareAddress, arp.TargetProtocol, arp.SenderHardware, arp.SenderProtocol));
        }
        else
        {
            Learn(now, networkInterface, arp.SenderProtocol, arp.SenderHardware, create: false, confirmed: true);
        }
    }

    private void SendArp(NetworkInterface networkInterface, MacAddress destination, in ArpRepr arp)
    {
        if (!networkInterface.IsUp) return;
        if (Pool.Rent() is not { } packet)
        {
            Counters.NoBufferDrops++;
            return;
        }

        arp.Emit(packet.Append(ArpRepr.Length));
        new EthernetRepr(destination, networkInterface.HardwareAddress, EtherType.Arp).Emit(packet.Prepend(EthernetFrame.HeaderLength));
        Counters.ArpSent++;
        GiveToDevice(networkInterface, packet);
    }

    private void ReceiveNdp(Instant now, NetworkInterface networkInterface, in IpPacketInfo ip, ReadOnlySpan<byte> message, Icmpv6Type type)
    {
        Counters.NdpReceived++;
        if (type == Icmpv6Type.RouterAdvertisement)
        {
            // RFC 4861 section 6.1.2: only from a link-local address.
            if (!ip.Source.IsLinkLocal || !NdpRouterAdvertisement.TryParse(message, out _))
            {
                Counters.NdpMalformed++;
                return;
            }

            Counters.RouterAdvertisements++;
            if (networkInterface.RouterAdvertisementReceiver is { } receiver)
                receiver.Receive(now, ip.Source, message);
            else
                Counters.RouterAdvertisementsIgnored++;
            return;
        }

        if (!NdpNeighborRepr.TryParse(message, out NdpNeighborRepr neighbor))
        {
            Counters.NdpMalformed++;
            return;
        }

        InterfaceAddress? target = FindAny(networkInterface, neighbor.Target);
        if (!neighbor.IsAdvertisement)
        {
            ReceiveSolicitation(now, networkInterface, ip, neighbor, target);
            return;
        }

        if (target is not null)
        {
            AddressConflict(now, networkInterface, target, neighbor.LinkLayerAddress ?? default);
            return;
        }

        // A solicited advertisement goes to one node (RFC 4861 section 7.1.2).
        if (neighbor.Solicited && ip.Destination.IsMulticast)
        {
            Counters.NdpMalformed++;
            return;
        }

        if (networkInterface.Neighbors.Find(neighbor.Target) is not { } known)
        {
            Counters.NdpIgnored++;
            return;
        }

        known.IsRouter = neighbor.Router;
        if (neighbor.LinkLayerAddress is { } link)
            Learn(now, networkInterface, neighbor.Target, link, create: false, confirmed: neighbor.Solicited, overrides: neighbor.Override);
        else if (neighbor.Solicited && known.State != NeighborState.Incomplete)
            SetReachable(now, networkInterface, known);
    }

    private void ReceiveSolicitation(Instant now, NetworkInterface networkInterface, in IpPacketInfo ip, in NdpNeighborRepr neighbor, InterfaceAddress? target)
    {
        bool probe = ip.Source.IsUnspecified;
        // RFC 4861 section 7.1.1: a probe goes to the solicited-node group and names no link address.
        if (probe && (neighbor.LinkLayerAddress is not null || ip.Destination != neighbor.Target.SolicitedNode))
        {
            Counters.NdpMalformed++;
            return;
        }

        if (target is not { IsUsable: true })
        {
            Counters.NdpIgnored++;
            return;
        }

        if (probe && target.State == AddressState.Optimistic)
        {
            AddressConflict(now, networkInterface, target, default);
            return;
        }

        if (!probe && neighbor.LinkLayerAddress is { } link) Learn(now, networkInterface, ip.Source, link, create: true, confirmed: false);
        IpAddress destination = probe ? new IpAddress(0xff02_0000_0000_0000, 1) : ip.Source;
        // RFC 4429 section 3.3: an optimistic address does not override.
        SendNdp(networkInterface, target.Address, destination, probe ? null : neighbor.LinkLayerAddress,
            new NdpNeighborRepr(true, target.Address, networkInterface.HardwareAddress) { Solicited = !probe, Override = target.State != AddressState.Optimistic });
    }

    private void SendNdp(NetworkInterface networkInterface, IpAddress source, IpAddress destination, MacAddress? link, in NdpNeighborRepr message)
    {
        if (Pool.Rent() is not { } packet)
        {
            Counters.NoBufferDrops++;
            return;
        }

        message.Emit(packet.Append(message.BufferLength));
        SendLinkIcmpv6(networkInterface, source, destination, link, packet);
    }

    /// <summary>Sends an ICMPv6 message that stays on the link (hop limit 255; MLD 1), past routes and, if the link address is given, past neighbours.</summary>
    internal void SendLinkIcmpv6(NetworkInterface networkInterface, IpAddress source, IpAddress destination, MacAddress? link, PacketBuffer packet, byte hopLimit = 255)
    {
        if (!networkInterface.IsUp)
        {
            packet.Release();
            return;
        }

        int length = packet.Length;
        InternetChecksum.Write(packet.Data.Slice(IcmpPacket.ChecksumOffset, 2), InternetChecksum.Add(packet.Data, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Icmpv6, length)));
        if (hopLimit == 1)
        {
            // MLD: a hop-by-hop header with router alert (RFC 3810 section 5).
            ReadOnlySpan<byte> routerAlert = [(byte)IpProtocol.Icmpv6, 0, 5, 2, 0, 0, 1, 0];
            routerAlert.CopyTo(packet.Prepend(8));
            length += 8;
        }

        new Ipv6Repr(source, destination, hopLimit == 1 ? IpProtocol.HopByHop : IpProtocol.Icmpv6, length) { HopLimit = hopLimit }.Emit(packet.Prepend(Ipv6Packet.HeaderLength));
        Counters.IcmpSent++;
        if (link is { } hardware)
            TransmitFrame(networkInterface, hardware, packet);
        else
            Transmit(Now, networkInterface, destination, IsBroadcast(networkInterface, destination), packet);
    }

    private static InterfaceAddress? FindAny(NetworkInterface networkInterface, IpAddress address)
    {
        if (address.IsUnspecified) return null;
        foreach (InterfaceAddress entry in networkInterface.MutableAddresses)
        {
            if (entry.Address == address) return entry;
        }

        return null;
    }
}
