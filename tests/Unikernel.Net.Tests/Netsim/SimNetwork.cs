using Unikernel.Net.Iface;
using Unikernel.Net.Phy;
using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Tcp;

namespace Unikernel.Net.Tests.Netsim;

/// <summary>One machine of the simulation: a whole stack.</summary>
internal sealed class SimHost : ISocketHost
{
    private readonly SimNetwork _network;

    public SimHost(SimNetwork network, int seed, PacketPool pool)
    {
        _network = network;
        Pool = pool;
        Entropy = new SeededEntropy(seed);
        Stack = new NetworkStack(pool, Entropy);
        Tcp = new TcpTransport(Stack, Entropy);
        Stack.AddTransport(Tcp);
    }

    public PacketPool Pool { get; }
    public NetworkStack Stack { get; }
    public TcpTransport Tcp { get; }
    public Lock Lock => Stack.Lock;
    public Instant Now => _network.Now;
    public IEntropySource Entropy { get; }

    public void OperationEnded() => Stack.Flush();

    public bool Wait(SocketWaiter waiter, Instant deadline) => throw new InvalidOperationException("Simulated programs do not block.");

    public TcpSocket NewSocket(bool v4) => new(this, Tcp, v4 ? SocketFamily.InterNetwork : SocketFamily.InterNetworkV6) { NonBlocking = true };
}

/// <summary>A simulated program: is called when its socket's readiness may have changed; says when it is done.</summary>
internal interface ISimProgram
{
    NetSocket Socket { get; }

    bool IsDone { get; }

    void Step();
}

/// <summary>Two stacks back to back over a <see cref="SimLink"/>, under one simulated clock.</summary>
internal sealed class SimNetwork
{
    public SimNetwork(int seed, SimFaults faults, bool segmentation = false, bool v4 = true, Action<TcpLimits>? configure = null, int mtu = 1500)
    {
        V4 = v4;
        var poolA = new PacketPool(new ManagedPacketMemory());
        var poolB = new PacketPool(new ManagedPacketMemory());
        var capabilities = new DeviceCapabilities(Medium.Ethernet, mtu)
        {
            TransmitChecksum = segmentation,
            SegmentationV4 = segmentation,
            SegmentationV6 = segmentation,
            ScatterGather = segmentation,
            MaximumSegmentationSize = segmentation ? 65535 : 0,
        };
        A = new SimHost(this, seed * 2 + 1, poolA);
        B = new SimHost(this, seed * 2 + 2, poolB);
        Link = new SimLink(seed, new SimFaults(), capabilities, poolA, poolB);
        AddressA = IpAddress.Parse(v4 ? "10.0.0.1" : "2001:db8::1");
        AddressB = IpAddress.Parse(v4 ? "10.0.0.2" : "2001:db8::2");
        configure?.Invoke(A.Tcp.Limits);
        configure?.Invoke(B.Tcp.Limits);
        Attach(A, Link.A, AddressA);
        Attach(B, Link.B, AddressB);
        Run(TimeSpan.FromSeconds(5)); // past duplicate address detection, on a good link
        // The neighbours know each other: an unreachable neighbour is another test.
        TcpSocket refused = A.NewSocket(v4);
        refused.Connect(SocketName.From(new IpEndpoint(AddressB, 1)));
        Run(TimeSpan.FromSeconds(1));
        Assert.Equal(TcpState.Closed, refused.State);
        refused.Close();
        Link.Faults = faults;
    }

    public Instant Now { get; private set; } = Instant.FromMilliseconds(1000);
    public bool V4 { get; }
    public SimHost A { get; }
    public SimHost B { get; }
    public SimLink Link { get; }
    public IpAddress AddressA { get; }
    public IpAddress AddressB { get; }
    private readonly Queue<ISimProgram> _ready = new();
    private readonly HashSet<ISimProgram> _running = [];

    /// <summary>Starts a program.</summary>
    public void Add(ISimProgram program)
    {
        _running.Add(program);
        program.Socket.Watch(new Watcher(this, program));
        _ready.Enqueue(program);
    }

    // Edges wake programs, so a forgotten edge is a stall that the tests see.
    private sealed class Watcher(SimNetwork network, ISimProgram program) : ISocketWatcher
    {
        public void ReadinessChanged(NetSocket socket, SocketReadiness changes)
        {
            if (!program.IsDone) network._ready.Enqueue(program);
        }
    }

    private void Attach(SimHost host, INetDevice device, IpAddress address)
    {
        host.Stack.AddLoopback();
        NetworkInterface networkInterface = host.Stack.AddInterface(device);
        host.Stack.AddAddress(networkInterface, new IpCidr(address, (byte)(address.IsV4 ? 24 : 64)), AddressOrigin.Static, Now);
    }

