using Unikernel.Net.Wire;

namespace Unikernel.Net.Iface;

/// <summary>ICMP of both versions: echo, errors that we send (limited in rate), errors that we receive.</summary>
public sealed partial class NetworkStack
{
    /// <summary>Errors per second, and in one burst (RFC 1812 section 4.3.2.8, RFC 4443 section 2.4 (f)).</summary>
    public const int IcmpErrorRate = 100, IcmpErrorBurst = 50;

    /// <summary>Our error messages are no larger (RFC 1812 section 4.3.2.3, RFC 4443 section 2.4 (c)).</summary>
    private const int MaximumError4 = 576, MaximumError6 = 1280;

    private Instant _icmpCredit = new(long.MinValue / 2);

    private void ReceiveIcmpv4(Instant now, NetworkInterface networkInterface, in IpPacketInfo ip, PacketBuffer packet)
    {
        Counters.IcmpReceived++;
        if (packet.Checksum != ChecksumState.Verified && !InternetChecksum.IsValid(InternetChecksum.Add(packet, 0, 0)))
        {
            Drop(ref Counters.IcmpChecksumErrors, networkInterface, packet);
            return;
        }

        if (!IcmpPacket.TryParse(packet.Data, out IcmpPacket icmp))
        {
            Drop(ref Counters.IcmpMalformed, networkInterface, packet);
            return;
        }

        switch ((Icmpv4Type)icmp.Type)
        {
            case Icmpv4Type.EchoRequest:
                ReplyToEcho(now, ip, packet, (byte)Icmpv4Type.EchoReply);
                return;
            case Icmpv4Type.DestinationUnreachable:
            case Icmpv4Type.TimeExceeded:
            case Icmpv4Type.ParameterProblem:
                ReceiveIcmpv4Error(now, ip, icmp);
                packet.Release();
                return;
            case Icmpv4Type.EchoReply: // for raw sockets, which have had their share
                packet.Release();
                return;
            default: // redirects too: a host on one link gains nothing from them and an attacker does
                Drop(ref Counters.IcmpIgnored, networkInterface, packet);
                return;
        }
    }

    private void ReceiveIcmpv6(Instant now, NetworkInterface networkInterface, in IpPacketInfo ip, PacketBuffer packet, bool wasFragmented)
    {
        Counters.IcmpReceived++;
        ulong pseudo = InternetChecksum.PseudoHeader(ip.Source, ip.Destination, IpProtocol.Icmpv6, packet.TotalLength);
        if (packet.Checksum != ChecksumState.Verified && !InternetChecksum.IsValid(InternetChecksum.Add(packet, 0, pseudo)))
        {
            Drop(ref Counters.IcmpChecksumErrors, networkInterface, packet);
            return;
        }

        if (!IcmpPacket.TryParse(packet.Data, out IcmpPacket icmp))
        {
            Drop(ref Counters.IcmpMalformed, networkInterface, packet);
            return;
        }

        switch ((Icmpv6Type)icmp.Type)
        {
            case Icmpv6Type.EchoRequest:
                ReplyToEcho(now, ip, packet, (byte)Icmpv6Type.EchoReply);
                return;
            case Icmpv6Type.DestinationUnreachable:
            case Icmpv6Type.PacketTooBig:
            case Icmpv6Type.TimeExceeded:
            case Icmpv6Type.ParameterProblem:
                ReceiveIcmpv6Error(now, ip, icmp);
                packet.Release();
                return;
            case Icmpv6Type.NeighborSolicitation:
            case Icmpv6Type.NeighborAdvertisement:
            case Icmpv6Type.RouterAdvertisement:
                // Hop limit 255: the sender is on this link (RFC 4861 section 6.1); fragments are refused (RFC 6980).
                if (ip.HopLimit != 255 || icmp.Code != 0 || wasFragmented)
                {
                    Drop(ref Counters.NdpBadHopLimit, networkInterface, packet);
                    return;
                }

                ReceiveNdp(now, networkInterface, ip, packet.Data, (Icmpv6Type)icmp.Type);
                packet.Release();
                return;
            case Icmpv6Type.MulticastListenerQuery:
                Counters.GroupQueries++;
                ScheduleGroupReport(now, networkInterface, icmp.Rest >> 16);
                packet.Release();
                return;
            case Icmpv6Type.EchoReply:
                packet.Release();
                return;
            default:
                Drop(ref Counters.IcmpIgnored, networkInterface, packet);
                return;
        }
    }

