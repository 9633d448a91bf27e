using System.Diagnostics.CodeAnalysis;
using System.Text;
using Unikernel.Net;
using Unikernel.Net.Iface;
using Unikernel.Net.Phy;
using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Dns;
using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Sockets.Udp;
using Unikernel.Virtio;
using Unikernel.Virtio.Hal;

namespace Unikernel.LibraryOS;

/// <summary>
/// The network of the program: comes up with the first socket, and has one thread that turns the stack while devices or timers ask
/// for it. A program without sockets has neither the thread nor any of this code.
/// </summary>
internal sealed class NetworkHost : ISocketHost
{
    // How long a connect waits for an address while the network is still configuring itself. On Linux a program starts after that.
    private static readonly TimeSpan ConfigurationTime = TimeSpan.FromSeconds(10);
    private const int ConfigurationPoll = 10; // ms

    // Frames wait so long for the first operation that makes use of them. Else what came while the machine started, and finds the socket made but
    // not listening, would be refused, and the peer would try again when it pleases.
    private static readonly TimeSpan FirstUse = TimeSpan.FromMilliseconds(50);

    // Two turns bring less than half of what a socket's receive buffer holds of small datagrams.
    private const int TurnsAtOnce = 2;

    private static readonly Lock s_lock = new();
    private static NetworkHost? s_instance;

    private readonly CoreMachine _machine = new();
    private readonly GuestNetwork _network;
    private readonly IDeviceEvent _used;
    private bool _isUsed;
    private readonly Instant _configuredAtLatest;
    private readonly List<string> _complaints = [];
    private DnsResolver? _resolver;
    private HostsTable? _hosts;

    // Until when the poller sleeps; Zero: it is awake and will look at the deadlines itself. Guarded by the stack's lock.
    private Instant _sleepsUntil;

    private NetworkHost()
    {
        // Each use of the monitor is behind the switch itself: what depends on a variable stays in the image.
        NetworkMonitor? monitor = null;
        Func<INetDevice, INetDevice>? tap = null;
        if (HasMonitor)
        {
            monitor = NetworkMonitor.Find(_machine, () => Instant.FromNanoseconds(Core.RealtimeNanoseconds()), Log);
            tap = monitor is null ? null : monitor.Tap;
        }

        _network = new GuestNetwork(_machine, Log, Encoding.UTF8.GetString(MachineEntryPoints.HostName), tap: tap);
        _used = _machine.CreateEvent();
        Tcp = new TcpTransport(Stack, Stack.Entropy);
        Stack.AddTransport(Tcp);
        _configuredAtLatest = Now + ConfigurationTime;
        new Thread(Run) { IsBackground = true, Name = "Network" }.UnsafeStart();
        if (HasMonitor)
            Start(monitor);
    }

    private void Start(NetworkMonitor? monitor)
    {
        if (monitor is not null)
            new Thread(() => monitor.Run(Report)) { IsBackground = true, Name = "Network monitor" }.UnsafeStart();
    }

    /// <summary>The image was published with the monitor (the property UnikernelNetworkMonitor); else nothing of it is there.</summary>
    [FeatureSwitchDefinition("Unikernel.NetworkMonitor")]
    internal static bool HasMonitor => AppContext.TryGetSwitch("Unikernel.NetworkMonitor", out bool has) && has;

    private string? Report(string part)
    {
        lock (Lock)
            return new NetworkReport(Stack, Tcp, Udp).Write(part);
    }

    public static NetworkHost Instance
    {
        get
        {
            if (Volatile.Read(ref s_instance) is { } known)
                return known;
            lock (s_lock)
                return s_instance ??= new NetworkHost();
        }
    }

    public NetworkStack Stack => _network.Stack;

    public TcpTransport Tcp { get; }

    public UdpTransport Udp => _network.Udp;

    /// <summary>Made at the first look-up: a program that resolves no names has none of it.</summary>
    public DnsResolver Resolver
    {
        get
        {
            Use();
            lock (s_lock)
                return _resolver ??= new DnsResolver(new SocketDnsTransport(this, Udp, Tcp), Stack.Entropy, ReadConfiguration, Hosts);
        }
    }

    /// <summary>Names with fixed addresses: of the command line, and of the file <c>hosts</c> beside the program.</summary>
    public HostsTable Hosts
    {
        get
        {
            lock (s_lock)
                return _hosts ??= HostsFile.Read(_machine, Log);
        }
    }

