using Unikernel.Net.Wire;

namespace Unikernel.Net.Iface;

/// <summary>Multicast groups: IGMPv2 (RFC 2236) and MLDv2 (RFC 3810) as a host that listens to any source.</summary>
public sealed partial class NetworkStack
{
    /// <summary>Unsolicited reports are sent twice, so far apart (RFC 3810 section 9.11).</summary>
    private static readonly TimeSpan UnsolicitedReportInterval = TimeSpan.FromSeconds(1);

    /// <summary>Joins a group on an interface; counted, so that each socket joins and leaves for itself. False: too many groups.</summary>
    public bool JoinGroup(NetworkInterface networkInterface, IpAddress group, Instant now)
    {
        foreach (GroupMembership membership in networkInterface.MutableGroups)
        {
            if (membership.Group != group) continue;
            membership.Holders++;
            return true;
        }

        if (networkInterface.Groups.Count >= NetworkInterface.GroupLimit)
        {
            Counters.GroupLimit++;
            return false;
        }

        networkInterface.MutableGroups.Add(new GroupMembership(group));
        if (networkInterface.IsLoopback) return true;
        ReportGroup(networkInterface, group, isJoin: true);
        networkInterface.GroupReportDue = Instant.Min(networkInterface.GroupReportDue, now + UnsolicitedReportInterval);
        return true;
    }

    /// <summary>Leaves once; the last one to leave says so on the link. False: not a member.</summary>
    public bool LeaveGroup(NetworkInterface networkInterface, IpAddress group, Instant now)
    {
        for (int i = 0; i < networkInterface.Groups.Count; i++)
        {
            GroupMembership membership = networkInterface.Groups[i];
            if (membership.Group != group) continue;
            if (--membership.Holders > 0) return true;
            networkInterface.MutableGroups.RemoveAt(i);
            if (!networkInterface.IsLoopback) ReportGroup(networkInterface, group, isJoin: false);
            return true;
        }

        return false;
    }

    private void ReportGroups(Instant now, NetworkInterface networkInterface)
    {
        networkInterface.GroupReportDue = Instant.Never;
        foreach (GroupMembership membership in networkInterface.MutableGroups) ReportGroup(networkInterface, membership.Group, isJoin: true);
    }

    private void ScheduleGroupReport(Instant now, NetworkInterface networkInterface, uint maximumMilliseconds)
    {
        uint delay = NextRandom() % Math.Clamp(maximumMilliseconds, 1, 10_000);
        networkInterface.GroupReportDue = Instant.Min(networkInterface.GroupReportDue, now + TimeSpan.FromMilliseconds(delay));
    }

    private void ReportGroup(NetworkInterface networkInterface, IpAddress group, bool isJoin)
    {
        if (!networkInterface.IsUp) return;
        if (Pool.Rent() is not { } packet)
        {
            Counters.NoBufferDrops++;
            return;
        }

        Counters.GroupReports++;
        if (group.IsV6)
        {
            new MldReportRepr(isJoin, group).Emit(packet.Append(MldReportRepr.Length));
            // From the unspecified address while there is no link-local one (RFC 3810 section 5.2.13); to all MLDv2 routers.
            SendLinkIcmpv6(networkInterface, networkInterface.LinkLocal?.Address ?? default, new IpAddress(0xff02_0000_0000_0000, 0x16), null, packet, hopLimit: 1);
            return;
        }

        IpAddress destination = isJoin ? group : new IpAddress(224, 0, 0, 2);
        new IgmpRepr(isJoin ? IgmpType.Version2Report : IgmpType.LeaveGroup, 0, group).Emit(packet.Append(IgmpRepr.Length));
        IpAddress source = SelectSource(networkInterface, group, group);
        // RFC 2236 section 2: with the router alert option; 24 bytes of header.
        Span<byte> header = packet.Prepend(24);
        new Ipv4Repr(source.IsV4 ? source : IpAddress.Any4, destination, IpProtocol.Igmp, IgmpRepr.Length + 4) { HopLimit = 1 }.Emit(header);
        header[0] = 0x46;
        ReadOnlySpan<byte> routerAlert = [0x94, 4, 0, 0];
        routerAlert.CopyTo(header[20..]);
        header[10..12].Clear();
        InternetChecksum.Write(header[10..12], InternetChecksum.Add(header));
        TransmitFrame(networkInterface, MacAddress.ForMulticast(destination), packet);
    }

    private void ReceiveIgmp(Instant now, NetworkInterface networkInterface, PacketBuffer packet)
    {
        if (!IgmpRepr.TryParse(packet.Data, out IgmpRepr igmp))
        {
            Drop(ref Counters.GroupMalformed, networkInterface, packet);
            return;
        }

        if (igmp.Type == IgmpType.MembershipQuery)
        {
            Counters.GroupQueries++;
            // Tenths of a second; 0 is version 1's ten seconds.
            ScheduleGroupReport(now, networkInterface, igmp.MaximumResponse == 0 ? 10_000u : igmp.MaximumResponse * 100u);
        }

        packet.Release();
    }
}
