using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Tcp;

namespace Unikernel.Net.Tests.Netsim;

/// <summary>Two of our stacks over a bad link: no byte wrong, no stall, and a throughput that does not get worse unnoticed.</summary>
public class NetsimTests
{
    private static TimeSpan Transfer(SimNetwork network, int forth, int back, int seed, int chunk = 8000, Action<SimNetwork, TcpSocket, TcpSocket>? afterwards = null)
    {
        TcpSocket listener = network.B.NewSocket(network.V4);
        Assert.Equal(0, listener.Bind(SocketName.From(new IpEndpoint(network.AddressB, 80))));
        Assert.Equal(0, listener.Listen(16));
        TcpSocket client = network.A.NewSocket(network.V4);
        Assert.Equal(-SocketErrno.EINPROGRESS, client.Connect(SocketName.From(new IpEndpoint(network.AddressB, 80))));
        TcpSocket? server = null;
        network.Add(new SimAcceptor(network, listener, 1, socket =>
        {
            server = socket;
            return [new SimReceiver(socket, forth, chunk, seed), new SimSender(socket, back, chunk, seed + 1)];
        }));
        network.Add(new SimSender(client, forth, chunk, seed));
        network.Add(new SimReceiver(client, back, chunk, seed + 1));
        TimeSpan limit = TimeSpan.FromMinutes(60);
        TimeSpan took = network.Run(limit);
        Assert.True(took < limit, $"not finished in {limit} of simulated time\n{network.Describe()}");
        afterwards?.Invoke(network, client, server!);
        client.Close();
        server!.Close();
        listener.Close();
        network.Run(TimeSpan.FromMinutes(10));
        Assert.Equal(0, network.A.Tcp.ConnectionCount);
        Assert.Equal(0, network.B.Tcp.ConnectionCount);
        Assert.Equal(0, network.A.Pool.Outstanding + network.A.Pool.OutstandingSlices);
        Assert.Equal(0, network.B.Pool.Outstanding + network.B.Pool.OutstandingSlices);
        return took;
    }

    public static TheoryData<int> Seeds
    {
        get
        {
            var seeds = new TheoryData<int>();
            for (int i = 0; i < 200; i++) seeds.Add(i);
            return seeds;
        }
    }

    // Each seed is another link: from good to dreadful, fast to slow, IPv4 and IPv6, with and without TSO.
    [Theory]
    [MemberData(nameof(Seeds))]
    public void No_stall_and_no_wrong_byte(int seed)
    {
        var random = new Random(seed);
        var faults = new SimFaults
        {
            Drop = random.NextDouble() * 0.10,
            Duplicate = random.NextDouble() * 0.05,
            Reorder = random.NextDouble() * 0.15,
            Corrupt = random.NextDouble() * 0.02,
            Delay = TimeSpan.FromMilliseconds(random.NextDouble() * 40),
            ReorderDelay = TimeSpan.FromMilliseconds(random.NextDouble() * 20),
            Rate = random.Next(4) switch { 0 => 100_000, 1 => 1_000_000, 2 => 20_000_000, _ => 0 },
            Queue = random.Next(2) == 0 ? 20_000 : 200_000,
        };
        var network = new SimNetwork(seed, faults, segmentation: random.Next(2) == 0, v4: random.Next(3) != 0,
            limits => limits.Congestion = random.Next(2) == 0 ? TcpCongestionKind.Cubic : TcpCongestionKind.NewReno, mtu: random.Next(5) switch { 0 => 1280, 1 => 9000, _ => 1500 });
        Transfer(network, random.Next(300_000), random.Next(300_000), seed, chunk: 1 + random.Next(20_000));
    }

    // The throughput in kB/s of simulated time. When one of these changes, look at why, then write the new figure.
    [Theory]
    [InlineData(0.0, 1, TcpCongestionKind.NewReno)]
    [InlineData(0.0, 20, TcpCongestionKind.NewReno)]
    [InlineData(0.01, 20, TcpCongestionKind.NewReno)]
    [InlineData(0.05, 20, TcpCongestionKind.NewReno)]
    [InlineData(0.0, 1, TcpCongestionKind.Cubic)]
    [InlineData(0.0, 20, TcpCongestionKind.Cubic)]
    [InlineData(0.01, 20, TcpCongestionKind.Cubic)]
    [InlineData(0.05, 20, TcpCongestionKind.Cubic)]
    public void Throughput_snapshot(double loss, int delayMilliseconds, TcpCongestionKind congestion)
    {
        const int Total = 4_000_000;
        var faults = new SimFaults { Drop = loss, Delay = TimeSpan.FromMilliseconds(delayMilliseconds) };
        var network = new SimNetwork(42, faults, configure: limits => limits.Congestion = congestion);
        TimeSpan took = Transfer(network, Total, 0, 7);
        Snapshot.Check("throughput", $"{congestion} loss {loss} delay {delayMilliseconds} ms", $"{Total / took.TotalSeconds / 1000:F0} kB/s");
    }