    /// <summary>Runs for so long, or until all programs are done. Returns the simulated time that passed.</summary>
    public TimeSpan Run(TimeSpan atMost)
    {
        Instant start = Now, end = Now + atMost;
        for (long turns = 0; Now < end; turns++)
        {
            if (turns > 3_000_000)
                throw new InvalidOperationException($"no progress at {Now}: deadlines {A.Stack.NextDeadline}, {B.Stack.NextDeadline}, link {Link.NextArrival}, buffers {A.Pool.Outstanding}, {B.Pool.Outstanding}, {_running.Count} programs");
            Link.Now = Now;
            Link.Deliver();
            bool more = A.Stack.Poll(Now);
            more |= B.Stack.Poll(Now);
            bool stepped = false;
            while (_ready.TryDequeue(out ISimProgram? program))
            {
                stepped = true;
                if (!program.IsDone) program.Step();
                if (program.IsDone && _running.Remove(program) && _running.Count == 0) return Now - start;
            }

            if (more || stepped) continue;
            Instant next = Instant.Min(Link.NextArrival, Instant.Min(A.Stack.NextDeadline, B.Stack.NextDeadline));
            if (next.IsNever && _running.Count > 0)
                throw new InvalidOperationException($"stall at {Now}: nothing is on the way and no timer runs\n{Describe()}");
            // A step of at least a tick: a deadline in the past that is not served would be an endless loop, and is counted.
            Now = Instant.Min(end, Instant.Max(next, Now + TimeSpan.FromTicks(1)));
            Link.Now = Now;
        }

        return Now - start;
    }

    public string Describe()
    {
        var list = new List<TcpTableEntry>();
        A.Tcp.CopyConnections(list);
        B.Tcp.CopyConnections(list);
        return string.Join('\n', list.OfType<TcpConnection>().Select(c => c.Describe()));
    }
}

/// <summary>Sends bytes that are a function of their place, then ends its direction.</summary>
internal sealed class SimSender(TcpSocket socket, int total, int chunk, int seed) : ISimProgram
{
    private readonly byte[] _chunk = new byte[chunk];
    private int _sent;

    public NetSocket Socket => socket;

    public bool IsDone { get; private set; }

    public static byte At(int place, int seed) => (byte)((place * 31 ^ place >> 8 ^ place >> 16) + seed);

    public void Step()
    {
        while (!IsDone && socket.State is TcpState.Established or TcpState.CloseWait)
        {
            if (_sent == total)
            {
                Assert.Equal(0, socket.Shutdown(SocketShutdown.Send));
                IsDone = true;
                return;
            }

            int count = Math.Min(_chunk.Length, total - _sent);
            for (int i = 0; i < count; i++) _chunk[i] = At(_sent + i, seed);
            int result = socket.Send(_chunk.AsSpan(0, count));
            if (result == -SocketErrno.EAGAIN) return;
            Assert.True(result > 0, $"send failed with {result} after {_sent} bytes");
            _sent += result;
        }
    }
}

/// <summary>Receives to the end and checks each byte.</summary>
internal sealed class SimReceiver(TcpSocket socket, int total, int chunk, int seed) : ISimProgram
{
    private readonly byte[] _chunk = new byte[chunk];

    public NetSocket Socket => socket;
    public int Received { get; private set; }
    public bool IsDone { get; private set; }

    public void Step()
    {
        while (!IsDone)
        {
            int result = socket.Receive(_chunk);
            if (result == -SocketErrno.EAGAIN || result == -SocketErrno.ENOTCONN) return;
            Assert.True(result >= 0, $"receive failed with {result} after {Received} bytes");
            for (int i = 0; i < result; i++)
            {
                if (_chunk[i] != SimSender.At(Received + i, seed)) Assert.Fail($"byte {Received + i} of seed {seed} is wrong");
            }

            Received += result;
            if (result == 0)
            {
                Assert.Equal(total, Received);
                IsDone = true;
            }
        }
    }
}

/// <summary>Takes so many connections and starts programs on each.</summary>
internal sealed class SimAcceptor(SimNetwork network, TcpSocket listener, int count, Func<TcpSocket, ISimProgram[]> start) : ISimProgram
{
    private int _accepted;

    public NetSocket Socket => listener;
    public bool IsDone => _accepted == count;

    public void Step()
    {
        while (!IsDone && listener.Accept(out NetSocket? socket, out _) == 0)
        {
            socket!.NonBlocking = true;
            _accepted++;
            foreach (ISimProgram program in start((TcpSocket)socket)) network.Add(program);
        }
    }
}
