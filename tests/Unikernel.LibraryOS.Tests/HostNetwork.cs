using Unikernel.Net;
using Unikernel.Net.Iface;
using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Dns;
using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Sockets.Udp;

namespace Unikernel.LibraryOS;

/// <summary>The network of the tests: the stack with nothing but its loopback, turned by a thread of the test process.</summary>
internal sealed class NetworkHost : ISocketHost, IEntropySource
{
    private readonly AutoResetEvent _wake = new(false);

    private NetworkHost()
    {
        Stack = new NetworkStack(new PacketPool(new ManagedPacketMemory()), this);
        Stack.AddLoopback();
        Udp = new UdpTransport(Stack);
        Tcp = new TcpTransport(Stack, this);
        Stack.AddTransport(Tcp);
        Resolver = new DnsResolver(
            new SocketDnsTransport(this, Udp, Tcp), this, () => new ResolverConfiguration([], []) { HostName = "web1" }, Hosts);
        new Thread(Run) { IsBackground = true }.Start();
    }

    public static NetworkHost Instance { get; } = new();

    public NetworkStack Stack { get; }

    public TcpTransport Tcp { get; }

    public UdpTransport Udp { get; }

    public DnsResolver Resolver { get; }

    public HostsTable Hosts { get; } = HostsTable.Parse("192.0.2.7 database db.internal");

    public Lock Lock => Stack.Lock;

    public Instant Now => Instant.FromNanoseconds(Core.MonotonicNanoseconds());

    public IEntropySource Entropy => this;

    public void Fill(Span<byte> bytes) => Random.Shared.NextBytes(bytes);

    public void OperationEnded()
    {
        Stack.Flush();
        if (Stack.HasLoopbackPackets())
            Stack.PollLoopback(Now);
        _wake.Set();
    }

    public bool Wait(SocketWaiter waiter, Instant deadline) =>
        waiter.Sleep(deadline.IsNever ? -1 : (int)Math.Max(0, Math.Ceiling((deadline - Now).TotalMilliseconds)));

    public bool MayRetry(int result) => false;

    public void WaitForConfiguration() { }

    // The loopback is turned from the start.
    public void Use() { }

    private void Run()
    {
        while (true)
        {
            bool more;
            lock (Lock)
                more = Stack.Poll(Now);
            if (!more)
                _wake.WaitOne(1);
        }
    }
}
