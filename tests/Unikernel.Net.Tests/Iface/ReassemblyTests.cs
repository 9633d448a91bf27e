using Unikernel.Net.Iface;
using Unikernel.Net.Sockets.Udp;
using Unikernel.Net.Tests.Support;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Iface;

public class ReassemblyTests
{
    private readonly byte[] _segment = Frames.UdpSegment(Host.Peer4, Host.Our4, 5, 99, Frames.Bytes(3000));
    private readonly byte[] _segment6 = Frames.UdpSegment(Host.Peer6, Host.Our6, 5, 99, Frames.Bytes(3000));

    private byte[] Fragment(int offset, int length, ushort id = 1, bool? more = null) =>
        Frames.Ipv4(new Ipv4Repr(Host.Peer4, Host.Our4, IpProtocol.Udp, length) { Identification = id, FragmentOffset = offset, MoreFragments = more ?? offset + length < _segment.Length },
            _segment.AsSpan(offset, length));

    private byte[] Fragment6(int offset, int length, uint id = 1, byte[]? before = null)
    {
        byte[] payload = [.. before ?? [], .. new byte[8], .. _segment6.AsSpan(offset, length)];
        int at = before?.Length ?? 0;
        new Ipv6FragmentRepr(IpProtocol.Udp, offset, offset + length < _segment6.Length, id).Emit(payload.AsSpan(at));
        return Frames.Ipv6(new Ipv6Repr(Host.Peer6, Host.Our6, before is null ? IpProtocol.Ipv6Fragment : IpProtocol.Ipv6Destination, payload.Length), payload);
    }

    private static Host Listening(out UdpEndpoint endpoint)
    {
        var host = new Host();
        endpoint = host.Udp.Open(true);
        endpoint.Bind(IpAddress.Any6, 99);
        return host;
    }

