using Unikernel.Net.Wire;

namespace Unikernel.Net.Iface;

/// <summary>
/// IPv6 without a server for one interface: a link-local address, router solicitations, and what routers advertise (RFC 4861
/// section 6.3, RFC 4862, RFC 8106). Routers are believed within the limits of the tables; addresses are EUI-64, since a server
/// in a virtual machine wants a stable address more than privacy.
/// </summary>
public sealed class Autoconfiguration : IStackService, IRouterAdvertisementReceiver
{
    /// <summary>RFC 4861 section 10.</summary>
    public const int MaximumSolicitations = 3;

    private static readonly TimeSpan SolicitationInterval = TimeSpan.FromSeconds(4);

    /// <summary>RFC 4862 section 5.5.3 (e): an unauthenticated advertisement can not shorten a lifetime below this.</summary>
    private static readonly TimeSpan TwoHours = TimeSpan.FromHours(2);

    private readonly NetworkStack _stack;
    private readonly NetworkInterface _interface;
    private int _solicitations;

    public Autoconfiguration(NetworkStack stack, NetworkInterface networkInterface, Instant now)
    {
        _stack = stack;
        _interface = networkInterface;
        networkInterface.RouterAdvertisementReceiver = this;
        stack.AddService(this);
        stack.AddAddress(networkInterface, new IpCidr(new IpAddress(0xfe80_0000_0000_0000, networkInterface.HardwareAddress.InterfaceIdentifier), 64), AddressOrigin.LinkLocal, now);
        if (networkInterface.IsUp) NextDeadline = now;
    }

    public Instant NextDeadline { get; private set; } = Instant.Never;

    public void Poll(Instant now)
    {
        if (!_interface.IsUp || _solicitations >= MaximumSolicitations)
        {
            NextDeadline = Instant.Never;
            return;
        }

        _solicitations++;
        NextDeadline = now + SolicitationInterval;
        if (_stack.Pool.Rent() is not { } packet)
        {
            _stack.Counters.NoBufferDrops++;
            return;
        }

        // Without a source link-layer address option when the source is unspecified (RFC 4861 section 4.1).
        InterfaceAddress? linkLocal = _interface.LinkLocal;
        var solicitation = new NdpRouterSolicitationRepr(linkLocal is null ? null : _interface.HardwareAddress);
        solicitation.Emit(packet.Append(solicitation.BufferLength));
        _stack.SendLinkIcmpv6(_interface, linkLocal?.Address ?? default, new IpAddress(0xff02_0000_0000_0000, 2), null, packet);
    }

    public void LinkChanged(NetworkInterface networkInterface, Instant now)
    {
        if (networkInterface != _interface || !networkInterface.IsUp) return;
        _solicitations = 0;
        NextDeadline = now;
    }

    public void AddressLost(NetworkInterface networkInterface, InterfaceAddress address, Instant now) { }

    public void Receive(Instant now, IpAddress router, ReadOnlySpan<byte> message)
    {
        if (!NdpRouterAdvertisement.TryParse(message, out NdpRouterAdvertisement advertisement)) return;
        _solicitations = MaximumSolicitations;
        NextDeadline = Instant.Never;
        if (advertisement.CurrentHopLimit != 0) _interface.HopLimit = advertisement.CurrentHopLimit;

        var byDefault = new RouteEntry(new IpCidr(IpAddress.Any6, 0), router, _interface.Index, AddressOrigin.Autoconfigured) { Metric = _interface.Index };
        if (advertisement.RouterLifetime == 0)
            _stack.Routes.RemoveAll(route => route == byDefault with { ValidUntil = route.ValidUntil });
        else if (!_stack.Routes.Add(byDefault with { ValidUntil = now + TimeSpan.FromSeconds(advertisement.RouterLifetime) }))
            _stack.Counters.RouterAdvertisementsIgnored++;

        NdpOptionReader options = advertisement.Options;
        while (options.TryRead(out NdpOption option))
        {
            switch (option.Type)
            {
                case NdpOptionType.SourceLinkLayerAddress:
                    _stack.LearnRouter(now, _interface, router, option.LinkLayerAddress);
                    break;
                case NdpOptionType.Mtu when option.Mtu >= PathMtuCache.MinimumV6 && option.Mtu <= (uint)_interface.Device.Capabilities.Mtu:
                    _interface.Mtu = (int)option.Mtu;
                    break;
                case NdpOptionType.PrefixInformation when option.TryGetPrefix(out NdpPrefix prefix):
                    ApplyPrefix(now, prefix);
                    break;
                case NdpOptionType.RecursiveDnsServer:
                    ApplyDnsServers(option);
                    break;
            }
        }

        _stack.RoutesChanged();
    }

