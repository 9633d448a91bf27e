using System.Diagnostics;
using Unikernel.Net.Iface;
using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Sockets.Udp;
using Unikernel.Net.Tests.Support;

namespace Unikernel.Net.Tests.Linux;

/// <summary>Our stack at 10.77.0.2, turned by a thread, with Linux's at 10.77.0.1. Made on the thread that is in the namespace.</summary>
internal sealed class LinuxPair : ISocketHost, IDisposable
{
    private readonly TapDevice _device;
    private readonly Thread _poller;
    private volatile bool _ends;

    private LinuxPair(TapDevice device, PacketPool pool, int seed)
    {
        _device = device;
        Pool = pool;
        Entropy = new SeededEntropy(seed);
        Stack = new NetworkStack(pool, Entropy);
        Stack.AddLoopback();
        NetworkInterface networkInterface = Stack.AddInterface(device);
        Stack.AddAddress(networkInterface, new IpCidr(new IpAddress(10, 77, 0, 2), 24), AddressOrigin.Static, Now);
        Udp = new UdpTransport(Stack);
        Tcp = new TcpTransport(Stack, Entropy);
        Stack.AddTransport(Tcp);
        _poller = new Thread(Run) { IsBackground = true };
        _poller.Start();
    }

    public static IpAddress Ours => new(10, 77, 0, 2);

    public static IpAddress Linux => new(10, 77, 0, 1);

    public PacketPool Pool { get; }
    public NetworkStack Stack { get; }
    public TcpTransport Tcp { get; }
    public UdpTransport Udp { get; }
    public long Lost => _device.Lost;
    public Lock Lock => Stack.Lock;
    public Instant Now => Instant.FromNanoseconds((ulong)(Stopwatch.GetTimestamp() * (1_000_000_000.0 / Stopwatch.Frequency)));
    public IEntropySource Entropy { get; }

    /// <summary>
    /// Runs a test on a thread of its own, whose Linux sockets are in the namespace. The result is null, or why it can not run here.
    /// </summary>
    public static string? Run(double loss, int seed, Action<LinuxPair> test, int mtu = 1500)
    {
        string? problem = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                var pool = new PacketPool(new ManagedPacketMemory());
                using TapDevice? device = TapDevice.TryCreate(pool, loss, seed, mtu, out string why);
                if (device is null)
                {
                    problem = why;
                    return;
                }

                using var pair = new LinuxPair(device, pool, seed);
                test(pair);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        return problem;
    }

    public TcpSocket NewTcp() => new(this, Tcp, SocketFamily.InterNetwork);

    public static SocketName Name(IpAddress address, int port) => SocketName.From(SocketFamily.InterNetwork, new IpEndpoint(address, (ushort)port));

    public void OperationEnded() => Stack.Flush();

    public bool Wait(SocketWaiter waiter, Instant deadline) => waiter.SleepUntil(deadline, this);

    public void Dispose()
    {
        _ends = true;
        _poller.Join();
    }

    private void Run()
    {
        while (!_ends)
        {
            bool more;
            lock (Lock) more = Stack.Poll(Now);
            if (!more) _device.WaitForFrame(1);
        }
    }
}
