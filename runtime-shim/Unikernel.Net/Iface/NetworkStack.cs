using Unikernel.Net.Phy;

namespace Unikernel.Net.Iface;

/// <summary>What programs can be told of; the values are those of .NET's NetworkChangeKind.</summary>
public enum StackChange
{
    AddressAdded = 0,
    AddressRemoved = 1,

    /// <summary>A link or a route came or went.</summary>
    Availability = 2,
}

/// <summary>
/// The network: interfaces, routes, and the transports above them. Nothing happens outside <see cref="Poll"/> and calls of
/// sockets; whoever calls anything here holds <see cref="Lock"/>.
/// </summary>
public sealed partial class NetworkStack : IIpOutput
{
    /// <summary>Packets taken from one device per poll, so that one busy device does not starve timers and the others.</summary>
    public const int ReceiveBudget = 64;

    // A segment, its acknowledgement, and what a handshake or a window update adds to them; a stream of data goes on in Poll.
    private const int LoopbackTurns = 16;

    // Arrays, replaced when they change: enumerating a List of references costs a call per element in shared generic code.
    private NetworkInterface[] _interfaces = [];
    private IStackService[] _services = [];
    private readonly List<IRawReceiver> _rawReceivers = [];
    private readonly ITransport?[] _transports = new ITransport?[4];
    private readonly List<Neighbor> _scratch = [];
    private readonly Action<string>? _log;
    private readonly IpProtocol[] _protocols = new IpProtocol[4];
    private int _transportCount;
    private LoopbackDevice? _loopback;
    private bool _flushNeeded;
    private int _generation = 1;
    private Instant _nextGeneration;
    private Instant _addressDeadline = Instant.Never;
    private ulong _prng;

    public NetworkStack(PacketPool pool, IEntropySource entropy, Action<string>? log = null)
    {
        Pool = pool;
        Entropy = entropy;
        _log = log;
        Reassembler = new Reassembler(Counters);
        Span<byte> seed = stackalloc byte[8];
        entropy.Fill(seed);
        _prng = BitConverter.ToUInt64(seed) | 1;
    }

    /// <summary>Taken by everyone outside: sockets, the poller, printing.</summary>
    public Lock Lock { get; } = new();

    public PacketPool Pool { get; }
    public IEntropySource Entropy { get; }
    public IpCounters Counters { get; } = new();
    public RouteTable Routes { get; } = new();
    public PathMtuCache PathMtus { get; } = new();
    public Reassembler Reassembler { get; }
    public IReadOnlyList<NetworkInterface> Interfaces => _interfaces;

    /// <summary>The time of the last poll or send: what "now" is for calls that have no clock.</summary>
    public Instant Now { get; private set; }

    /// <summary>A line for the user: what was configured, what is missing.</summary>
    public void Log(string line) => _log?.Invoke(line);

    /// <summary>Told of each change of addresses, links and routes. Called under the lock: it must not block.</summary>
    public event Action<StackChange>? Changed;

    internal void Tell(StackChange change) => Changed?.Invoke(change);

    /// <summary>The interface with this index, or null.</summary>
    public NetworkInterface? FindInterface(int index) => (uint)(index - 1) < (uint)_interfaces.Length ? _interfaces[index - 1] : null;

    public NetworkInterface AddInterface(INetDevice device)
    {
        var networkInterface = new NetworkInterface(_interfaces.Length + 1, device, Counters);
        _interfaces = [.. _interfaces, networkInterface];
        _loopback ??= device as LoopbackDevice;
        _generation++;
        return networkInterface;
    }

    /// <summary>The loopback with its addresses.</summary>
    public NetworkInterface AddLoopback()
    {
        NetworkInterface loopback = AddInterface(new LoopbackDevice());
        AddAddress(loopback, new IpCidr(IpAddress.Loopback4, 8), AddressOrigin.Loopback, Now);
        AddAddress(loopback, new IpCidr(IpAddress.Loopback6, 128), AddressOrigin.Loopback, Now);
        return loopback;
    }

    public void AddTransport(ITransport transport)
    {
        if (_transportCount == _transports.Length) throw new InvalidOperationException($"More than {_transports.Length} transports.");
        _protocols[_transportCount] = transport.Protocol;
        _transports[_transportCount++] = transport;
    }

    public void AddService(IStackService service) => _services = [.. _services, service];

    public void RemoveService(IStackService service) => _services = Array.FindAll(_services, s => s != service);

    public void AddRawReceiver(IRawReceiver receiver) => _rawReceivers.Add(receiver);

    public void RemoveRawReceiver(IRawReceiver receiver) => _rawReceivers.Remove(receiver);

