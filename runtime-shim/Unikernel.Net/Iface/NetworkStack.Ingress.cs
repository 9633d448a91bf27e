using System.Runtime.InteropServices;
using Unikernel.Net.Phy;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Iface;

/// <summary>From the device up: frames, IP, fragments, and who gets the payload.</summary>
public sealed partial class NetworkStack
{
    private void ReceiveFrame(Instant now, NetworkInterface networkInterface, PacketBuffer packet)
    {
        int total = packet.TotalLength;
        Counters.FramesReceived++;
        Counters.BytesReceived += total;
        networkInterface.ReceivedPackets++;
        networkInterface.ReceivedBytes += total;
        bool group = false;
        EtherType type;
        if (!networkInterface.IsLoopback)
        {
            packet.InterfaceIndex = networkInterface.Index;
            if (!EthernetFrame.TryParse(packet.Data, out EthernetFrame frame))
            {
                Drop(ref Counters.FrameTooShort, networkInterface, packet);
                return;
            }

            MacAddress destination = frame.Destination, source = frame.Source;
            group = destination.IsMulticast;
            // A promiscuous or flooding link shows us others' frames, and our own come back from some bridges.
            if ((!group && destination != networkInterface.HardwareAddress) || source == networkInterface.HardwareAddress || source.IsMulticast)
            {
                Drop(ref Counters.FrameNotForUs, networkInterface, packet);
                return;
            }

            type = frame.Type;
            if (type == EtherType.Arp)
            {
                ReceiveArp(now, networkInterface, frame.Payload);
                packet.Release();
                return;
            }

            packet.TrimStart(EthernetFrame.HeaderLength);
        }
        else
        {
            if (packet.Length == 0)
            {
                Drop(ref Counters.FrameTooShort, networkInterface, packet);
                return;
            }

            // A copy of a multicast that we sent on another interface says so; it was received there as far as sockets can see.
            if (FindInterface(packet.InterfaceIndex) is { } original) networkInterface = original;
            type = packet.Data[0] >> 4 == 6 ? EtherType.Ipv6 : EtherType.Ipv4;
        }

        switch (type)
        {
            case EtherType.Ipv4:
                ReceiveIpv4(now, networkInterface, packet, group);
                break;
            case EtherType.Ipv6:
                ReceiveIpv6(now, networkInterface, packet, group);
                break;
            default:
                Drop(ref Counters.FrameUnknownType, networkInterface, packet);
                break;
        }
    }

    // 224.0.0.0, where groups begin and other than single hosts' addresses; 127.0.0.0/8.
    private const uint FirstGroup4 = 0xe000_0000, LoopbackNetwork4 = 127;

