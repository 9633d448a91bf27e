using System.Globalization;
using System.Text;
using Unikernel.LibraryOS;
using Unikernel.Net.Iface;
using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Sockets.Udp;

namespace Unikernel.NetworkInformation;

/// <summary>
/// /proc/net/snmp, snmp6, sockstat and sockstat6. The stack counts most things once for both versions of IP: such counts are with version
/// 4, and zero with version 6, so that their sum is right. Under the stack's lock.
/// </summary>
internal static class StatisticsTables
{
    private const int DefaultHopLimit = 64;

    private static NetworkHost Host => NetworkHost.Instance;

    public static void Version4(StringBuilder text)
    {
        IpCounters ip = Host.Stack.Counters;
        Append(text, "Ip",
        [
            ("Forwarding", 2), ("DefaultTTL", DefaultHopLimit), ("InReceives", ip.Ipv4Received), ("InHdrErrors", ip.Ipv4HeaderErrors + ip.Ipv4ChecksumErrors),
            ("InAddrErrors", ip.Ipv4BadAddress), ("ForwDatagrams", 0), ("InUnknownProtos", ip.UnknownProtocol), ("InDiscards", ip.Ipv4NotForUs + ip.Ipv4SourceRouted),
            ("InDelivers", Math.Max(0, ip.Ipv4Received - ip.Ipv4HeaderErrors - ip.Ipv4ChecksumErrors - ip.Ipv4BadAddress - ip.Ipv4NotForUs - ip.Ipv4SourceRouted)),
            ("OutRequests", ip.IpSent), ("OutDiscards", ip.DeviceFullDrops + ip.NoBufferDrops), ("OutNoRoutes", ip.NoRoute), ("ReasmTimeout", ip.ReassemblyTimeouts),
            ("ReasmReqds", ip.FragmentsReceived), ("ReasmOKs", ip.ReassembledPackets), ("ReasmFails", ip.ReassemblyBadFragment + ip.ReassemblyLimitDrops), ("FragOKs", ip.FragmentsMade),
            ("FragFails", ip.TooBig), ("FragCreates", ip.FragmentsSent),
        ]);
        Append(text, "Icmp",
        [
            ("InMsgs", ip.IcmpReceived), ("InErrors", ip.IcmpMalformed), ("InCsumErrors", ip.IcmpChecksumErrors), ("InDestUnreachs", ip.IcmpErrorsReceived), ("InTimeExcds", 0),
            ("InParmProbs", 0), ("InSrcQuenchs", 0), ("InRedirects", 0), ("InEchos", ip.IcmpEchoReplies), ("InEchoReps", 0), ("InTimestamps", 0), ("InTimestampReps", 0), ("InAddrMasks", 0),
            ("InAddrMaskReps", 0), ("OutMsgs", ip.IcmpSent), ("OutErrors", ip.IcmpRateLimited), ("OutDestUnreachs", 0), ("OutTimeExcds", 0), ("OutParmProbs", 0), ("OutSrcQuenchs", 0),
            ("OutRedirects", 0), ("OutEchos", 0), ("OutEchoReps", ip.IcmpEchoReplies), ("OutTimestamps", 0), ("OutTimestampReps", 0), ("OutAddrMasks", 0), ("OutAddrMaskReps", 0),
        ]);
        TcpCounters tcp = Host.Tcp.Counters;
        Append(text, "Tcp",
        [
            ("RtoAlgorithm", 1), ("RtoMin", 200), ("RtoMax", 120_000), ("MaxConn", -1), ("ActiveOpens", tcp.ActiveOpens), ("PassiveOpens", tcp.PassiveOpens), ("AttemptFails", tcp.FailedConnects),
            ("EstabResets", tcp.EstablishedResets), ("CurrEstab", Host.Tcp.ConnectionCount - Host.Tcp.TimeWaitCount - Host.Tcp.HalfOpenCount), ("InSegs", tcp.SegmentsReceived),
            ("OutSegs", tcp.SegmentsSent), ("RetransSegs", tcp.SegmentsRetransmitted), ("InErrs", tcp.Malformed), ("OutRsts", tcp.ResetsSent), ("InCsumErrors", tcp.ChecksumErrors),
        ]);
        UdpCounters udp = Host.Udp.Counters;
        Append(text, "Udp",
        [
            ("InDatagrams", udp.Received), ("NoPorts", udp.NoPort), ("InErrors", udp.Malformed), ("OutDatagrams", udp.Sent), ("RcvbufErrors", udp.QueueFull), ("SndbufErrors", udp.SendErrors),
            ("InCsumErrors", udp.ChecksumErrors),
        ]);
    }