    /// <summary>
    /// Receives, runs timers, sends: bounded work. True: there is more to do at once (the budget ran out).
    /// </summary>
    public bool Poll(Instant now)
    {
        Now = now;
        bool more = false;
        for (int i = 0; i < _interfaces.Length; i++)
        {
            NetworkInterface networkInterface = _interfaces[i];
            if (networkInterface.LinkGeneration != networkInterface.Device.LinkGeneration) LinkChanged(networkInterface, now);
            int budget = ReceiveBudget;
            while (budget > 0 && networkInterface.Device.TryReceive() is { } packet)
            {
                budget--;
                ReceiveFrame(now, networkInterface, packet);
            }

            more |= budget == 0;
            if (networkInterface.Neighbors.NextDeadline <= now) PollNeighbors(now, networkInterface);
            if (networkInterface.GroupReportDue <= now) ReportGroups(now, networkInterface);
        }

        if (_addressDeadline <= now) PollAddresses(now);
        Reassembler.Poll(now);
        if (_nextGeneration <= now)
        {
            // Path MTUs and routes expire: cached routes look again at least once a minute.
            _generation++;
            _nextGeneration = now + TimeSpan.FromMinutes(1);
        }

        foreach (IStackService service in _services)
        {
            if (service.NextDeadline <= now) service.Poll(now);
        }

        for (int i = 0; i < _transportCount; i++) _transports[i]!.Poll(now);
        Flush();
        // What was sent to ourselves is received at once.
        return more || HasLoopbackPackets();
    }

    /// <summary>
    /// Receives what was sent to ourselves, and what follows from that: as on Linux a packet to the machine itself has arrived when the
    /// send returns. Bounded; what is left waits for <see cref="Poll"/>.
    /// </summary>
    public void PollLoopback(Instant now)
    {
        Now = now;
        for (int turn = 0; turn < LoopbackTurns && HasLoopbackPackets(); turn++)
        {
            NetworkInterface loopback = Array.Find(_interfaces, i => i.Device == _loopback)!;
            for (int budget = ReceiveBudget; budget > 0 && _loopback!.TryReceive() is { } packet; budget--) ReceiveFrame(now, loopback, packet);

            for (int i = 0; i < _transportCount; i++) _transports[i]!.Poll(now);
            Flush();
        }
    }

    /// <summary>Ends a burst of sends: devices are told once about all packets since the last flush.</summary>
    public void Flush()
    {
        if (!_flushNeeded) return;
        _flushNeeded = false;
        foreach (NetworkInterface networkInterface in _interfaces)
        {
            if (!networkInterface.NeedsFlush) continue;
            networkInterface.NeedsFlush = false;
            networkInterface.Device.Flush();
        }
    }

    /// <summary>When <see cref="Poll"/> must be called although no device asks for it.</summary>
    public Instant NextDeadline
    {
        get
        {
            Instant next = Instant.Min(_addressDeadline, Reassembler.NextDeadline);
            foreach (NetworkInterface networkInterface in _interfaces)
                next = Instant.Min(next, Instant.Min(networkInterface.Neighbors.NextDeadline, networkInterface.GroupReportDue));
            foreach (IStackService service in _services) next = Instant.Min(next, service.NextDeadline);
            for (int i = 0; i < _transportCount; i++) next = Instant.Min(next, _transports[i]!.NextDeadline);
            return next;
        }
    }

    /// <summary>The counters of the IP layer; transports have their own groups.</summary>
    public void VisitCounters(ICounterVisitor visitor)
    {
        Counters.Visit(visitor);
        foreach (NetworkInterface networkInterface in _interfaces)
        {
            if (networkInterface.Device is ICounterGroup group) group.Visit(visitor);
        }

        for (int i = 0; i < _transportCount; i++)
        {
            if (_transports[i] is ICounterGroup group) group.Visit(visitor);
        }
    }

    /// <summary>A small fast generator for jitter and packet identifiers (xorshift64*), not for secrets.</summary>
    internal uint NextRandom()
    {
        _prng ^= _prng >> 12;
        _prng ^= _prng << 25;
        _prng ^= _prng >> 27;
        return (uint)(_prng * 0x2545_f491_4f6c_dd1d >> 32);
    }

    internal void RoutesChanged()
    {
        _generation++;
        Tell(StackChange.Availability);
    }

    public bool HasLoopbackPackets() => _loopback is { HasPackets: true };

    private void LinkChanged(NetworkInterface networkInterface, Instant now)
    {
        networkInterface.LinkGeneration = networkInterface.Device.LinkGeneration;
        bool up = networkInterface.Device.IsLinkUp;
        if (up == networkInterface.IsUp) return;
        networkInterface.IsUp = up;
        Log($"{networkInterface.Name}: link {(up ? "up" : "down")}");
        networkInterface.Neighbors.Clear();
        _generation++;
        Tell(StackChange.Availability);
        if (up)
        {
            // Another link perhaps: every address is checked again, and switches learn where we are.
            foreach (InterfaceAddress address in networkInterface.MutableAddresses) StartDetection(networkInterface, address, now);
            networkInterface.GroupReportDue = now;
        }

        foreach (IStackService service in _services) service.LinkChanged(networkInterface, now);
    }
}