    // What comes late is not lost (RFC 8985): a frame in twenty, or in five, overtaken by what is 3 or 15 ms behind it.
    [Theory]
    [InlineData(0.0, 0.05, 3)]
    [InlineData(0.0, 0.2, 3)]
    [InlineData(0.0, 0.05, 15)]
    [InlineData(0.01, 0.05, 3)]
    public void Reordering_snapshot(double loss, double reorder, int lateMilliseconds)
    {
        const int Total = 4_000_000;
        var faults = new SimFaults { Drop = loss, Reorder = reorder, ReorderDelay = TimeSpan.FromMilliseconds(lateMilliseconds), Delay = TimeSpan.FromMilliseconds(20) };
        var network = new SimNetwork(42, faults);
        long repeated = 0;
        TimeSpan took = Transfer(network, Total, 0, 7, afterwards: (n, _, _) => repeated = n.A.Tcp.Counters.SegmentsRetransmitted);
        Snapshot.Check("throughput", $"Cubic loss {loss} reorder {reorder} by {lateMilliseconds} ms", $"{Total / took.TotalSeconds / 1000:F0} kB/s, {repeated} segments again, {network.Link.Dropped} lost");
    }

    [Fact]
    public void A_dead_link_ends_the_connection_with_an_error()
    {
        var network = new SimNetwork(1, new SimFaults());
        TcpSocket listener = network.B.NewSocket(true);
        listener.Bind(SocketName.From(new IpEndpoint(network.AddressB, 80)));
        listener.Listen(1);
        TcpSocket client = network.A.NewSocket(true);
        client.Connect(SocketName.From(new IpEndpoint(network.AddressB, 80)));
        network.Run(TimeSpan.FromSeconds(1));
        network.Link.Faults = new SimFaults { Drop = 1 };
        Assert.Equal(100, client.Send(new byte[100]));
        network.Run(TimeSpan.FromMinutes(30));
        Assert.Equal(TcpState.Closed, client.State);
        Assert.True(client.Receive(new byte[1]) is -SocketErrno.ETIMEDOUT or -SocketErrno.EHOSTUNREACH);
    }

    [Fact]
    public void A_link_that_comes_back_resumes()
    {
        var network = new SimNetwork(1, new SimFaults());
        Transfer(network, 2_000_000, 0, 3);
        network.Link.Faults = new SimFaults { Drop = 1 };
        network.Run(TimeSpan.FromSeconds(60));
        network.Link.Faults = new SimFaults();
        Transfer(network, 100_000, 100_000, 4);
    }

    [Fact]
    public void Twenty_thousand_connections_one_after_another_leave_nothing()
    {
        var network = new SimNetwork(5, new SimFaults { Delay = TimeSpan.FromMilliseconds(0.1), Rate = 0 });
        TcpSocket listener = network.B.NewSocket(true);
        Assert.Equal(0, listener.Bind(SocketName.From(new IpEndpoint(network.AddressB, 80))));
        Assert.Equal(0, listener.Listen(64));
        var request = new byte[100];
        var buffer = new byte[1000];
        for (int i = 0; i < 20_000; i++)
        {
            TcpSocket client = network.A.NewSocket(true);
            Assert.Equal(-SocketErrno.EINPROGRESS, client.Connect(SocketName.From(new IpEndpoint(network.AddressB, 80))));
            network.Run(TimeSpan.FromMilliseconds(0.5));
            Assert.Equal(request.Length, client.Send(request));
            network.Run(TimeSpan.FromMilliseconds(0.5));
            Assert.Equal(0, listener.Accept(out NetSocket? server, out _));
            server!.NonBlocking = true;
            Assert.Equal(100, server.Receive(buffer));
            Assert.Equal(1000, server.Send(buffer));
            server.Close();
            network.Run(TimeSpan.FromMilliseconds(0.5));
            Assert.Equal(1000, client.Receive(buffer));
            Assert.Equal(0, client.Receive(buffer));
            client.Close();
            network.Run(TimeSpan.FromMilliseconds(0.5));
        }

        Assert.Equal(20_000, network.B.Tcp.Counters.PassiveOpens);
        Assert.True(network.B.Tcp.TimeWaitCount <= network.B.Tcp.Limits.TimeWaits);
        listener.Close();
        network.Run(TimeSpan.FromMinutes(2));
        Assert.Equal(0, network.B.Tcp.ConnectionCount);
        Assert.Equal(0, network.B.Pool.Outstanding);
        Assert.Equal(0, network.A.Pool.Outstanding);
    }

    [Fact]
    public void Two_thousand_connections_at_once_in_little_memory()
    {
        var network = new SimNetwork(6, new SimFaults { Delay = TimeSpan.FromMilliseconds(1), Rate = 0, Drop = 0.01 }, configure: limits => limits.HalfOpen = 100);
        TcpSocket listener = network.B.NewSocket(true);
        Assert.Equal(0, listener.Bind(SocketName.From(new IpEndpoint(network.AddressB, 80))));
        Assert.Equal(0, listener.Listen(4000));
        const int Each = 5000;
        for (int i = 0; i < 2000; i++)
        {
            TcpSocket client = network.A.NewSocket(true);
            Assert.Equal(-SocketErrno.EINPROGRESS, client.Connect(SocketName.From(new IpEndpoint(network.AddressB, 80))));
            network.Add(new SimSender(client, Each, 3000, 0));
            network.Add(new SimReceiver(client, Each, 3000, 0));
        }

        network.Add(new SimAcceptor(network, listener, 2000, socket => [new SimReceiver(socket, Each, 3000, 0), new SimSender(socket, Each, 3000, 0)]));

        TimeSpan took = network.Run(TimeSpan.FromMinutes(30));
        Assert.True(took < TimeSpan.FromMinutes(30), network.Describe());
        Assert.True(network.B.Tcp.Counters.CookiesAccepted > 0, "the limit of half-open connections was not reached");
    }
}