    private void ReceiveIpv4(Instant now, NetworkInterface networkInterface, PacketBuffer packet, bool linkGroup)
    {
        Counters.Ipv4Received++;
        if (Ipv4Packet.TryParse(packet.Data, packet.TotalLength, out Ipv4Packet header) != IpParseError.None)
        {
            Drop(ref Counters.Ipv4HeaderErrors, networkInterface, packet);
            return;
        }

        if (packet.Checksum != ChecksumState.Verified && !header.IsChecksumValid)
        {
            Drop(ref Counters.Ipv4ChecksumErrors, networkInterface, packet);
            return;
        }

        IpAddress source = header.Source, destination = header.Destination;
        // RFC 1122 section 3.2.1.3: no packet comes from a group or from the broadcast address; 127/8 never comes from a wire.
        if (source.V4 >= FirstGroup4 && (source.IsMulticast || source.IsBroadcast) ||
            (!networkInterface.IsLoopback && (source.V4 >> 24 == LoopbackNetwork4 || destination.V4 >> 24 == LoopbackNetwork4)))
        {
            Drop(ref Counters.Ipv4BadAddress, networkInterface, packet);
            return;
        }

        if (header.HeaderLength > Ipv4Packet.MinimumHeaderLength && header.HasSourceRoute)
        {
            Drop(ref Counters.Ipv4SourceRouted, networkInterface, packet);
            return;
        }

        IpProtocol protocol = header.Protocol;
        if (protocol == IpProtocol.Udp && networkInterface.DhcpReceiver is { } dhcp && !header.IsFragment && TryGiveToDhcp(now, dhcp, header, packet)) return;

        bool group = false;
        if (!IsOwnAddress(networkInterface, destination))
        {
            group = IsGroupOrBroadcast(networkInterface, destination);
            if (!group || source.IsUnspecified)
            {
                Drop(ref Counters.Ipv4NotForUs, networkInterface, packet);
                return;
            }
        }
        else if (source.IsUnspecified)
        {
            Drop(ref Counters.Ipv4BadAddress, networkInterface, packet);
            return;
        }

        var ip = new IpPacketInfo
        {
            Source = source,
            Destination = destination,
            Protocol = protocol,
            TrafficClass = header.TrafficClass,
            HopLimit = header.HopLimit,
            InterfaceIndex = networkInterface.Index,
            WasBroadcastOrMulticast = group || linkGroup,
        };
        int headerLength = header.HeaderLength;
        bool isFragment = header.IsFragment, more = header.MoreFragments;
        int offset = header.FragmentOffset;
        ushort identification = header.Identification;
        packet.TruncateTotal(header.TotalLength);
        packet.TrimStart(headerLength);
        packet.IpHeaderLength = (byte)headerLength;
        if (isFragment)
        {
            PacketBuffer? whole = Reassembler.Add(now, ip, identification, offset, more, packet, out _, out byte trafficClass);
            if (whole is null) return;
            packet = whole;
            ip = ip with { TrafficClass = trafficClass };
        }

        Deliver(now, networkInterface, ip, packet, isFragment);
    }

    private void ReceiveIpv6(Instant now, NetworkInterface networkInterface, PacketBuffer packet, bool linkGroup)
    {
        Counters.Ipv6Received++;
        if (Ipv6Packet.TryParse(packet.Data, packet.TotalLength, out Ipv6Packet header) != IpParseError.None)
        {
            Drop(ref Counters.Ipv6HeaderErrors, networkInterface, packet);
            return;
        }

        IpAddress source = header.Source, destination = header.Destination;
        // IPv4-mapped addresses must not appear on a wire (RFC 4942 section 2.2): they would be IPv4 to every layer above.
        if (source.IsMulticast || source.IsV4 || destination.IsV4 || destination.IsUnspecified ||
            (!networkInterface.IsLoopback && (source.IsLoopback || destination.IsLoopback)))
        {
            Drop(ref Counters.Ipv6BadAddress, networkInterface, packet);
            return;
        }

        bool group = destination.IsMulticast;
        if (group ? !networkInterface.IsMember(destination) : !IsOwnAddress(networkInterface, destination))
        {
            Drop(ref Counters.Ipv6NotForUs, networkInterface, packet);
            return;
        }

        var ip = new IpPacketInfo
        {
            Source = source,
            Destination = destination,
            TrafficClass = header.TrafficClass,
            HopLimit = header.HopLimit,
            InterfaceIndex = networkInterface.Index,
            WasBroadcastOrMulticast = group || linkGroup,
        };
        IpProtocol next = header.NextHeader;
        packet.TruncateTotal(Ipv6Packet.HeaderLength + header.PayloadLength);
        packet.TrimStart(Ipv6Packet.HeaderLength);
        WalkIpv6(now, networkInterface, ip, next, packet);
    }

