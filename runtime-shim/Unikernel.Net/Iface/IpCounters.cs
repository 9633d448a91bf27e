namespace Unikernel.Net.Iface;

/// <summary>What the IP layer and below counted: each drop has its name here.</summary>
public sealed class IpCounters : ICounterGroup
{
    public long FramesReceived, FramesSent, BytesReceived, BytesSent;
    public long FrameTooShort, FrameNotForUs, FrameUnknownType, FrameTooBig;
    public long LinkDownDrops, DeviceFullDrops, NoBufferDrops;
    public long ArpReceived, ArpSent, ArpMalformed, ArpIgnored, ArpConflicts;
    public long NeighborsCreated, NeighborsEvicted, NeighborsFailed, NeighborQueueDrops, NeighborSpoofIgnored;
    public long Ipv4Received, Ipv4HeaderErrors, Ipv4ChecksumErrors, Ipv4BadAddress, Ipv4NotForUs, Ipv4SourceRouted;
    public long Ipv6Received, Ipv6HeaderErrors, Ipv6BadAddress, Ipv6NotForUs, Ipv6ExtensionErrors, Ipv6ExtensionTooMany, Ipv6OptionDiscards;
    public long UnknownProtocol, NoRoute, NoSourceAddress, TooBig, IpSent;
    public long FragmentsReceived, FragmentsSent, FragmentsMade, ReassembledPackets, ReassemblyTimeouts, ReassemblyOverlaps, ReassemblyLimitDrops, ReassemblyBadFragment, ReassemblyDuplicates;
    public long IcmpReceived, IcmpSent, IcmpMalformed, IcmpChecksumErrors, IcmpIgnored, IcmpRateLimited, IcmpEchoReplies, IcmpErrorsReceived, IcmpErrorsUnmatched, PathMtuUpdates, PathMtuIgnored;
    public long NdpReceived, NdpMalformed, NdpIgnored, NdpBadHopLimit, DuplicateAddresses, RouterAdvertisements, RouterAdvertisementsIgnored;
    public long GroupReports, GroupQueries, GroupMalformed, GroupLimit;

