using Unikernel.Net.Wire;

namespace Unikernel.Net.Iface;

/// <summary>Addresses come, are checked for duplicates, are defended, and go.</summary>
public sealed partial class NetworkStack
{
    /// <summary>RFC 5227 section 1.1 and RFC 4862 section 5.1, shortened: one second between steps.</summary>
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan DefendInterval = TimeSpan.FromSeconds(10);

    /// <summary>Adds or renews an address and the route to its network. Null: the interface has as many as it may.</summary>
    public InterfaceAddress? AddAddress(NetworkInterface networkInterface, IpCidr cidr, AddressOrigin origin, Instant now, Instant? validUntil = null, Instant? preferredUntil = null)
    {
        InterfaceAddress? entry = FindAny(networkInterface, cidr.Address);
        bool isNew = entry is null || entry.Cidr != cidr;
        if (isNew)
        {
            if (entry is not null) RemoveAddress(networkInterface, entry);
            if (networkInterface.Addresses.Count >= NetworkInterface.AddressLimit) return null;
            entry = new InterfaceAddress(cidr, origin);
            networkInterface.MutableAddresses.Add(entry);
            if (cidr.PrefixLength < (cidr.Address.IsV4 ? 32 : 128))
                Routes.Add(new RouteEntry(new IpCidr(cidr.Network, cidr.PrefixLength), null, networkInterface.Index, origin));
            if (cidr.Address.IsV6 && !networkInterface.IsLoopback) JoinGroup(networkInterface, cidr.Address.SolicitedNode, now);
            StartDetection(networkInterface, entry, now);
            _generation++;
            Tell(StackChange.AddressAdded);
        }

        entry!.ValidUntil = validUntil ?? Instant.Never;
        entry.PreferredUntil = preferredUntil ?? Instant.Never;
        if (entry.State == AddressState.Deprecated && entry.PreferredUntil > now) entry.State = AddressState.Preferred;
        _addressDeadline = Instant.Min(_addressDeadline, Instant.Min(entry.ValidUntil, entry.PreferredUntil));
        return entry;
    }

    public void RemoveAddress(NetworkInterface networkInterface, InterfaceAddress entry)
    {
        if (!networkInterface.MutableAddresses.Remove(entry)) return;
        if (entry.Address.IsV6 && !networkInterface.IsLoopback) LeaveGroup(networkInterface, entry.Address.SolicitedNode, Now);
        IpAddress network = entry.Cidr.Network;
        bool shared = false;
        foreach (InterfaceAddress other in networkInterface.MutableAddresses) shared |= other.Cidr.PrefixLength == entry.Cidr.PrefixLength && other.Cidr.Network == network;
        if (!shared)
        {
            Routes.RemoveAll(route => route.Gateway is null && route.InterfaceIndex == networkInterface.Index &&
                route.Destination.Address == network && route.Destination.PrefixLength == entry.Cidr.PrefixLength);
        }

        _generation++;
        Tell(StackChange.AddressRemoved);
    }

    /// <summary>Adds a route; false: the table is full.</summary>
    public bool AddRoute(RouteEntry route)
    {
        _generation++;
        return Routes.Add(route);
    }

    /// <summary>Removes the routes that an origin gave an interface.</summary>
    public void RemoveRoutes(NetworkInterface networkInterface, AddressOrigin origin, bool gatewaysOnly)
    {
        Routes.RemoveAll(route => route.InterfaceIndex == networkInterface.Index && route.Origin == origin && (!gatewaysOnly || route.Gateway is not null));
        _generation++;
    }

    private void StartDetection(NetworkInterface networkInterface, InterfaceAddress entry, Instant now)
    {
        if (networkInterface.IsLoopback)
        {
            entry.State = AddressState.Preferred;
            return;
        }

        if (entry.State == AddressState.Duplicate) return;
        entry.State = AddressState.Optimistic;
        entry.ProbesLeft = entry.Address.IsV4 ? 2 : 1;
        entry.NextStep = now;
        _addressDeadline = Instant.Min(_addressDeadline, now);
    }

    private void PollAddresses(Instant now)
    {
        _addressDeadline = Instant.Never;
        foreach (NetworkInterface networkInterface in _interfaces)
        {
            for (int i = networkInterface.Addresses.Count - 1; i >= 0; i--)
            {
                InterfaceAddress entry = networkInterface.Addresses[i];
                if (entry.ValidUntil <= now)
                {
                    Log($"{networkInterface.Name}: {entry.Cidr} expired");
                    RemoveAddress(networkInterface, entry);
                    continue;
                }

                if (entry.State == AddressState.Preferred && entry.PreferredUntil <= now)
                {
                    entry.State = AddressState.Deprecated;
                    _generation++;
                }

                if (entry.State == AddressState.Optimistic && entry.NextStep <= now) DetectionStep(networkInterface, entry, now);
                if (entry.State == AddressState.Optimistic) _addressDeadline = Instant.Min(_addressDeadline, entry.NextStep);
                _addressDeadline = Instant.Min(_addressDeadline, entry.ValidUntil);
                if (entry.State == AddressState.Preferred) _addressDeadline = Instant.Min(_addressDeadline, entry.PreferredUntil);
            }
        }
    }

    private void DetectionStep(NetworkInterface networkInterface, InterfaceAddress entry, Instant now)
    {
        entry.NextStep = now + ProbeInterval;
        if (entry.ProbesLeft-- > 0)
        {
            if (entry.Address.IsV4)
                SendArp(networkInterface, MacAddress.Broadcast, ArpRepr.Probe(networkInterface.HardwareAddress, entry.Address));
            else
                SendNdp(networkInterface, IpAddress.Any6, entry.Address.SolicitedNode, null, new NdpNeighborRepr(false, entry.Address, null));
            return;
        }

        entry.State = AddressState.Preferred;
        if (entry.Address.IsV4) SendArp(networkInterface, MacAddress.Broadcast, ArpRepr.Announcement(networkInterface.HardwareAddress, entry.Address));
    }

    private void AddressConflict(Instant now, NetworkInterface networkInterface, InterfaceAddress entry, MacAddress other)
    {
        if (entry.Address.IsV4) Counters.ArpConflicts++;
        if (entry.State == AddressState.Duplicate) return;
        if (entry.State == AddressState.Optimistic)
        {
            entry.State = AddressState.Duplicate;
            Counters.DuplicateAddresses++;
            _generation++;
            Log($"{networkInterface.Name}: {entry.Address} is already in use on this link{(other.IsUnicast ? $" by {other}" : "")}; not used here");
            foreach (IStackService service in _services) service.AddressLost(networkInterface, entry, now);
            return;
        }

        // RFC 5227 section 2.4 (c): ours since longer; say so, at most once in ten seconds, and keep it.
        if (entry.LastDefence + DefendInterval > now) return;
        entry.LastDefence = now;
        Log($"{networkInterface.Name}: another host{(other.IsUnicast ? $" ({other})" : "")} claims our address {entry.Address}; defending it");
        if (entry.Address.IsV4)
            SendArp(networkInterface, MacAddress.Broadcast, ArpRepr.Announcement(networkInterface.HardwareAddress, entry.Address));
        else
            SendNdp(networkInterface, entry.Address, new IpAddress(0xff02_0000_0000_0000, 1), null, new NdpNeighborRepr(true, entry.Address, networkInterface.HardwareAddress) { Override = true });
    }
}