    private void WalkIpv6(Instant now, NetworkInterface networkInterface, IpPacketInfo ip, IpProtocol next, PacketBuffer packet)
    {
        bool reassembled = false;
        while (true)
        {
            var walker = new Ipv6ExtensionWalker(next, packet.Data);
            switch (walker.Walk())
            {
                case ExtensionWalk.Transport:
                    ip = ip with { Protocol = walker.Next };
                    if (walker.Next == IpProtocol.Ipv6NoNext)
                    {
                        packet.Release(); // RFC 8200 section 4.7: nothing is there, and nothing is wrong
                        return;
                    }

                    packet.TrimStart(walker.Offset);
                    Deliver(now, networkInterface, ip, packet, reassembled);
                    return;
                case ExtensionWalk.Fragment when !reassembled:
                    Ipv6FragmentRepr fragment = walker.Fragment;
                    packet.TrimStart(walker.Offset + Ipv6FragmentRepr.Length);
                    // An atomic fragment is a whole packet (RFC 6946).
                    if (fragment is not { Offset: 0, MoreFragments: false })
                    {
                        PacketBuffer? whole = Reassembler.Add(now, ip with { Protocol = fragment.NextHeader }, fragment.Identification, fragment.Offset, fragment.MoreFragments, packet,
                            out next, out byte trafficClass);
                        if (whole is null) return;
                        packet = whole;
                        ip = ip with { TrafficClass = trafficClass };
                    }
                    else
                    {
                        next = fragment.NextHeader;
                    }

                    reassembled = true;
                    continue;
                case ExtensionWalk.TooMany:
                    Drop(ref Counters.Ipv6ExtensionTooMany, networkInterface, packet);
                    return;
                case ExtensionWalk.DiscardSilently:
                    Drop(ref Counters.Ipv6OptionDiscards, networkInterface, packet);
                    return;
                case ExtensionWalk.DiscardAndReport:
                    Counters.Ipv6OptionDiscards++;
                    // Code 2: unrecognised IPv6 option; the pointer counts from the IPv6 header (RFC 4443 section 3.4).
                    SendIcmpError(now, ip with { Protocol = next }, packet, (byte)Icmpv6Type.ParameterProblem, 2, (uint)(Ipv6Packet.HeaderLength + walker.Offset));
                    packet.Release();
                    return;
                default:
                    Drop(ref Counters.Ipv6ExtensionErrors, networkInterface, packet);
                    return;
            }
        }
    }

    private void Deliver(Instant now, NetworkInterface networkInterface, in IpPacketInfo ip, PacketBuffer packet, bool wasFragmented)
    {
        bool taken = _rawReceivers.Count != 0 && GiveToRawReceivers(now, ip, packet);
        for (int i = 0; i < _transportCount; i++)
        {
            if (_protocols[i] != ip.Protocol) continue;
            _transports[i]!.Receive(now, ip, packet);
            return;
        }

        switch (ip.Protocol)
        {
            case IpProtocol.Icmp when ip.Source.IsV4:
                ReceiveIcmpv4(now, networkInterface, ip, packet);
                return;
            case IpProtocol.Icmpv6 when ip.Source.IsV6:
                ReceiveIcmpv6(now, networkInterface, ip, packet, wasFragmented);
                return;
            case IpProtocol.Igmp when ip.Source.IsV4:
                ReceiveIgmp(now, networkInterface, packet);
                return;
        }

        if (taken)
        {
            packet.Release();
            return;
        }

        Counters.UnknownProtocol++;
        networkInterface.Dropped++;
        if (ip.Source.IsV4)
            SendIcmpError(now, ip, packet, (byte)Icmpv4Type.DestinationUnreachable, 2, 0);
        else
            SendIcmpError(now, ip, packet, (byte)Icmpv6Type.ParameterProblem, 1, 6); // unrecognised next header, at octet 6 without extension headers
        packet.Release();
    }

    private bool GiveToRawReceivers(Instant now, in IpPacketInfo ip, PacketBuffer packet)
    {
        bool taken = false;
        foreach (IRawReceiver receiver in _rawReceivers)
        {
            if (receiver.Protocol != ip.Protocol || receiver.IsV4 != ip.Source.IsV4) continue;
            receiver.Receive(now, ip, Share(packet));
            taken = true;
        }

        return taken;
    }

