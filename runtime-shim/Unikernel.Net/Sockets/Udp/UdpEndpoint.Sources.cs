namespace Unikernel.Net.Sockets.Udp;

/// <summary>
/// Source filters of multicast groups (RFC 3678): a group is joined for some sources only, or for all but some. The filter acts where
/// datagrams are delivered; towards routers the group is joined as a whole.
/// </summary>
public sealed partial class UdpEndpoint
{
    private List<SourceFilter>? _filters;

    private sealed record SourceFilter(IpAddress Group, int InterfaceIndex, bool Includes)
    {
        public List<IpAddress> Sources { get; } = [];
    }

    /// <summary>IP_ADD_SOURCE_MEMBERSHIP: joins for one source more.</summary>
    public EndpointError AddSource(IpAddress group, int interfaceIndex, IpAddress source, Instant now)
    {
        if (!group.IsMulticast) return EndpointError.Invalid;
        if (FindGroupInterface(group, interfaceIndex) is not { } networkInterface) return EndpointError.NoSuchInterface;
        int index = networkInterface.Index;
        if (FindFilter(group, index) is not { } filter)
        {
            if (_groups.Contains((group, index))) return EndpointError.Invalid; // joined for all sources
            EndpointError error = Join(group, index, now);
            if (error != EndpointError.None) return error;
            (_filters ??= []).Add(filter = new SourceFilter(group, index, Includes: true));
        }

        if (!filter.Includes) return EndpointError.Invalid;
        if (filter.Sources.Contains(source)) return EndpointError.NotMember;
        filter.Sources.Add(source);
        return EndpointError.None;
    }

    /// <summary>IP_DROP_SOURCE_MEMBERSHIP: the last source takes the membership with it.</summary>
    public EndpointError DropSource(IpAddress group, int interfaceIndex, IpAddress source, Instant now)
    {
        if (FindGroupInterface(group, interfaceIndex) is not { } networkInterface) return EndpointError.NoSuchInterface;
        if (FindFilter(group, networkInterface.Index) is not { Includes: true } filter) return EndpointError.Invalid;
        if (!filter.Sources.Remove(source)) return EndpointError.NotMember;
        return filter.Sources.Count > 0 ? EndpointError.None : Leave(group, networkInterface.Index, now);
    }

    /// <summary>IP_BLOCK_SOURCE and IP_UNBLOCK_SOURCE: a group joined for all sources but some.</summary>
    public EndpointError BlockSource(IpAddress group, int interfaceIndex, IpAddress source, bool blocks)
    {
        if (FindGroupInterface(group, interfaceIndex) is not { } networkInterface) return EndpointError.NoSuchInterface;
        int index = networkInterface.Index;
        if (!_groups.Contains((group, index))) return EndpointError.Invalid;
        if (FindFilter(group, index) is not { } filter) (_filters ??= []).Add(filter = new SourceFilter(group, index, Includes: false));
        if (filter.Includes) return EndpointError.Invalid;
        if (filter.Sources.Contains(source) == blocks) return EndpointError.NotMember;
        if (blocks) filter.Sources.Add(source);
        else filter.Sources.Remove(source);
        return EndpointError.None;
    }

    private SourceFilter? FindFilter(IpAddress group, int interfaceIndex) => _filters?.Find(f => f.Group == group && f.InterfaceIndex == interfaceIndex);

    private bool PassesFilter(in IpPacketInfo ip)
    {
        if (_filters is null) return true;
        foreach (SourceFilter filter in _filters)
        {
            if (filter.Group == ip.Destination && filter.InterfaceIndex == ip.InterfaceIndex) return filter.Sources.Contains(ip.Source) == filter.Includes;
        }

        return true;
    }
}
