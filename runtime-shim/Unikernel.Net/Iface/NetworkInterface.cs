using System.Runtime.InteropServices;
using Unikernel.Net.Phy;

namespace Unikernel.Net.Iface;

/// <summary>A device with its addresses, neighbours and groups. Under the stack's lock; changed by the stack only.</summary>
public sealed class NetworkInterface
{
    /// <summary>Addresses per interface: bounds what router advertisements can make us hold.</summary>
    public const int AddressLimit = 16;

    /// <summary>Multicast groups per interface (Linux: igmp_max_memberships 20 per socket).</summary>
    public const int GroupLimit = 64;

    private readonly List<InterfaceAddress> _addresses = [];
    private readonly List<GroupMembership> _groups = [];

    internal NetworkInterface(int index, INetDevice device, IpCounters counters)
    {
        Index = index;
        Device = device;
        HardwareAddress = device.HardwareAddress;
        IsLoopback = device.Capabilities.Medium == Medium.Ip;
        Neighbors = new NeighborCache(counters);
        Mtu = device.Capabilities.Mtu;
        LinkGeneration = device.LinkGeneration;
        IsUp = device.IsLinkUp;
    }

    /// <summary>From 1; what .NET calls the interface index and IPv6 the scope id.</summary>
    public int Index { get; }
    public string Name => Device.Name;
    public INetDevice Device { get; }
    public MacAddress HardwareAddress { get; }
    public NeighborCache Neighbors { get; }
    public IReadOnlyList<InterfaceAddress> Addresses => _addresses;
    public IReadOnlyList<GroupMembership> Groups => _groups;
    public bool IsLoopback { get; }
    public bool IsUp { get; internal set; }

    /// <summary>The largest IP packet; at most the device's. DHCP and router advertisements may lower it.</summary>
    public int Mtu { get; internal set; }

    /// <summary>The hop limit that the router advertised, or 64.</summary>
    public byte HopLimit { get; internal set; } = 64;

    /// <summary>Learned from DHCP or router advertisements.</summary>
    public List<IpAddress> DnsServers { get; } = [];

    /// <summary>Domains to complete short names with.</summary>
    public List<string> SearchDomains { get; } = [];

    public long ReceivedPackets { get; internal set; }
    public long ReceivedBytes { get; internal set; }
    public long SentPackets { get; internal set; }
    public long SentBytes { get; internal set; }
    public long Dropped { get; internal set; }

    internal int LinkGeneration;
    internal bool NeedsFlush;
    internal IDhcpReceiver? DhcpReceiver;
    internal IRouterAdvertisementReceiver? RouterAdvertisementReceiver;

    /// <summary>When to report all groups again: in answer to a query, or the second time after a join.</summary>
    internal Instant GroupReportDue = Instant.Never;

    // For the stack's own loops: enumerating a list through its interface would allocate.
    internal List<InterfaceAddress> MutableAddresses => _addresses;
    internal List<GroupMembership> MutableGroups => _groups;

    public InterfaceAddress? FindAddress(IpAddress address)
    {
        foreach (InterfaceAddress entry in CollectionsMarshal.AsSpan(_addresses))
        {
            if (entry.Address == address && entry.IsUsable) return entry;
        }

        return null;
    }

    public bool IsMember(IpAddress group)
    {
        if (group == new IpAddress(0xff02_0000_0000_0000, 1) || group == new IpAddress(224, 0, 0, 1) || group == new IpAddress(0xff01_0000_0000_0000, 1)) return true;
        foreach (GroupMembership membership in _groups)
        {
            if (membership.Group == group) return true;
        }

        return false;
    }

    /// <summary>The address that speaks for this interface on the link: IPv6 link-local, for neighbour discovery.</summary>
    public InterfaceAddress? LinkLocal
    {
        get
        {
            foreach (InterfaceAddress entry in CollectionsMarshal.AsSpan(_addresses))
            {
                if (entry.Address.IsV6 && entry.Address.IsLinkLocal && entry.IsUsable) return entry;
            }

            return null;
        }
    }

    public bool HasUsable(bool v4)
    {
        foreach (InterfaceAddress entry in CollectionsMarshal.AsSpan(_addresses))
        {
            if (entry.IsUsable && entry.Address.IsV4 == v4 && (v4 || !entry.Address.IsLinkLocal)) return true;
        }

        return false;
    }
}

/// <summary>A multicast group that this interface listens to, and how many asked for it.</summary>
public sealed class GroupMembership(IpAddress group)
{
    public IpAddress Group { get; } = group;
    public int Holders { get; internal set; } = 1;
}