    // The request's buffer becomes the reply: nothing is copied.
    private void ReplyToEcho(Instant now, in IpPacketInfo ip, PacketBuffer packet, byte replyType)
    {
        // To a broadcast: no answer (RFC 1122 section 3.2.2.6 allows that; smurf attacks are why). IPv6 groups do answer (RFC 4443 section 4.2).
        if ((ip.WasBroadcastOrMulticast && ip.Source.IsV4) || !ip.Source.IsUnicast)
        {
            Counters.IcmpIgnored++;
            packet.Release();
            return;
        }

        if (IsAnyShared(packet))
        {
            PacketBuffer? copy = CopyOf(packet);
            packet.Release();
            if (copy is null) return;
            packet = copy;
        }

        Span<byte> data = packet.Data;
        data[0] = replyType;
        data[1] = 0;
        packet.SegmentSize = 0;
        packet.RequestChecksum(IcmpPacket.ChecksumOffset);
        Route route = default;
        IpAddress source = ip.Destination.IsMulticast ? default : ip.Destination;
        if (TryRoute(ip.Source, source, ip.Source.IsLinkLocal ? ip.InterfaceIndex : 0, ref route) != SendResult.Sent || packet.Headroom < 64)
        {
            packet.Release();
            return;
        }

        Counters.IcmpEchoReplies++;
        Counters.IcmpSent++;
        Send(now, ref route, packet, new IpSendOptions(ip.Source.IsV4 ? IpProtocol.Icmp : IpProtocol.Icmpv6) { TrafficClass = ip.TrafficClass });
    }

    private static bool IsAnyShared(PacketBuffer packet)
    {
        for (PacketBuffer? part = packet; part is not null; part = part.Next)
        {
            if (part.IsShared) return true;
        }

        return false;
    }

    /// <summary>A copy in buffers of its own, with headroom; null: no buffers.</summary>
    internal PacketBuffer? CopyOf(PacketBuffer packet)
    {
        int length = packet.TotalLength;
        if (Pool.RentChain(length) is not { } copy)
        {
            Counters.NoBufferDrops++;
            return null;
        }

        int copied = 0;
        for (PacketBuffer? part = copy; part is not null && copied < length; part = part.Next)
            copied += packet.CopyTo(copied, part.Append(Math.Min(part.Tailroom, length - copied)));
        return copy;
    }

    /// <summary>Port unreachable, for a transport that has no socket for a packet (<paramref name="packet"/> at its transport header, not consumed).</summary>
    public void SendPortUnreachable(Instant now, in IpPacketInfo ip, PacketBuffer packet)
    {
        if (ip.Source.IsV4)
            SendIcmpError(now, ip, packet, (byte)Icmpv4Type.DestinationUnreachable, 3, 0);
        else
            SendIcmpError(now, ip, packet, (byte)Icmpv6Type.DestinationUnreachable, 4, 0);
    }