    private void AssertReceived(UdpEndpoint endpoint)
    {
        Assert.True(endpoint.TryReceive(out Datagram datagram));
        byte[] received = new byte[datagram.Packet.TotalLength];
        datagram.Packet.CopyTo(0, received);
        datagram.Packet.Release();
        Assert.Equal(_segment.AsSpan(8).ToArray(), received);
    }

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2, 1)]
    [InlineData(1, 0, 2)]
    [InlineData(1, 2, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(2, 1, 0)]
    public void Any_order(params int[] order)
    {
        using Host host = Listening(out UdpEndpoint endpoint);
        foreach (int i in order) host.Receive(Fragment(i * 1200, Math.Min(1200, 3008 - i * 1200)));
        AssertReceived(endpoint);
        foreach (int i in order) host.Receive(Fragment6(i * 1200, Math.Min(1200, 3008 - i * 1200)));
        AssertReceived(endpoint);
        Assert.Equal(0, host.Stack.Reassembler.InUse);
        Assert.Equal(0, host.Stack.Reassembler.MemoryInUse);
    }

    [Fact]
    public void Exact_duplicates_do_no_harm()
    {
        using Host host = Listening(out UdpEndpoint endpoint);
        host.Receive(Fragment(0, 1200));
        host.Receive(Fragment(0, 1200));
        host.Receive(Fragment(1200, 1808));
        AssertReceived(endpoint);
        Assert.Equal(1, host.Counters.ReassemblyDuplicates);
    }

    [Theory]
    [InlineData(600, 1200)]
    [InlineData(0, 800)]
    [InlineData(1192, 8)]
    public void Overlaps_discard_the_whole_packet(int offset, int length)
    {
        using Host host = Listening(out UdpEndpoint endpoint);
        host.Receive(Fragment(0, 1200));
        host.Receive(Fragment(offset, length, more: true));
        host.Receive(Fragment(1200, 1808));
        Assert.False(endpoint.TryReceive(out _));
        Assert.True(host.Counters.ReassemblyOverlaps >= 1);
        Assert.Equal(0, host.Stack.Reassembler.MemoryInUse);
    }

    [Fact]
    public void Lies_about_the_end_discard_the_packet()
    {
        using Host host = Listening(out UdpEndpoint endpoint);
        host.Receive(Fragment(1200, 1200, more: true));
        host.Receive(Fragment(400, 400, more: false));
        host.Receive(Fragment(2400, 608));
        Assert.False(endpoint.TryReceive(out _));
        Assert.True(host.Counters.ReassemblyOverlaps >= 1);
    }

    [Fact]
    public void Impossible_fragments_are_counted()
    {
        using Host host = Listening(out _);
        host.Receive(Fragment(0, 1001, more: true)); // not a multiple of 8
        host.Receive(Frames.Ipv4(new Ipv4Repr(Host.Peer4, Host.Our4, IpProtocol.Icmp, 100) { FragmentOffset = 65528, Identification = 9 }, new byte[100])); // the ping of death
        host.Receive(Frames.Ipv4(new Ipv4Repr(Host.Peer4, Host.Our4, IpProtocol.Icmp, 0) { MoreFragments = true, Identification = 10 }, []));
        Assert.Equal(3, host.Counters.ReassemblyBadFragment);
        Assert.Equal(0, host.Stack.Reassembler.InUse);
    }

    [Fact]
    public void What_is_never_completed_is_freed_in_time()
    {
        using Host host = Listening(out _);
        host.Receive(Fragment(0, 1200));
        host.Receive(Fragment6(0, 1200));
        host.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(2, host.Stack.Reassembler.InUse);
        host.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, host.Stack.Reassembler.InUse);
        host.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal((0, 2), (host.Stack.Reassembler.InUse, host.Counters.ReassemblyTimeouts));
    }

    [Fact]
    public void A_flood_of_first_fragments_costs_bounded_memory_and_the_newest_still_works()
    {
        using Host host = Listening(out UdpEndpoint endpoint);
        for (int i = 2; i < 2000; i++) host.Receive(Fragment(0, 1200, (ushort)i));
        Assert.True(host.Stack.Reassembler.InUse <= Reassembler.MaximumPackets);
        Assert.True(host.Stack.Reassembler.MemoryInUse <= Reassembler.MaximumMemory);
        Assert.True(host.Counters.ReassemblyLimitDrops > 1900);
        host.Receive(Fragment(0, 1200, 1));
        host.Receive(Fragment(1200, 1808, 1));
        AssertReceived(endpoint);
    }

    [Fact]
    public void Packets_of_two_senders_with_one_identification_stay_apart()
    {
        using Host host = Listening(out UdpEndpoint endpoint);
        host.Receive(Fragment(0, 1200));
        byte[] stranger = Frames.Ipv4(new Ipv4Repr(new(10, 0, 0, 9), Host.Our4, IpProtocol.Udp, 1808) { Identification = 1, FragmentOffset = 1200 }, new byte[1808]);
        host.Receive(stranger);
        Assert.False(endpoint.TryReceive(out _));
        host.Receive(Fragment(1200, 1808));
        AssertReceived(endpoint);
    }

    [Fact]
    public void Extension_headers_before_the_fragment_header_and_atomic_fragments_are_fine()
    {
        using Host host = Listening(out UdpEndpoint endpoint);
        byte[] options = [(byte)IpProtocol.Ipv6Fragment, 0, 1, 4, 0, 0, 0, 0];
        host.Receive(Fragment6(0, 1200, 3, options));
        host.Receive(Fragment6(1200, 1808, 3, options));
        AssertReceived(endpoint);
        byte[] small = Frames.UdpSegment(Host.Peer6, Host.Our6, 5, 99, [7]);
        byte[] atomic = [(byte)IpProtocol.Udp, 0, 0, 0, 0, 0, 0, 1, .. small];
        host.Receive(Frames.Ipv6(new Ipv6Repr(Host.Peer6, Host.Our6, IpProtocol.Ipv6Fragment, atomic.Length), atomic));
        Assert.True(endpoint.TryReceive(out Datagram datagram));
        Assert.Equal([7], datagram.Packet.Data.ToArray());
        datagram.Packet.Release();
        Assert.Equal(1, host.Counters.ReassembledPackets);
    }

    [Fact]
    public void A_fragment_in_a_fragment_is_refused()
    {
        using Host host = Listening(out _);
        byte[] payload = [(byte)IpProtocol.Ipv6Fragment, 0, 0, 0, 0, 0, 0, 1, (byte)IpProtocol.Udp, 0, 0, 0, 0, 0, 0, 2, .. new byte[16]];
        host.Receive(Frames.Ipv6(new Ipv6Repr(Host.Peer6, Host.Our6, IpProtocol.Ipv6Fragment, payload.Length), payload));
        Assert.Equal(1, host.Counters.Ipv6ExtensionErrors);
    }
}