    public Lock Lock => Stack.Lock;

    public Instant Now => _machine.Now;

    public IEntropySource Entropy => _machine.Entropy;

    /// <summary>From now on frames are taken.</summary>
    public void Use()
    {
        _isUsed = true;
        _used.Signal();
    }

    public void OperationEnded()
    {
        if (!_isUsed && (Tcp.HasListened || Tcp.ConnectionCount > 0))
            Use();
        Stack.Flush();
        if (Stack.HasLoopbackPackets())
            Stack.PollLoopback(Now);
        if (_sleepsUntil > Instant.Zero && (Stack.HasLoopbackPackets() || Stack.NextDeadline < _sleepsUntil))
        {
            _sleepsUntil = Instant.Zero;
            _network.Event.Signal();
        }
    }

    public bool Wait(SocketWaiter waiter, Instant deadline) => waiter.SleepUntil(deadline, this);

    /// <summary>
    /// After a result that says "no route": true if the network was still configuring itself and it is worth to try again. When it
    /// is not, what went wrong is said on the console, once.
    /// </summary>
    public bool MayRetry(int result)
    {
        if (result is not (-Errno.ENETUNREACH or -Errno.EADDRNOTAVAIL))
            return false;
        if (_network.Devices.Count > 0 && Now < _configuredAtLatest && !IsConfigured)
        {
            Thread.Sleep(ConfigurationPoll);
            return true;
        }

        lock (_complaints)
        {
            foreach (string line in _complaints)
                Core.ConsoleWrite(Encoding.UTF8.GetBytes("network: " + line + "\n"));
            _complaints.Clear();
        }

        return false;
    }

    /// <summary>Waits while the network is still configuring itself, which on Linux is over before a program starts.</summary>
    public void WaitForConfiguration()
    {
        while (_network.Devices.Count > 0 && Now < _configuredAtLatest && !IsConfigured)
            Thread.Sleep(ConfigurationPoll);
    }

    // What DHCP and router advertisements have said until now.
    private ResolverConfiguration ReadConfiguration()
    {
        List<IpAddress> servers = [], addresses = [];
        List<string> domains = [];
        WaitForConfiguration();
        lock (Lock)
        {
            foreach (NetworkInterface networkInterface in Stack.Interfaces)
            {
                if (networkInterface.IsLoopback)
                    continue;
                servers.AddRange(networkInterface.DnsServers);
                domains.AddRange(networkInterface.SearchDomains);
                foreach (InterfaceAddress address in networkInterface.Addresses)
                {
                    if (address.IsUsable)
                        addresses.Add(address.Address);
                }
            }
        }

        return new ResolverConfiguration(servers, domains)
        {
            HostName = Encoding.UTF8.GetString(MachineEntryPoints.HostName),
            OwnAddresses = addresses,
            PreferV6 = addresses.Exists(a => a.IsV6 && !a.IsLinkLocal),
        };
    }

    private bool IsConfigured
    {
        get
        {
            lock (Lock)
            {
                foreach (NetworkInterface networkInterface in Stack.Interfaces)
                {
                    if (!networkInterface.IsLoopback && networkInterface.HasUsable(v4: true))
                        return true;
                }

                return false;
            }
        }
    }

    // The stack tells what it does and what fails. A program's console is the program's, so it is kept until somebody needs it.
    private void Log(string line)
    {
        lock (_complaints)
        {
            if (_complaints.Count < 100)
                _complaints.Add(line);
        }
    }

    private void Run()
    {
        bool signalled = false;
        int turns = 0;
        if (!_network.AsksForAddress)
            _used.Wait(Now + FirstUse);
        while (true)
        {
            Instant next;
            lock (Lock)
            {
                _sleepsUntil = Instant.Zero;
                next = _network.Poll(signalled);
                // Still under the lock: what a socket does from here on sees that the poller sleeps, and until when.
                _sleepsUntil = next;
            }

            if (next != Instant.Zero)
            {
                turns = 0;
                signalled = _network.Event.Wait(next);
            }
            else
            {
                // More than two turns take: those who read must keep up, or a socket's queue overflows while they wait for the processor.
                if (++turns >= TurnsAtOnce)
                    Thread.Yield();
                signalled = false;
            }
        }
    }
}
