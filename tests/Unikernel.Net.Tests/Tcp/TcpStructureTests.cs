using System.Reflection;
using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Tests.Netsim;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>What holds for the whole: counters are complete, steady traffic allocates nothing, congestion windows behave.</summary>
public class TcpStructureTests
{
    private sealed class Names : ICounterVisitor
    {
        public List<string> Seen { get; } = [];

        public void Visit(string group, string name, long value) => Seen.Add(name);
    }

    [Fact]
    public void Every_counter_is_visited_once()
    {
        var names = new Names();
        new TcpCounters().Visit(names);
        Assert.Equal(typeof(TcpCounters).GetFields(BindingFlags.Public | BindingFlags.Instance).Select(f => f.Name).Order(), names.Seen.Order());
    }

    // Request and answer over the loopback: both ends, IP and sockets, without a byte of garbage.
    [Fact]
    public void Steady_traffic_allocates_nothing()
    {
        var network = new SimNetwork(1, new SimFaults());
        SimHost host = network.A;
        TcpSocket listener = host.NewSocket(true);
        Assert.Equal(0, listener.Bind(SocketName.From(new IpEndpoint(IpAddress.Loopback4, 80))));
        Assert.Equal(0, listener.Listen(1));
        TcpSocket client = host.NewSocket(true);
        client.Connect(SocketName.From(new IpEndpoint(IpAddress.Loopback4, 80)));
        for (int i = 0; i < 10; i++) host.Stack.Poll(network.Now);
        Assert.Equal(0, listener.Accept(out NetSocket? accepted, out _));
        var server = (TcpSocket)accepted!;
        server.NonBlocking = true;
        var buffer = new byte[8000];
        long Exchange(int times)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < times; i++)
            {
                if (client.Send(buffer.AsSpan(0, 100)) != 100) throw new InvalidOperationException("request");
                while (host.Stack.Poll(network.Now)) { }
                if (server.Receive(buffer) != 100) throw new InvalidOperationException("request received");
                if (server.Send(buffer.AsSpan(0, 5000)) != 5000) throw new InvalidOperationException("answer");
                while (host.Stack.Poll(network.Now)) { }
                if (client.Receive(buffer) != 5000) throw new InvalidOperationException("answer received");
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Exchange(2000); // pools and buffers reach their size
        Assert.Equal(0, Exchange(2000));
    }

    [Theory]
    [InlineData(TcpCongestionKind.NewReno, 0.5)]
    [InlineData(TcpCongestionKind.Cubic, 0.7)]
    public void A_loss_reduces_the_window_by_its_factor(TcpCongestionKind kind, double factor)
    {
        TcpCongestion congestion = TcpCongestion.Create(kind, 1000);
        Assert.Equal(10_000, congestion.Window);
        congestion.Acknowledged(Instant.Zero, 10_000, TimeSpan.FromMilliseconds(10));
        congestion.EnterRecovery(Instant.Zero, 10_000);
        Assert.Equal((int)(10_000 * factor), congestion.Window);
        Assert.Equal(congestion.Threshold, congestion.Window);
    }

    [Fact]
    public void NewReno_grows_by_a_segment_per_round_trip()
    {
        TcpCongestion congestion = TcpCongestion.Create(TcpCongestionKind.NewReno, 1000);
        congestion.EnterRecovery(Instant.Zero, 20_000);
        for (int round = 0; round < 5; round++)
        {
            int window = congestion.Window;
            for (int acknowledged = 0; acknowledged < window; acknowledged += 1000) congestion.Acknowledged(Instant.Zero, 1000, TimeSpan.FromMilliseconds(10));
            Assert.InRange(congestion.Window, window + 1000, window + 1000);
        }
    }

    // RFC 9438 section 4.2: back at W_max after K = cbrt(W_max * (1 - beta) / C) seconds.
    [Fact]
    public void Cubic_is_back_at_its_maximum_after_K()
    {
        TcpCongestion congestion = TcpCongestion.Create(TcpCongestionKind.Cubic, 1000);
        for (int i = 0; i < 100; i++) congestion.Acknowledged(Instant.Zero, 2000, TimeSpan.FromMilliseconds(100));
        double maximum = congestion.Window / 1000.0;
        congestion.EnterRecovery(Instant.Zero, congestion.Window);
        double k = Math.Cbrt(maximum * 0.3 / 0.4);
        Instant now = Instant.Zero;
        for (double t = 0; t < k; t += 0.1)
        {
            now = Instant.FromMilliseconds((long)(t * 1000));
            int window = congestion.Window;
            for (int acknowledged = 0; acknowledged < window; acknowledged += 1000) congestion.Acknowledged(now, 1000, TimeSpan.FromMilliseconds(100));
        }

        Assert.InRange(congestion.Window / 1000.0, maximum * 0.93, maximum * 1.07);
    }
}