    /// <summary>A second packet over the same bytes: slices of every part.</summary>
    public PacketBuffer Share(PacketBuffer packet)
    {
        PacketBuffer? first = null, last = null;
        for (PacketBuffer? part = packet; part is not null; part = part.Next)
        {
            PacketBuffer slice = Pool.RentSlice(part, 0, part.Length);
            if (last is null)
                first = slice;
            else
                last.Next = slice;
            last = slice;
        }

        first!.Checksum = packet.Checksum == ChecksumState.Verified ? ChecksumState.Verified : ChecksumState.None;
        first.InterfaceIndex = packet.InterfaceIndex;
        first.IpHeaderLength = packet.IpHeaderLength;
        return first;
    }

    // DHCP messages are for the client of this interface whatever address they bear (RFC 2131 section 4.1).
    private bool TryGiveToDhcp(Instant now, IDhcpReceiver receiver, Ipv4Packet header, PacketBuffer packet)
    {
        ReadOnlySpan<byte> payload = header.Payload;
        if (!UdpPacket.TryParse(payload, header.TotalLength - header.HeaderLength, out UdpPacket udp) || udp.DestinationPort != DhcpMessage.ClientPort || udp.SourcePort != DhcpMessage.ServerPort)
            return false;
        // The message must be in one part: no DHCP message is larger than a frame.
        if (udp.Length > payload.Length) return false;
        if (udp.Checksum != 0 && packet.Checksum != ChecksumState.Verified &&
            !InternetChecksum.IsValid(InternetChecksum.Add(payload[..udp.Length], InternetChecksum.PseudoHeader(header.Source, header.Destination, IpProtocol.Udp, udp.Length))))
            return false;
        receiver.Receive(now, header.Source, udp.Payload);
        packet.Release();
        return true;
    }

    /// <summary>Is this one of our addresses, on any interface (the weak host model of RFC 1122 section 3.3.4.2, as Linux)?</summary>
    private bool IsOwnAddress(NetworkInterface receivedOn, IpAddress address)
    {
        if (receivedOn.FindAddress(address) is not null) return true;
        // A link-local address belongs to one link only; all of 127/8 is ours on the loopback.
        if (address.IsV6 && address.IsLinkLocal) return false;
        if (address.IsV4 && address.IsLoopback) return true;
        foreach (NetworkInterface networkInterface in _interfaces)
        {
            if (networkInterface != receivedOn && networkInterface.FindAddress(address) is not null) return true;
        }

        return false;
    }

    /// <summary>Is this one of our addresses, on any interface?</summary>
    public bool IsOwnAddress(IpAddress address) => FindOwner(address) is not null;

    /// <summary>The interface that has an address; null: none.</summary>
    public NetworkInterface? FindOwner(IpAddress address)
    {
        foreach (NetworkInterface networkInterface in _interfaces)
        {
            if (networkInterface.FindAddress(address) is not null) return networkInterface;
            if (networkInterface.IsLoopback && address.IsV4 && address.IsLoopback) return networkInterface;
        }

        return null;
    }

    private static bool IsGroupOrBroadcast(NetworkInterface networkInterface, IpAddress destination)
    {
        if (destination.IsMulticast) return networkInterface.IsMember(destination);
        return destination.IsBroadcast || IsDirectedBroadcast(networkInterface, destination);
    }

    private static bool IsDirectedBroadcast(NetworkInterface networkInterface, IpAddress destination)
    {
        foreach (InterfaceAddress address in CollectionsMarshal.AsSpan(networkInterface.MutableAddresses))
        {
            if (address.Cidr.Broadcast == destination) return true;
        }

        return false;
    }

    private static void Drop(ref long counter, NetworkInterface networkInterface, PacketBuffer packet)
    {
        counter++;
        networkInterface.Dropped++;
        packet.Release();
    }
}