    public void Visit(ICounterVisitor visitor)
    {
        visitor.Visit("link", nameof(FramesReceived), FramesReceived);
        visitor.Visit("link", nameof(FramesSent), FramesSent);
        visitor.Visit("link", nameof(BytesReceived), BytesReceived);
        visitor.Visit("link", nameof(BytesSent), BytesSent);
        visitor.Visit("link", nameof(FrameTooShort), FrameTooShort);
        visitor.Visit("link", nameof(FrameNotForUs), FrameNotForUs);
        visitor.Visit("link", nameof(FrameUnknownType), FrameUnknownType);
        visitor.Visit("link", nameof(FrameTooBig), FrameTooBig);
        visitor.Visit("link", nameof(LinkDownDrops), LinkDownDrops);
        visitor.Visit("link", nameof(DeviceFullDrops), DeviceFullDrops);
        visitor.Visit("link", nameof(NoBufferDrops), NoBufferDrops);
        visitor.Visit("arp", nameof(ArpReceived), ArpReceived);
        visitor.Visit("arp", nameof(ArpSent), ArpSent);
        visitor.Visit("arp", nameof(ArpMalformed), ArpMalformed);
        visitor.Visit("arp", nameof(ArpIgnored), ArpIgnored);
        visitor.Visit("arp", nameof(ArpConflicts), ArpConflicts);
        visitor.Visit("neighbor", nameof(NeighborsCreated), NeighborsCreated);
        visitor.Visit("neighbor", nameof(NeighborsEvicted), NeighborsEvicted);
        visitor.Visit("neighbor", nameof(NeighborsFailed), NeighborsFailed);
        visitor.Visit("neighbor", nameof(NeighborQueueDrops), NeighborQueueDrops);
        visitor.Visit("neighbor", nameof(NeighborSpoofIgnored), NeighborSpoofIgnored);
        visitor.Visit("ipv4", nameof(Ipv4Received), Ipv4Received);
        visitor.Visit("ipv4", nameof(Ipv4HeaderErrors), Ipv4HeaderErrors);
        visitor.Visit("ipv4", nameof(Ipv4ChecksumErrors), Ipv4ChecksumErrors);
        visitor.Visit("ipv4", nameof(Ipv4BadAddress), Ipv4BadAddress);
        visitor.Visit("ipv4", nameof(Ipv4NotForUs), Ipv4NotForUs);
        visitor.Visit("ipv4", nameof(Ipv4SourceRouted), Ipv4SourceRouted);
        visitor.Visit("ipv6", nameof(Ipv6Received), Ipv6Received);
        visitor.Visit("ipv6", nameof(Ipv6HeaderErrors), Ipv6HeaderErrors);
        visitor.Visit("ipv6", nameof(Ipv6BadAddress), Ipv6BadAddress);
        visitor.Visit("ipv6", nameof(Ipv6NotForUs), Ipv6NotForUs);
        visitor.Visit("ipv6", nameof(Ipv6ExtensionErrors), Ipv6ExtensionErrors);
        visitor.Visit("ipv6", nameof(Ipv6ExtensionTooMany), Ipv6ExtensionTooMany);
        visitor.Visit("ipv6", nameof(Ipv6OptionDiscards), Ipv6OptionDiscards);
        visitor.Visit("ip", nameof(UnknownProtocol), UnknownProtocol);
        visitor.Visit("ip", nameof(NoRoute), NoRoute);
        visitor.Visit("ip", nameof(NoSourceAddress), NoSourceAddress);
        visitor.Visit("ip", nameof(TooBig), TooBig);
        visitor.Visit("ip", nameof(IpSent), IpSent);
        visitor.Visit("fragment", nameof(FragmentsReceived), FragmentsReceived);
        visitor.Visit("fragment", nameof(FragmentsSent), FragmentsSent);
        visitor.Visit("fragment", nameof(FragmentsMade), FragmentsMade);
        visitor.Visit("fragment", nameof(ReassembledPackets), ReassembledPackets);
        visitor.Visit("fragment", nameof(ReassemblyTimeouts), ReassemblyTimeouts);
        visitor.Visit("fragment", nameof(ReassemblyOverlaps), ReassemblyOverlaps);
        visitor.Visit("fragment", nameof(ReassemblyLimitDrops), ReassemblyLimitDrops);
        visitor.Visit("fragment", nameof(ReassemblyBadFragment), ReassemblyBadFragment);
        visitor.Visit("fragment", nameof(ReassemblyDuplicates), ReassemblyDuplicates);
        visitor.Visit("icmp", nameof(IcmpReceived), IcmpReceived);
        visitor.Visit("icmp", nameof(IcmpSent), IcmpSent);
        visitor.Visit("icmp", nameof(IcmpMalformed), IcmpMalformed);
        visitor.Visit("icmp", nameof(IcmpChecksumErrors), IcmpChecksumErrors);
        visitor.Visit("icmp", nameof(IcmpIgnored), IcmpIgnored);
        visitor.Visit("icmp", nameof(IcmpRateLimited), IcmpRateLimited);
        visitor.Visit("icmp", nameof(IcmpEchoReplies), IcmpEchoReplies);
        visitor.Visit("icmp", nameof(IcmpErrorsReceived), IcmpErrorsReceived);
        visitor.Visit("icmp", nameof(IcmpErrorsUnmatched), IcmpErrorsUnmatched);
        visitor.Visit("icmp", nameof(PathMtuUpdates), PathMtuUpdates);
        visitor.Visit("icmp", nameof(PathMtuIgnored), PathMtuIgnored);
        visitor.Visit("ndp", nameof(NdpReceived), NdpReceived);
        visitor.Visit("ndp", nameof(NdpMalformed), NdpMalformed);
        visitor.Visit("ndp", nameof(NdpIgnored), NdpIgnored);
        visitor.Visit("ndp", nameof(NdpBadHopLimit), NdpBadHopLimit);
        visitor.Visit("ndp", nameof(DuplicateAddresses), DuplicateAddresses);
        visitor.Visit("ndp", nameof(RouterAdvertisements), RouterAdvertisements);
        visitor.Visit("ndp", nameof(RouterAdvertisementsIgnored), RouterAdvertisementsIgnored);
        visitor.Visit("group", nameof(GroupReports), GroupReports);
        visitor.Visit("group", nameof(GroupQueries), GroupQueries);
        visitor.Visit("group", nameof(GroupMalformed), GroupMalformed);
        visitor.Visit("group", nameof(GroupLimit), GroupLimit);
    }
}
