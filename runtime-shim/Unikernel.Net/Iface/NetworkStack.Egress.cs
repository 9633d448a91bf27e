using System.Buffers.Binary;
using Unikernel.Net.Phy;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Iface;

/// <summary>From the transports down: routes, source addresses, headers, checksums, fragments, frames.</summary>
public sealed partial class NetworkStack
{
    private uint _fragmentId;

    public SendResult TryRoute(IpAddress destination, IpAddress source, int interfaceIndex, ref Route route)
    {
        if (route.Generation == _generation && route.Destination == destination && route.BoundSource == source && route.BoundInterface == interfaceIndex) return SendResult.Sent;
        SendResult result = ComputeRoute(destination, source, interfaceIndex, ref route);
        route.Generation = result == SendResult.Sent ? _generation : 0;
        return result;
    }

    private SendResult ComputeRoute(IpAddress destination, IpAddress source, int interfaceIndex, ref Route route)
    {
        route.BoundSource = source;
        route.BoundInterface = interfaceIndex;
        route.Destination = destination;
        // As on Linux, "any" as a destination means this machine.
        if (destination.IsUnspecified) destination = destination.IsV4 ? IpAddress.Loopback4 : IpAddress.Loopback6;
        route.NextHop = destination;

        if (!destination.IsMulticast && FindOwner(destination) is { } owner && (interfaceIndex == 0 || owner.Index == interfaceIndex || owner.IsLoopback || destination.IsV4))
        {
            if (FindLoopback() is not { } loopback) return Count(ref Counters.NoRoute, SendResult.NoRoute);
            // All of 127/8 is reached from 127.0.0.1, an address of ours from itself.
            Fill(ref route, loopback, !source.IsUnspecified ? source : destination.IsV4 && destination.IsLoopback ? IpAddress.Loopback4 : destination);
            route.PathMtu = loopback.Mtu;
            return SendResult.Sent;
        }

        NetworkInterface? outgoing;
        if (destination.IsMulticast || destination.IsBroadcast || (destination.IsV6 && destination.IsLinkLocal))
        {
            // On the link, so what matters is which: the bound one, the source's, the default route's, the first that is up.
            outgoing = FindInterface(interfaceIndex) ?? (source.IsUnspecified ? null : FindOwner(source)) ??
                (Routes.Find(destination.IsV4 ? IpAddress.Any4 : IpAddress.Any6, 0, Now) is { } byDefault ? FindInterface(byDefault.InterfaceIndex) : null) ?? FirstUsable(destination);
            if (outgoing is null) return Count(ref Counters.NoRoute, SendResult.NoRoute);
        }
        else
        {
            if (Routes.Find(destination, interfaceIndex, Now) is not { } entry || FindInterface(entry.InterfaceIndex) is not { } byRoute)
                return Count(ref Counters.NoRoute, SendResult.NoRoute);
            outgoing = byRoute;
            route.NextHop = entry.Gateway ?? destination;
        }

        if (source.IsUnspecified)
        {
            source = SelectSource(outgoing, destination, route.NextHop);
            if (source.IsUnspecified) return Count(ref Counters.NoSourceAddress, SendResult.NoSourceAddress);
        }
        else if (source.IsV4 != destination.IsV4 || FindOwner(source) is null)
        {
            return Count(ref Counters.NoSourceAddress, SendResult.NoSourceAddress);
        }

        Fill(ref route, outgoing, source);
        route.PathMtu = destination.IsMulticast ? outgoing.Mtu : PathMtus.Find(destination, outgoing.Mtu, Now);
        return SendResult.Sent;
    }

