using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Iface;

/// <summary>The client's states (RFC 2131 section 4.4, figure 5).</summary>
public enum DhcpState : byte
{
    /// <summary>No link, or waiting before starting again.</summary>
    Init,
    Selecting,
    Requesting,
    Bound,
    Renewing,
    Rebinding,
}

/// <summary>
/// A DHCPv4 client for one interface. A program never waits for it: it starts, and an address comes when a server answers; when
/// none does, a line says so and the client goes on asking at growing intervals.
/// <para>What a server says is believed within bounds: addresses that can be a host's, masks that are masks, lease times of at
/// least a minute; the rest is counted and ignored.</para>
/// </summary>
public sealed class DhcpClient : IStackService, IDhcpReceiver, ICounterGroup
{
    /// <summary>After so long without an answer the user is told.</summary>
    public static readonly TimeSpan SilenceReport = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1), LongestRetry = TimeSpan.FromSeconds(64), MinimumLease = TimeSpan.FromSeconds(60);

    /// <summary>RFC 2131 section 3.1 (5): wait so long after a decline.</summary>
    private static readonly TimeSpan DeclineWait = TimeSpan.FromSeconds(10);

    private const int RequestAttempts = 4;

    private readonly NetworkStack _stack;
    private readonly NetworkInterface _interface;
    private readonly string? _hostName;
    private uint _transactionId;
    private Instant _started;
    private int _attempts;
    private bool _reported;
    private IpAddress _offered, _server;
    private Instant _renewAt, _rebindAt, _expiresAt;
    private InterfaceAddress? _lease;

    public long OffersReceived, AcksReceived, NaksReceived, MessagesSent, MalformedMessages, ForeignMessages, ImplausibleMessages, LeasesLost, Declines;

    public DhcpClient(NetworkStack stack, NetworkInterface networkInterface, string? hostName, Instant now)
    {
        _stack = stack;
        _interface = networkInterface;
        _hostName = hostName;
        networkInterface.DhcpReceiver = this;
        stack.AddService(this);
        if (networkInterface.IsUp) Start(now);
    }

    public DhcpState State { get; private set; }
    public Instant NextDeadline { get; private set; } = Instant.Never;

    /// <summary>The address in use, or null.</summary>
    public InterfaceAddress? Lease => _lease;
    public IpAddress Server => _server;
    public Instant ExpiresAt => _lease is null ? Instant.Never : _expiresAt;

    private void Start(Instant now)
    {
        State = DhcpState.Selecting;
        _started = now;
        _attempts = 0;
        NewTransaction();
        NextDeadline = now;
    }

    private void NewTransaction()
    {
        Span<byte> id = stackalloc byte[4];
        _stack.Entropy.Fill(id);
        _transactionId = BinaryPrimitives.ReadUInt32LittleEndian(id);
    }

    public void LinkChanged(NetworkInterface networkInterface, Instant now)
    {
        if (networkInterface != _interface) return;
        if (!networkInterface.IsUp)
        {
            NextDeadline = _lease is null ? Instant.Never : _expiresAt;
            return;
        }

        // Perhaps another network: ask whether the lease still holds (RFC 2131 section 3.2), while it is used on.
        if (_lease is null)
        {
            Start(now);
        }
        else
        {
            State = DhcpState.Rebinding;
            _started = now;
            NewTransaction();
            NextDeadline = now;
        }
    }

    public void AddressLost(NetworkInterface networkInterface, InterfaceAddress address, Instant now)
    {
        if (networkInterface != _interface || address != _lease) return;
        Declines++;
        Send(DhcpMessageType.Decline);
        DropLease();
        State = DhcpState.Init;
        NextDeadline = now + DeclineWait;
    }

    public void Poll(Instant now)
    {
        if (NextDeadline > now) return;
        if (_lease is not null && _expiresAt <= now)
        {
            LeasesLost++;
            _stack.Log($"{_interface.Name}: the DHCP lease of {_lease.Address} ran out and no server renewed it; asking for a new one");
            DropLease();
            Start(now);
        }

        if (!_interface.IsUp)
        {
            NextDeadline = _lease is null ? Instant.Never : _expiresAt;
            return;
        }

        switch (State)
        {
            case DhcpState.Init:
                Start(now);
                goto case DhcpState.Selecting;
            case DhcpState.Selecting:
                Report(now);
                Send(DhcpMessageType.Discover, now);
                Backoff(now);
                break;
            case DhcpState.Requesting when _attempts >= RequestAttempts:
                Start(now);
                goto case DhcpState.Selecting;
            case DhcpState.Requesting:
                Send(DhcpMessageType.Request, now);
                Backoff(now);
                break;
            case DhcpState.Bound when _rebindAt <= now:
            case DhcpState.Renewing when _rebindAt <= now:
                State = DhcpState.Rebinding;
                NewTransaction();
                goto case DhcpState.Rebinding;
            case DhcpState.Bound:
                State = DhcpState.Renewing;
                NewTransaction();
                _started = now;
                goto case DhcpState.Renewing;
            case DhcpState.Renewing:
                Send(DhcpMessageType.Request, now);
                NextDeadline = Instant.Min(_rebindAt, HalfWay(now, _rebindAt));
                break;
            case DhcpState.Rebinding:
                Send(DhcpMessageType.Request, now);
                NextDeadline = Instant.Min(_expiresAt, HalfWay(now, _expiresAt));
                break;
        }
    }

    // RFC 2131 section 4.4.5: half of the remaining time, at least a minute.
    private static Instant HalfWay(Instant now, Instant end)
    {
        TimeSpan half = (end - now) / 2;
        return now + (half > MinimumLease ? half : MinimumLease);
    }

    // RFC 2131 section 4.1: doubled each time, plus or minus a second's randomness; the first is 1 s, not 4, as every client does.
    private void Backoff(Instant now)
    {
        TimeSpan wait = TimeSpan.FromTicks(Math.Min(FirstRetry.Ticks << Math.Min(_attempts, 7), LongestRetry.Ticks));
        _attempts++;
        NextDeadline = now + wait + TimeSpan.FromMilliseconds(_stack.NextRandom() % 500);
    }

    private void Report(Instant now)
    {
        if (_reported || now - _started < SilenceReport) return;
        _reported = true;
        _stack.Log($"{_interface.Name}: no DHCP server answers; going on without an IPv4 address and asking again. " +
            "A fixed address can be given on the kernel command line: ip=ADDRESS::GATEWAY:NETMASK");
    }

    public void Receive(Instant now, IpAddress source, ReadOnlySpan<byte> bytes)
    {
        if (!DhcpMessage.TryParse(bytes, out DhcpMessage message) || !message.IsReply)
        {
            MalformedMessages++;
            return;
        }

        if (message.TransactionId != _transactionId || message.ClientHardware != _interface.HardwareAddress)
        {
            ForeignMessages++;
            return;
        }

        message.TryFindAddress(DhcpOption.ServerIdentifier, out IpAddress server);
        switch (message.Type)
        {
            case DhcpMessageType.Offer when State == DhcpState.Selecting:
                OffersReceived++;
                if (server.IsUnspecified || !IsPlausible(message))
                {
                    ImplausibleMessages++;
                    return;
                }

                _offered = message.YourAddress;
                _server = server;
                State = DhcpState.Requesting;
                _attempts = 0;
                Send(DhcpMessageType.Request, now);
                Backoff(now);
                break;
            case DhcpMessageType.Ack when State is DhcpState.Requesting or DhcpState.Renewing or DhcpState.Rebinding:
                AcksReceived++;
                if (!IsPlausible(message) || (State == DhcpState.Requesting && (message.YourAddress != _offered || server != _server)))
                {
                    ImplausibleMessages++;
                    return;
                }

                if (!server.IsUnspecified) _server = server;
                Bind(now, message);
                break;
            case DhcpMessageType.Nak when State is DhcpState.Requesting or DhcpState.Renewing or DhcpState.Rebinding:
                NaksReceived++;
                // Only the server that we asked may refuse, except when we asked all.
                if (State != DhcpState.Rebinding && server != _server)
                {
                    ForeignMessages++;
                    return;
                }

                if (_lease is not null)
                {
                    LeasesLost++;
                    _stack.Log($"{_interface.Name}: the DHCP server {server} refuses {_lease.Address}; asking for another address");
                    DropLease();
                }

                // A server that offers and refuses for ever must not make us busy: the attempts go on counting.
                int attempts = _attempts;
                Start(now);
                _attempts = attempts;
                Backoff(now);
                break;
            default:
                ForeignMessages++;
                break;
        }
    }

    private static bool IsPlausible(DhcpMessage message)
    {
        IpAddress address = message.YourAddress;
        uint first = address.V4 >> 24;
        if (!address.IsUnicast || first is 0 or 127 or >= 240) return false;
        if (message.TryFindAddress(DhcpOption.SubnetMask, out IpAddress mask) && !IsMask(mask.V4)) return false;
        return message.Type != DhcpMessageType.Ack || message.TryFindSeconds(DhcpOption.LeaseTime, out _);
    }

    private static bool IsMask(uint mask) => mask != 0 && (~mask & (~mask + 1)) == 0;

    private void Bind(Instant now, DhcpMessage message)
    {
        message.TryFindSeconds(DhcpOption.LeaseTime, out uint leaseSeconds);
        bool infinite = leaseSeconds == uint.MaxValue;
        TimeSpan lease = TimeSpan.FromSeconds(Math.Max(leaseSeconds, (uint)MinimumLease.TotalSeconds));
        // T1 and T2 if they make sense, else half and seven eighths (RFC 2131 section 4.4.5).
        TimeSpan rebind = message.TryFindSeconds(DhcpOption.RebindingTime, out uint t2) && t2 > 1 && TimeSpan.FromSeconds(t2) < lease ? TimeSpan.FromSeconds(t2) : lease * 7 / 8;
        TimeSpan renew = message.TryFindSeconds(DhcpOption.RenewalTime, out uint t1) && t1 > 0 && TimeSpan.FromSeconds(t1) < rebind ? TimeSpan.FromSeconds(t1) : lease / 2 < rebind ? lease / 2 : rebind;
        // Counted from the request, not from the answer (section 4.4.1).
        _expiresAt = infinite ? Instant.Never : now + lease;
        _renewAt = infinite ? Instant.Never : now + renew;
        _rebindAt = infinite ? Instant.Never : now + rebind;

        byte prefix = message.TryFindAddress(DhcpOption.SubnetMask, out IpAddress mask) ? (byte)BitOperations.PopCount(mask.V4) : ClassPrefix(message.YourAddress);
        var cidr = new IpCidr(message.YourAddress, prefix);
        bool changed = _lease is null || _lease.Cidr != cidr;
        if (changed && _lease is not null) DropLease();
        _lease = _stack.AddAddress(_interface, cidr, AddressOrigin.Dhcp, now);
        if (_lease is null || !_lease.IsUsable)
        {
            _stack.Log($"{_interface.Name}: {cidr} from DHCP can not be used here");
            _lease = null;
            State = DhcpState.Init;
            NextDeadline = now + DeclineWait;
            return;
        }

        ApplyRoutes(message);
        ApplyNames(message);
        if (message.TryFind(DhcpOption.InterfaceMtu, out ReadOnlySpan<byte> mtu) && mtu.Length == 2 && BinaryPrimitives.ReadUInt16BigEndian(mtu) is var value and >= 576)
            _interface.Mtu = Math.Min(value, _interface.Device.Capabilities.Mtu);
        _stack.RoutesChanged();
        State = DhcpState.Bound;
        NextDeadline = _renewAt;
        _reported = true;
        if (changed)
        {
            string gateway = message.TryFindAddress(DhcpOption.Router, out IpAddress router) ? $", gateway {router}" : "";
            _stack.Log($"{_interface.Name}: {cidr}{gateway} from DHCP server {_server}");
        }
    }

    private static byte ClassPrefix(IpAddress address) => (address.V4 >> 30) switch { 0 or 1 => 8, 2 => 16, _ => 24 };

    // RFC 3442: classless routes, if present, replace the router option.
    private void ApplyRoutes(DhcpMessage message)
    {
        _stack.RemoveRoutes(_interface, AddressOrigin.Dhcp, gatewaysOnly: true);
        Span<byte> network = stackalloc byte[4];
        if (message.TryFind(DhcpOption.ClasslessRoutes, out ReadOnlySpan<byte> routes))
        {
            while (!routes.IsEmpty)
            {
                int prefix = routes[0], bytes = (prefix + 7) / 8;
                if (prefix > 32 || routes.Length < 1 + bytes + 4)
                {
                    ImplausibleMessages++;
                    return;
                }

                network.Clear();
                routes.Slice(1, bytes).CopyTo(network);
                var gateway = new IpAddress(routes.Slice(1 + bytes, 4));
                var destination = new IpCidr(new IpAddress(network).Masked(prefix), (byte)prefix);
                _stack.AddRoute(new RouteEntry(destination, gateway.IsUnspecified ? null : gateway, _interface.Index, AddressOrigin.Dhcp) { Metric = _interface.Index });
                routes = routes[(1 + bytes + 4)..];
            }

            return;
        }

        if (message.TryFindAddress(DhcpOption.Router, out IpAddress router) && router.IsUnicast)
            _stack.AddRoute(new RouteEntry(new IpCidr(IpAddress.Any4, 0), router, _interface.Index, AddressOrigin.Dhcp) { Metric = _interface.Index });
    }

    private void ApplyNames(DhcpMessage message)
    {
        _interface.DnsServers.RemoveAll(static server => server.IsV4);
        if (message.TryFind(DhcpOption.DnsServers, out ReadOnlySpan<byte> servers))
        {
            for (; servers.Length >= 4 && _interface.DnsServers.Count < 8; servers = servers[4..])
            {
                var server = new IpAddress(servers[..4]);
                if (server.IsUnicast) _interface.DnsServers.Add(server);
            }
        }

        _interface.SearchDomains.Clear();
        if (message.TryFind(DhcpOption.DomainSearch, out ReadOnlySpan<byte> search))
        {
            Span<byte> name = stackalloc byte[DnsMessage.MaximumNameLength];
            for (int position = 0; position < search.Length && _interface.SearchDomains.Count < 6 && DnsName.TryRead(search, ref position, name, out int length);)
            {
                if (length > 1) _interface.SearchDomains.Add(DnsName.Decode(name[..length]));
            }
        }
        else if (message.TryFind(DhcpOption.DomainName, out ReadOnlySpan<byte> domain))
        {
            string text = Encoding.ASCII.GetString(domain).TrimEnd('\0', '.');
            Span<byte> name = stackalloc byte[DnsMessage.MaximumNameLength];
            if (DnsName.TryEncode(text, name, out _)) _interface.SearchDomains.Add(text);
        }
    }

    private void DropLease()
    {
        if (_lease is null) return;
        _stack.RemoveRoutes(_interface, AddressOrigin.Dhcp, gatewaysOnly: true);
        _stack.RemoveAddress(_interface, _lease);
        _lease = null;
    }

    private void Send(DhcpMessageType type) => Send(type, _stack.Now);

    private void Send(DhcpMessageType type, Instant now)
    {
        if (_stack.Pool.Rent() is not { } packet)
        {
            _stack.Counters.NoBufferDrops++;
            return;
        }

        bool hasAddress = State is DhcpState.Renewing or DhcpState.Rebinding && type == DhcpMessageType.Request;
        bool unicast = State == DhcpState.Renewing && type == DhcpMessageType.Request;
        IpAddress current = hasAddress ? _lease!.Address : IpAddress.Any4;
        ushort seconds = (ushort)Math.Clamp((now - _started).TotalSeconds, 0, ushort.MaxValue);
        Span<byte> buffer = packet.Append(576);
        // The broadcast flag stays clear: the interface takes DHCP answers whatever address they are sent to (RFC 2131 section 4.1).
        var writer = new DhcpWriter(buffer, isReply: false, _transactionId, seconds, broadcast: false, current, IpAddress.Any4, _interface.HardwareAddress);
        writer.Option(DhcpOption.MessageType, (byte)type);
        Span<byte> clientId = stackalloc byte[7];
        clientId[0] = 1;
        _interface.HardwareAddress.CopyTo(clientId[1..]);
        writer.Option(DhcpOption.ClientIdentifier, clientId);
        if (type == DhcpMessageType.Decline)
        {
            writer.Option(DhcpOption.RequestedAddress, _lease!.Address);
            writer.Option(DhcpOption.ServerIdentifier, _server);
        }
        else
        {
            if (type == DhcpMessageType.Request && State == DhcpState.Requesting)
            {
                writer.Option(DhcpOption.RequestedAddress, _offered);
                writer.Option(DhcpOption.ServerIdentifier, _server);
            }

            ReadOnlySpan<byte> maximum = [0x05, 0xc0]; // 1472: what fits a 1500-byte MTU
            writer.Option(DhcpOption.MaximumMessageSize, maximum);
            if (_hostName is { Length: > 0 and <= 63 } host)
            {
                Span<byte> ascii = stackalloc byte[64];
                writer.Option(DhcpOption.HostName, ascii[..Encoding.ASCII.GetBytes(host, ascii)]);
            }

            ReadOnlySpan<byte> wanted =
            [
                DhcpOption.SubnetMask, DhcpOption.ClasslessRoutes, DhcpOption.Router, DhcpOption.DnsServers, DhcpOption.DomainName, DhcpOption.DomainSearch,
                DhcpOption.InterfaceMtu, DhcpOption.LeaseTime, DhcpOption.RenewalTime, DhcpOption.RebindingTime,
            ];
            writer.Option(DhcpOption.ParameterList, wanted);
        }

        packet.TruncateTotal(writer.Finish());
        MessagesSent++;
        _stack.SendDhcp(_interface, packet, current, unicast ? _server : IpAddress.Broadcast4);
    }

    public void Visit(ICounterVisitor visitor)
    {
        visitor.Visit("dhcp", nameof(OffersReceived), OffersReceived);
        visitor.Visit("dhcp", nameof(AcksReceived), AcksReceived);
        visitor.Visit("dhcp", nameof(NaksReceived), NaksReceived);
        visitor.Visit("dhcp", nameof(MessagesSent), MessagesSent);
        visitor.Visit("dhcp", nameof(MalformedMessages), MalformedMessages);
        visitor.Visit("dhcp", nameof(ForeignMessages), ForeignMessages);
        visitor.Visit("dhcp", nameof(ImplausibleMessages), ImplausibleMessages);
        visitor.Visit("dhcp", nameof(LeasesLost), LeasesLost);
        visitor.Visit("dhcp", nameof(Declines), Declines);
    }
}
