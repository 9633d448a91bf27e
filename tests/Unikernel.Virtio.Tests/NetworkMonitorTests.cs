using System.Text;
using Unikernel.Net;
using Unikernel.Net.Iface;
using Unikernel.Net.Phy;
using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Sockets.Udp;
using Xunit;

namespace Unikernel.Virtio.Tests;

/// <summary>What a monitor answers, and its captures.</summary>
public class NetworkMonitorTests
{
    private sealed class Port(string input) : IMonitorPort
    {
        private readonly Queue<byte> _input = new(Encoding.ASCII.GetBytes(input));

        public MemoryStream Written { get; } = new();

        public string Text => Encoding.UTF8.GetString(Written.ToArray());

        public int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _input.Count);
            for (int i = 0; i < count; i++) buffer[i] = _input.Dequeue();
            return count;
        }

        public void Write(ReadOnlySpan<byte> bytes) => Written.Write(bytes);
    }

    private sealed class Entropy : IEntropySource
    {
        public void Fill(Span<byte> bytes) => bytes.Fill(1);
    }

    private static (NetworkStack Stack, TcpTransport Tcp, UdpTransport Udp) Stack()
    {
        var stack = new NetworkStack(new PacketPool(new ManagedPacketMemory()), new Entropy());
        stack.AddLoopback();
        var udp = new UdpTransport(stack);
        var tcp = new TcpTransport(stack, stack.Entropy);
        stack.AddTransport(tcp);
        return (stack, tcp, udp);
    }

    [Fact]
    public void Parts_are_printed_by_their_names()
    {
        (NetworkStack stack, TcpTransport tcp, UdpTransport udp) = Stack();
        UdpEndpoint endpoint = udp.Open(isV6: false);
        Assert.Equal(EndpointError.None, endpoint.Bind(IpAddress.Loopback4, 53));
        Assert.Equal(EndpointError.None, endpoint.Send(Instant.Zero, "x"u8, new IpEndpoint(IpAddress.Loopback4, 53)));
        stack.PollLoopback(Instant.Zero);
        var report = new NetworkReport(stack, tcp, udp);
        Assert.Contains("lo ", report.Write("interfaces"), StringComparison.Ordinal);
        Assert.Contains("  127.0.0.1/8 Preferred (Loopback)", report.Write("interfaces"), StringComparison.Ordinal);
        Assert.Contains("udp 127.0.0.1:53 queued 1 dropped 0", report.Write("connections"), StringComparison.Ordinal);
        Assert.Contains("udp.Received 1\n", report.Write("counters"), StringComparison.Ordinal);
        Assert.DoesNotContain(" 0\n", report.Write("counters"), StringComparison.Ordinal);
        Assert.Contains("127.0.0.0/8", report.Write("routes"), StringComparison.Ordinal);
        Assert.Null(report.Write("nonsense"));
        endpoint.Close(Instant.Zero);
    }

    [Fact]
    public void Commands_are_answered_and_the_unknown_told()
    {
        var port = new Port("routes\r\n\nnonsense\ncapture eth9\n");
        new NetworkMonitor(port, () => Instant.Zero, null).Run(part => part == "routes" ? "a route\n" : null);
        string[] lines = port.Text.Split('\n');
        Assert.Equal(["a route", "."], lines[..2]);
        Assert.StartsWith("? interfaces, routes", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("? interfaces, routes", lines[4], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "capture\n")]
    [InlineData(null, "capture lo\n")]
    [InlineData("lo", "")]
    public void A_capture_is_a_pcap_file_and_nothing_else(string? option, string commands)
    {
        var port = new Port(commands);
        var monitor = new NetworkMonitor(port, () => Instant.FromNanoseconds(1_700_000_000_000_000_500), option);
        INetDevice tapped = monitor.Tap(new LoopbackDevice());
        monitor.Run(_ => "never\n");
        var pool = new PacketPool(new ManagedPacketMemory());
        PacketBuffer packet = pool.Rent()!;
        packet.Append("some bytes"u8);
        Assert.True(tapped.TryTransmit(packet));
        tapped.TryReceive()!.Release();
        byte[] file = port.Written.ToArray();
        Assert.Equal(24 + 2 * (16 + 10), file.Length);
        Assert.Equal(0xa1b23c4d, BitConverter.ToUInt32(file));
        Assert.Equal(1_700_000_000u, BitConverter.ToUInt32(file, 24));
        Assert.Equal("some bytes", Encoding.ASCII.GetString(file, 40, 10));
    }

    [Fact]
    public void Without_a_request_nothing_is_captured()
    {
        var port = new Port("");
        INetDevice tapped = new NetworkMonitor(port, () => Instant.Zero, null).Tap(new LoopbackDevice());
        PacketBuffer packet = new PacketPool(new ManagedPacketMemory()).Rent()!;
        packet.Append("x"u8);
        Assert.True(tapped.TryTransmit(packet));
        Assert.Equal(0, port.Written.Length);
    }
}
