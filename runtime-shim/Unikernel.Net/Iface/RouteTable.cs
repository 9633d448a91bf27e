using System.Runtime.InteropServices;

namespace Unikernel.Net.Iface;

/// <summary>One route. <paramref name="Gateway"/> null: the destination is on the link.</summary>
public sealed record RouteEntry(IpCidr Destination, IpAddress? Gateway, int InterfaceIndex, AddressOrigin Origin)
{
    public int Metric { get; init; }
    public Instant ValidUntil { get; set; } = Instant.Never;

    public override string ToString() => $"{Destination} {(Gateway is { } g ? $"via {g} " : "")}dev {InterfaceIndex} ({Origin})";
}

/// <summary>The routes: the longest prefix wins, then the lowest metric. Few entries, so a list.</summary>
public sealed class RouteTable
{
    /// <summary>A lying router or server can make us hold so many, not more.</summary>
    public const int Limit = 64;

    private readonly List<RouteEntry> _routes = [];

    public IReadOnlyList<RouteEntry> Routes => _routes;

    internal bool Add(RouteEntry route)
    {
        for (int i = 0; i < _routes.Count; i++)
        {
            RouteEntry other = _routes[i];
            if (other.Destination.Network == route.Destination.Network && other.Destination.PrefixLength == route.Destination.PrefixLength &&
                other.Destination.Address.IsV4 == route.Destination.Address.IsV4 &&
                other.Gateway == route.Gateway && other.InterfaceIndex == route.InterfaceIndex)
            {
                _routes[i] = route;
                return true;
            }
        }

        if (_routes.Count >= Limit) return false;
        _routes.Add(route);
        return true;
    }

    internal int RemoveAll(Predicate<RouteEntry> match) => _routes.RemoveAll(match);

    public RouteEntry? Find(IpAddress destination, int interfaceIndex, Instant now)
    {
        RouteEntry? best = null;
        foreach (RouteEntry route in CollectionsMarshal.AsSpan(_routes))
        {
            if ((interfaceIndex != 0 && route.InterfaceIndex != interfaceIndex) || route.ValidUntil <= now || !route.Destination.Contains(destination)) continue;
            if (best is null || route.Destination.PrefixLength > best.Destination.PrefixLength ||
                (route.Destination.PrefixLength == best.Destination.PrefixLength && route.Metric < best.Metric))
                best = route;
        }

        return best;
    }
}