    private static void Fill(ref Route route, NetworkInterface outgoing, IpAddress source)
    {
        route.IsBroadcast = IsBroadcast(outgoing, route.Destination);
        route.IsNextHopBroadcast = IsBroadcast(outgoing, route.NextHop);
        route.Source = source;
        route.AddressSum = InternetChecksum.AddressSum(source) + InternetChecksum.AddressSum(route.Destination.IsUnspecified ? route.NextHop : route.Destination);
        route.InterfaceIndex = outgoing.Index;
        route.Device = outgoing.Device.Capabilities;
        route.IsLoopback = outgoing.IsLoopback;
    }

    private static bool IsBroadcast(NetworkInterface outgoing, IpAddress address) =>
        address.IsV4 && !outgoing.IsLoopback && (address.IsBroadcast || IsDirectedBroadcast(outgoing, address));

    private static SendResult Count(ref long counter, SendResult result)
    {
        counter++;
        return result;
    }

    private NetworkInterface? FindLoopback()
    {
        foreach (NetworkInterface networkInterface in _interfaces)
        {
            if (networkInterface.IsLoopback) return networkInterface;
        }

        return null;
    }

    private NetworkInterface? FirstUsable(IpAddress destination)
    {
        foreach (NetworkInterface networkInterface in _interfaces)
        {
            if (networkInterface.IsLoopback || !networkInterface.IsUp) continue;
            foreach (InterfaceAddress address in networkInterface.MutableAddresses)
            {
                if (address.IsUsable && address.Address.IsV4 == destination.IsV4) return networkInterface;
            }
        }

        // The loopback can carry groups when there is nothing else.
        return FindLoopback();
    }

    /// <summary>
    /// RFC 6724 section 5 with the outgoing interface's addresses as candidates (its rule 5): the smallest scope that is enough,
    /// not deprecated, the longest common prefix. For IPv4: the address in the next hop's network, else the first.
    /// </summary>
    private IpAddress SelectSource(NetworkInterface outgoing, IpAddress destination, IpAddress nextHop)
    {
        InterfaceAddress? best = null;
        int bestScore = int.MinValue;
        foreach (InterfaceAddress candidate in outgoing.MutableAddresses)
        {
            if (!candidate.IsUsable || candidate.Address.IsV4 != destination.IsV4) continue;
            int score;
            if (destination.IsV4)
            {
                score = candidate.Cidr.Contains(nextHop) ? 1 : 0;
            }
            else
            {
                bool linkScope = destination.IsLinkLocal || destination.IsLinkScopedMulticast;
                score = (candidate.Address.IsLinkLocal == linkScope ? 1000 : 0) + (candidate.State != AddressState.Deprecated ? 500 : 0) + CommonPrefix(candidate.Address, destination);
            }

            if (score > bestScore) (best, bestScore) = (candidate, score);
        }

        if (best is not null) return best.Address;
        // An interface without an address of the family borrows one of global scope (weak host model), as an unnumbered link does.
        foreach (NetworkInterface networkInterface in _interfaces)
        {
            if (networkInterface == outgoing || networkInterface.IsLoopback) continue;
            foreach (InterfaceAddress candidate in networkInterface.MutableAddresses)
            {
                if (candidate.IsUsable && candidate.Address.IsV4 == destination.IsV4 && !candidate.Address.IsLinkLocal) return candidate.Address;
            }
        }

        return default;
    }

    private static int CommonPrefix(IpAddress left, IpAddress right)
    {
        ulong high = left.High ^ right.High;
        return high != 0 ? System.Numerics.BitOperations.LeadingZeroCount(high) : 64 + System.Numerics.BitOperations.LeadingZeroCount(left.Low ^ right.Low);
    }