    /// <summary>
    /// Sends an error about a received packet: never about groups, broadcasts, or packets without one sender (RFC 1122 section
    /// 3.2.2, RFC 4443 section 2.4 (e)), and not more often than the limit. Does not consume <paramref name="packet"/>.
    /// </summary>
    private void SendIcmpError(Instant now, in IpPacketInfo ip, PacketBuffer packet, byte type, byte code, uint rest)
    {
        bool v4 = ip.Source.IsV4;
        // RFC 4443's two exceptions for groups are packet too big, which is a router's, and parameter problem code 2.
        bool groupAllowed = !v4 && type == (byte)Icmpv6Type.ParameterProblem && code == 2;
        if ((ip.WasBroadcastOrMulticast && !groupAllowed) || !ip.Source.IsUnicast || ip.Protocol is IpProtocol.Icmp or IpProtocol.Icmpv6) return;
        if (!TakeIcmpCredit(now))
        {
            Counters.IcmpRateLimited++;
            return;
        }

        Route route = default;
        if (TryRoute(ip.Source, ip.Destination.IsMulticast ? default : ip.Destination, ip.Source.IsLinkLocal ? ip.InterfaceIndex : 0, ref route) != SendResult.Sent) return;
        int quotedHeader = v4 ? Ipv4Packet.MinimumHeaderLength : Ipv6Packet.HeaderLength;
        int room = v4 ? MaximumError4 - Ipv4Packet.MinimumHeaderLength : MaximumError6 - Ipv6Packet.HeaderLength;
        int payload = packet.TotalLength;
        int quoted = Math.Min(payload, room - IcmpPacket.HeaderLength - quotedHeader);
        if (Pool.Rent() is not { } error)
        {
            Counters.NoBufferDrops++;
            return;
        }

        Span<byte> data = error.Append(IcmpPacket.HeaderLength + quotedHeader + quoted);
        new IcmpRepr(type, code, rest).Emit(data);
        // The quoted header is written anew from what was received: after reassembly there is no one original.
        if (v4)
            new Ipv4Repr(ip.Source, ip.Destination, ip.Protocol, payload) { HopLimit = ip.HopLimit, TrafficClass = ip.TrafficClass }.Emit(data[IcmpPacket.HeaderLength..]);
        else
            new Ipv6Repr(ip.Source, ip.Destination, ip.Protocol, payload) { HopLimit = ip.HopLimit, TrafficClass = ip.TrafficClass }.Emit(data[IcmpPacket.HeaderLength..]);
        packet.CopyTo(0, data[(IcmpPacket.HeaderLength + quotedHeader)..]);
        error.RequestChecksum(IcmpPacket.ChecksumOffset);
        Counters.IcmpSent++;
        Send(now, ref route, error, new IpSendOptions(v4 ? IpProtocol.Icmp : IpProtocol.Icmpv6));
    }

    // A token bucket kept as one instant: the time up to which credit is used; it may run ahead of now by the burst.
    private bool TakeIcmpCredit(Instant now)
    {
        TimeSpan cost = TimeSpan.FromSeconds(1) / IcmpErrorRate;
        Instant used = Instant.Max(_icmpCredit, now - cost * IcmpErrorBurst);
        if (used > now - cost) return false;
        _icmpCredit = used + cost;
        return true;
    }

    private void ReceiveIcmpv4Error(Instant now, in IpPacketInfo ip, IcmpPacket icmp)
    {
        Counters.IcmpErrorsReceived++;
        IpErrorKind kind = ((Icmpv4Type)icmp.Type, icmp.Code) switch
        {
            (Icmpv4Type.TimeExceeded, _) => IpErrorKind.TimeExceeded,
            (Icmpv4Type.ParameterProblem, _) => IpErrorKind.ParameterProblem,
            (_, 0 or 6 or 8 or 11) => IpErrorKind.NetworkUnreachable,
            (_, 2) => IpErrorKind.ProtocolUnreachable,
            (_, 3) => IpErrorKind.PortUnreachable,
            (_, 4) => IpErrorKind.PacketTooBig,
            (_, 9 or 10 or 13) => IpErrorKind.AdministrativelyProhibited,
            _ => IpErrorKind.HostUnreachable,
        };
        // Truncated quotes are the rule: the total length field is not checked against what is here.
        ReadOnlySpan<byte> quoted = icmp.Payload;
        if (Ipv4Packet.TryParse(quoted, int.MaxValue, out Ipv4Packet original) != IpParseError.None || original.FragmentOffset != 0)
        {
            Counters.IcmpMalformed++;
            return;
        }

        int mtu = kind == IpErrorKind.PacketTooBig ? icmp.Sequence : 0;
        // Routers older than RFC 1191 leave the field 0: the next plateau below what we sent (section 7.1).
        if (kind == IpErrorKind.PacketTooBig && mtu == 0) mtu = NextPlateau(original.TotalLength);
        DispatchError(now, new IpErrorInfo
        {
            Kind = kind,
            Source = original.Source,
            Destination = original.Destination,
            Protocol = original.Protocol,
            Reporter = ip.Source,
            IcmpType = icmp.Type,
            IcmpCode = icmp.Code,
            Mtu = mtu,
        }, quoted[Math.Min(original.HeaderLength, quoted.Length)..]);
    }