    private void ApplyPrefix(Instant now, in NdpPrefix prefix)
    {
        if (prefix.Prefix.IsLinkLocal || prefix.Prefix.IsMulticast || prefix.Prefix.IsV4 || prefix.PreferredLifetime > prefix.ValidLifetime)
        {
            _stack.Counters.RouterAdvertisementsIgnored++;
            return;
        }

        Instant valid = Until(now, prefix.ValidLifetime), preferred = Until(now, prefix.PreferredLifetime);
        var network = new IpCidr(prefix.Prefix.Masked(prefix.PrefixLength), prefix.PrefixLength);
        if (prefix.OnLink)
        {
            var route = new RouteEntry(network, null, _interface.Index, AddressOrigin.Autoconfigured) { ValidUntil = valid };
            if (prefix.ValidLifetime == 0)
                _stack.Routes.RemoveAll(other => other == route with { ValidUntil = other.ValidUntil });
            else
                _stack.Routes.Add(route);
        }

        if (!prefix.Autonomous || prefix.PrefixLength != 64) return;
        var address = new IpCidr(new IpAddress(network.Address.High, _interface.HardwareAddress.InterfaceIdentifier), 64);
        InterfaceAddress? existing = _interface.FindAddress(address.Address);
        if (existing is null)
        {
            if (prefix.ValidLifetime == 0) return;
            foreach (InterfaceAddress duplicate in _interface.Addresses)
            {
                if (duplicate.Address == address.Address) return; // found to be someone else's
            }

            if (_stack.AddAddress(_interface, address, AddressOrigin.Autoconfigured, now, valid, preferred) is null)
                _stack.Counters.RouterAdvertisementsIgnored++;
            else
                _stack.Log($"{_interface.Name}: {address} from router advertisement");
            return;
        }

        if (existing.Origin != AddressOrigin.Autoconfigured) return;
        // RFC 4862 section 5.5.3 (e).
        TimeSpan remaining = existing.ValidUntil.IsNever ? TimeSpan.MaxValue : existing.ValidUntil - now;
        if (prefix.ValidLifetime != uint.MaxValue && TimeSpan.FromSeconds(prefix.ValidLifetime) is var advertised && advertised <= TwoHours && advertised <= remaining)
            valid = remaining <= TwoHours ? existing.ValidUntil : now + TwoHours;
        _stack.AddAddress(_interface, existing.Cidr, AddressOrigin.Autoconfigured, now, valid, preferred);
    }

    private void ApplyDnsServers(NdpOption option)
    {
        for (int i = 0; i < option.DnsServerCount; i++)
        {
            IpAddress server = option.DnsServer(i);
            if (option.DnsLifetime == 0)
                _interface.DnsServers.Remove(server);
            else if (server.IsUnicast && server.IsV6 && !_interface.DnsServers.Contains(server) && _interface.DnsServers.Count < 8)
                _interface.DnsServers.Add(server);
        }
    }

    private static Instant Until(Instant now, uint seconds) => seconds == uint.MaxValue ? Instant.Never : now + TimeSpan.FromSeconds(seconds);
}