    public SendResult Send(Instant now, ref Route route, PacketBuffer packet, in IpSendOptions options)
    {
        Now = now;
        if (route.Generation != _generation)
        {
            SendResult found = TryRoute(route.Destination, route.BoundSource, route.BoundInterface, ref route);
            if (found != SendResult.Sent)
            {
                packet.Release();
                return found;
            }
        }

        IpAddress destination = route.Destination.IsUnspecified ? route.NextHop : route.Destination;
        NetworkInterface outgoing = _interfaces[route.InterfaceIndex - 1];
        int length = packet.TotalLength;
        bool v4 = destination.IsV4;
        int headerLength = v4 ? Ipv4Packet.MinimumHeaderLength : Ipv6Packet.HeaderLength;
        byte hopLimit = options.HopLimit != 0 ? options.HopLimit : destination.IsMulticast ? (byte)1 : outgoing.HopLimit;
        Counters.IpSent++;
        bool tooBig = headerLength + length > route.PathMtu;
        if (tooBig && packet.SegmentSize == 0)
        {
            if (options.DontFragment || length > 65535 - (v4 ? headerLength : 0))
            {
                packet.Release();
                return Count(ref Counters.TooBig, SendResult.TooBig);
            }

            CompleteChecksum(packet, route.AddressSum, options.Protocol, length, inSoftware: true);
            if ((destination.IsMulticast && options.MulticastLoop) || route.IsBroadcast)
                LoopCopy(outgoing, route.Source, destination, packet, options, hopLimit);
            return SendFragments(now, outgoing, route, destination, packet, options, hopLimit);
        }

        if (packet.Checksum == ChecksumState.Partial) CompleteChecksum(packet, route.AddressSum, options.Protocol, length, inSoftware: !route.Device.TransmitChecksum);
        if (((destination.IsMulticast && options.MulticastLoop) || route.IsBroadcast) && !outgoing.IsLoopback)
            LoopCopy(outgoing, route.Source, destination, packet, options, hopLimit);

        if (v4)
        {
            new Ipv4Repr(route.Source, destination, options.Protocol, length)
            {
                HopLimit = hopLimit,
                TrafficClass = options.TrafficClass,
                DontFragment = options.DontFragment,
                // RFC 6864: an atomic packet's identification means nothing; others get one that is not a counter for all to read.
                Identification = options.DontFragment ? (ushort)0 : (ushort)NextRandom(),
            }.Emit(packet.Prepend(Ipv4Packet.MinimumHeaderLength));
        }
        else
        {
            new Ipv6Repr(route.Source, destination, options.Protocol, length)
            {
                HopLimit = hopLimit,
                TrafficClass = options.TrafficClass,
            }.Emit(packet.Prepend(Ipv6Packet.HeaderLength));
        }

        return Transmit(now, outgoing, route.NextHop, route.IsNextHopBroadcast, packet);
    }