    public static void Version6(StringBuilder text)
    {
        IpCounters ip = Host.Stack.Counters;
        (string, long)[] values =
        [
            ("Ip6InReceives", ip.Ipv6Received), ("Ip6InHdrErrors", ip.Ipv6HeaderErrors + ip.Ipv6ExtensionErrors), ("Ip6InTooBigErrors", 0), ("Ip6InNoRoutes", 0), ("Ip6InAddrErrors", ip.Ipv6BadAddress),
            ("Ip6InUnknownProtos", 0), ("Ip6InTruncatedPkts", 0), ("Ip6InDiscards", ip.Ipv6NotForUs + ip.Ipv6OptionDiscards),
            ("Ip6InDelivers", Math.Max(0, ip.Ipv6Received - ip.Ipv6HeaderErrors - ip.Ipv6ExtensionErrors - ip.Ipv6BadAddress - ip.Ipv6NotForUs - ip.Ipv6OptionDiscards)),
            ("Ip6OutForwDatagrams", 0), ("Ip6OutRequests", 0), ("Ip6OutDiscards", 0), ("Ip6OutNoRoutes", 0), ("Ip6ReasmTimeout", 0), ("Ip6ReasmReqds", 0), ("Ip6ReasmOKs", 0), ("Ip6ReasmFails", 0),
            ("Ip6FragOKs", 0), ("Ip6FragFails", 0), ("Ip6FragCreates", 0), ("Icmp6InMsgs", ip.NdpReceived), ("Icmp6InErrors", ip.NdpMalformed), ("Icmp6OutMsgs", 0), ("Icmp6OutErrors", 0),
            .. Zeros("Icmp6In", ["DestUnreachs", "PktTooBigs", "TimeExcds", "ParmProblems", "Echos", "EchoReplies", "GroupMembQueries", "GroupMembResponses", "GroupMembReductions", "RouterSolicits"]),
            ("Icmp6InRouterAdvertisements", ip.RouterAdvertisements), .. Zeros("Icmp6In", ["NeighborSolicits", "NeighborAdvertisements", "Redirects", "MLDv2Reports"]),
            .. Zeros("Icmp6Out", ["DestUnreachs", "PktTooBigs", "TimeExcds", "ParmProblems", "Echos", "EchoReplies", "GroupMembQueries", "GroupMembResponses", "GroupMembReductions", "RouterSolicits",
                "RouterAdvertisements", "NeighborSolicits", "NeighborAdvertisements", "Redirects"]),
            .. Zeros("Udp6", ["InDatagrams", "NoPorts", "InErrors", "OutDatagrams", "RcvbufErrors", "SndbufErrors", "InCsumErrors"]),
        ];
        foreach ((string name, long value) in values)
            text.Append(CultureInfo.InvariantCulture, $"{name,-32}\t{value}\n");
    }

    public static void SocketsV4(StringBuilder text)
    {
        (int tcp, int udp) = Count(v4: true);
        text.Append(CultureInfo.InvariantCulture, $"sockets: used {tcp + udp}\nTCP: inuse {tcp} orphan 0 tw {Host.Tcp.TimeWaitCount} alloc {tcp} mem 0\nUDP: inuse {udp} mem 0\nUDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n");
    }

    public static void SocketsV6(StringBuilder text)
    {
        (int tcp, int udp) = Count(v4: false);
        text.Append(CultureInfo.InvariantCulture, $"TCP6: inuse {tcp}\nUDP6: inuse {udp}\nUDPLITE6: inuse 0\nRAW6: inuse 0\nFRAG6: inuse 0 memory 0\n");
    }

    private static (int Tcp, int Udp) Count(bool v4) =>
        (Host.Tcp.ListConnections().Count(c => c.LocalAddress.IsV4 == v4) + Host.Tcp.ListListeners().Count(l => l.AcceptsV6 != v4), Host.Udp.ListEndpoints().Count(e => e.IsV6 != v4));

    private static IEnumerable<(string, long)> Zeros(string prefix, string[] names) => names.Select(name => (prefix + name, 0L));

    // Two lines: the names, then the values.
    private static void Append(StringBuilder text, string group, (string Name, long Value)[] values)
    {
        text.Append(group).Append(": ").AppendJoin(' ', values.Select(v => v.Name)).Append('\n');
        text.Append(group).Append(": ").AppendJoin(' ', values.Select(v => v.Value)).Append('\n');
    }
}