    private static int NextPlateau(int length)
    {
        foreach (int plateau in (ReadOnlySpan<int>)[32000, 17914, 8166, 4352, 2002, 1492, 1006])
        {
            if (plateau < length) return plateau;
        }

        return PathMtuCache.MinimumV4;
    }

    private void ReceiveIcmpv6Error(Instant now, in IpPacketInfo ip, IcmpPacket icmp)
    {
        Counters.IcmpErrorsReceived++;
        IpErrorKind kind = ((Icmpv6Type)icmp.Type, icmp.Code) switch
        {
            (Icmpv6Type.PacketTooBig, _) => IpErrorKind.PacketTooBig,
            (Icmpv6Type.TimeExceeded, _) => IpErrorKind.TimeExceeded,
            (Icmpv6Type.ParameterProblem, 1) => IpErrorKind.ProtocolUnreachable,
            (Icmpv6Type.ParameterProblem, _) => IpErrorKind.ParameterProblem,
            (_, 0) => IpErrorKind.NetworkUnreachable,
            (_, 1 or 5 or 6) => IpErrorKind.AdministrativelyProhibited,
            (_, 4) => IpErrorKind.PortUnreachable,
            _ => IpErrorKind.HostUnreachable,
        };
        ReadOnlySpan<byte> quoted = icmp.Payload;
        if (Ipv6Packet.TryParse(quoted, int.MaxValue, out Ipv6Packet original) != IpParseError.None)
        {
            Counters.IcmpMalformed++;
            return;
        }

        var walker = new Ipv6ExtensionWalker(original.NextHeader, quoted[Ipv6Packet.HeaderLength..]);
        ExtensionWalk walk = walker.Walk();
        int transport = Ipv6Packet.HeaderLength + walker.Offset;
        IpProtocol protocol = walker.Next;
        if (walk == ExtensionWalk.Fragment && walker.Fragment.Offset == 0)
        {
            protocol = walker.Fragment.NextHeader;
            transport += Ipv6FragmentRepr.Length;
        }
        else if (walk != ExtensionWalk.Transport)
        {
            Counters.IcmpMalformed++;
            return;
        }

        DispatchError(now, new IpErrorInfo
        {
            Kind = kind,
            Source = original.Source,
            Destination = original.Destination,
            Protocol = protocol,
            Reporter = ip.Source,
            IcmpType = icmp.Type,
            IcmpCode = icmp.Code,
            Mtu = kind == IpErrorKind.PacketTooBig ? (int)Math.Min(icmp.Rest, 65535) : 0,
        }, quoted[Math.Min(transport, quoted.Length)..]);
    }

    private void DispatchError(Instant now, in IpErrorInfo error, ReadOnlySpan<byte> transportHeader)
    {
        // The quoted packet must be one that we could have sent, with enough of it to find the socket.
        if (transportHeader.Length < 8 || FindOwner(error.Source) is null)
        {
            Counters.IcmpErrorsUnmatched++;
            return;
        }

        bool matched = false;
        for (int i = 0; i < _transportCount; i++)
        {
            if (_transports[i]!.Protocol == error.Protocol) matched |= _transports[i]!.ReceiveError(now, error, transportHeader);
        }

        if (error.Protocol is IpProtocol.Icmp or IpProtocol.Icmpv6) matched = true; // raw sockets see errors as packets; echo has no state
        if (!matched)
        {
            Counters.IcmpErrorsUnmatched++;
            return;
        }

        if (error.Kind != IpErrorKind.PacketTooBig) return;
        Route route = default;
        int known = TryRoute(error.Destination, default, 0, ref route) == SendResult.Sent ? route.PathMtu : 0;
        if (PathMtus.Report(error.Destination, error.Mtu, known, now))
        {
            Counters.PathMtuUpdates++;
            _generation++;
        }
        else
        {
            Counters.PathMtuIgnored++;
        }
    }
}