    /// <summary>Sends a packet whose IP header a program wrote (IP_HDRINCL): what it left open is filled in as on Linux (net/ipv4/raw.c, raw_send_hdrinc).</summary>
    public SendResult SendWithHeader(Instant now, ref Route route, PacketBuffer packet)
    {
        Now = now;
        int length = packet.TotalLength;
        if (length > route.PathMtu)
        {
            packet.Release();
            return Count(ref Counters.TooBig, SendResult.TooBig);
        }

        if (route.NextHop.IsV4)
        {
            Span<byte> header = packet.Data[..((packet.Data[0] & 15) * 4)];
            BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)length);
            if (BinaryPrimitives.ReadUInt16BigEndian(header[4..]) == 0) BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)NextRandom());
            if (BinaryPrimitives.ReadUInt32BigEndian(header[12..]) == 0) BinaryPrimitives.WriteUInt32BigEndian(header[12..], route.Source.V4);
            BinaryPrimitives.WriteUInt16BigEndian(header[10..], 0);
            InternetChecksum.Write(header[10..], InternetChecksum.Add(header));
        }

        Counters.IpSent++;
        return Transmit(now, _interfaces[route.InterfaceIndex - 1], route.NextHop, route.IsNextHopBroadcast, packet);
    }

    private static void CompleteChecksum(PacketBuffer packet, ulong addresses, IpProtocol protocol, int length, bool inSoftware)
    {
        if (packet.Checksum != ChecksumState.Partial) return;
        Span<byte> field = packet.Data.Slice(packet.ChecksumFieldOffset, 2);
        // ICMPv4 is the one transport without a pseudo-header (RFC 792).
        ulong pseudo = protocol == IpProtocol.Icmp ? 0 : InternetChecksum.PseudoHeader(addresses, protocol, length);
        if (!inSoftware || packet.SegmentSize != 0)
        {
            // Of a packet to be cut too the length is the whole: the device corrects each piece's sum by the difference.
            InternetChecksum.WritePartial(field, pseudo);
            return;
        }

        field.Clear();
        ulong sum = InternetChecksum.Add(packet, 0, pseudo);
        if (protocol == IpProtocol.Udp)
            InternetChecksum.WriteUdp(field, sum);
        else
            InternetChecksum.Write(field, sum);
        packet.Checksum = ChecksumState.None;
    }

    // A copy for our own members of the group: it goes through the loopback's queue, marked with the interface it was sent on.
    private void LoopCopy(NetworkInterface outgoing, IpAddress source, IpAddress destination, PacketBuffer packet, in IpSendOptions options, byte hopLimit)
    {
        if (FindLoopback() is not { } loopback || (destination.IsMulticast && !outgoing.IsMember(destination))) return;
        int length = packet.TotalLength;
        if (length > 65000 || Pool.RentChain(length) is not { } copy)
        {
            Counters.NoBufferDrops++;
            return;
        }

        int offset = 0;
        for (PacketBuffer? part = copy; part is not null && offset < length; part = part.Next)
            offset += packet.CopyTo(offset, part.Append(Math.Min(part.Tailroom, length - offset)));
        if (destination.IsV4)
            new Ipv4Repr(source, destination, options.Protocol, length) { HopLimit = hopLimit, TrafficClass = options.TrafficClass }.Emit(copy.Prepend(Ipv4Packet.MinimumHeaderLength));
        else
            new Ipv6Repr(source, destination, options.Protocol, length) { HopLimit = hopLimit, TrafficClass = options.TrafficClass }.Emit(copy.Prepend(Ipv6Packet.HeaderLength));
        copy.InterfaceIndex = outgoing.Index;
        if (loopback.Device.TryTransmit(copy)) return;
        Counters.DeviceFullDrops++;
        copy.Release();
    }

    private SendResult SendFragments(Instant now, NetworkInterface outgoing, in Route route, IpAddress destination, PacketBuffer packet, in IpSendOptions options, byte hopLimit)
    {
        bool v4 = destination.IsV4;
        int headers = v4 ? Ipv4Packet.MinimumHeaderLength : Ipv6Packet.HeaderLength + Ipv6FragmentRepr.Length;
        int perFragment = (route.PathMtu - headers) & ~7;
        int total = packet.TotalLength;
        if (_fragmentId == 0) _fragmentId = NextRandom();
        uint identification = _fragmentId++;
        Counters.FragmentsSent++;
        SendResult result = SendResult.Sent;
        for (int offset = 0; offset < total; offset += perFragment)
        {
            int length = Math.Min(perFragment, total - offset);
            bool more = offset + length < total;
            // Copied: fragments are the slow path, and a fresh buffer has the headroom that a slice in the middle has not.
            if (Pool.RentChain(length) is not { } fragment)
            {
                Counters.NoBufferDrops++;
                packet.Release();
                return SendResult.NoBuffers;
            }

            fragment.Account = packet.Account;
            int copied = 0;
            for (PacketBuffer? part = fragment; part is not null && copied < length; part = part.Next)
                copied += packet.CopyTo(offset + copied, part.Append(Math.Min(part.Tailroom, length - copied)));
            if (v4)
            {
                new Ipv4Repr(route.Source, destination, options.Protocol, length)
                {
                    HopLimit = hopLimit,
                    TrafficClass = options.TrafficClass,
                    Identification = (ushort)identification,
                    FragmentOffset = offset,
                    MoreFragments = more,
                }.Emit(fragment.Prepend(Ipv4Packet.MinimumHeaderLength));
            }
            else
            {
                new Ipv6FragmentRepr(options.Protocol, offset, more, identification).Emit(fragment.Prepend(Ipv6FragmentRepr.Length));
                new Ipv6Repr(route.Source, destination, IpProtocol.Ipv6Fragment, length + Ipv6FragmentRepr.Length)
                {
                    HopLimit = hopLimit,
                    TrafficClass = options.TrafficClass,
                }.Emit(fragment.Prepend(Ipv6Packet.HeaderLength));
            }

            Counters.FragmentsMade++;
            result = Transmit(now, outgoing, route.NextHop, route.IsNextHopBroadcast, fragment);
            if (result is not (SendResult.Sent or SendResult.Queued)) break;
        }

        packet.Release();
        return result;
    }

    /// <summary>Sends an IP packet over an interface to a neighbour, resolving its link address.</summary>
    private SendResult Transmit(Instant now, NetworkInterface outgoing, IpAddress nextHop, bool broadcast, PacketBuffer packet)
    {
        if (!outgoing.IsUp)
        {
            packet.Release();
            return Count(ref Counters.LinkDownDrops, SendResult.InterfaceDown);
        }

        if (outgoing.IsLoopback) return GiveToDevice(outgoing, packet);
        if (nextHop.IsMulticast) return TransmitFrame(outgoing, MacAddress.ForMulticast(nextHop), packet);
        if (broadcast) return TransmitFrame(outgoing, MacAddress.Broadcast, packet);
        return TransmitToNeighbor(now, outgoing, nextHop, packet);
    }

    /// <summary>
    /// Sends a client's DHCP message past routes and source selection: there may be no address yet (RFC 2131 section 4.1).
    /// </summary>
    internal void SendDhcp(NetworkInterface outgoing, PacketBuffer packet, IpAddress source, IpAddress destination)
    {
        int length = packet.Length + UdpPacket.HeaderLength;
        new UdpRepr(DhcpMessage.ClientPort, DhcpMessage.ServerPort, packet.Length).Emit(packet.Prepend(UdpPacket.HeaderLength));
        InternetChecksum.WriteUdp(packet.Data.Slice(UdpPacket.ChecksumOffset, 2),
            InternetChecksum.Add(packet.Data, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, length)));
        new Ipv4Repr(source, destination, IpProtocol.Udp, length).Emit(packet.Prepend(Ipv4Packet.MinimumHeaderLength));
        Counters.IpSent++;
        IpAddress nextHop = destination;
        if (!destination.IsBroadcast && Routes.Find(destination, outgoing.Index, Now) is { Gateway: { } gateway }) nextHop = gateway;
        Transmit(Now, outgoing, nextHop, IsBroadcast(outgoing, nextHop), packet);
    }

    private SendResult TransmitFrame(NetworkInterface outgoing, MacAddress destination, PacketBuffer packet)
    {
        EtherType type = packet.Data[0] >> 4 == 4 ? EtherType.Ipv4 : EtherType.Ipv6;
        new EthernetRepr(destination, outgoing.HardwareAddress, type).Emit(packet.Prepend(EthernetFrame.HeaderLength));
        return GiveToDevice(outgoing, packet);
    }

    private SendResult GiveToDevice(NetworkInterface outgoing, PacketBuffer packet)
    {
        int length = packet.TotalLength;
        if (!outgoing.Device.TryTransmit(packet))
        {
            outgoing.Dropped++;
            packet.Release();
            return Count(ref Counters.DeviceFullDrops, SendResult.DeviceFull);
        }

        outgoing.NeedsFlush = _flushNeeded = true;
        outgoing.SentPackets++;
        outgoing.SentBytes += length;
        Counters.FramesSent++;
        Counters.BytesSent += length;
        return SendResult.Sent;
    }
}
