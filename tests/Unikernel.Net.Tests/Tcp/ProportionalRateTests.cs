using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Wire;
using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>
/// Proportional rate reduction (RFC 9937). After the cases of packetdrill's fast_recovery folder (and of the kernel's own tests) that name it, with their
/// congestion control.
/// </summary>
public class ProportionalRateTests
{
    private const string TenSegments = Preamble.EstablishedFarWithSack + """
        +.1 write 10000
        +0 > . 1:1001(1000) ack 1 anypush
        +0 > . 1001:2001(1000) ack 1 anypush
        +0 > . 2001:3001(1000) ack 1 anypush
        +0 > . 3001:4001(1000) ack 1 anypush
        +0 > . 4001:5001(1000) ack 1 anypush
        +0 > . 5001:6001(1000) ack 1 anypush
        +0 > . 6001:7001(1000) ack 1 anypush
        +0 > . 7001:8001(1000) ack 1 anypush
        +0 > . 8001:9001(1000) ack 1 anypush
        +0 > P. 9001:10001(1000) ack 1

        """;

    private static void Cubic(string script) => TcpScript.Run(script, limits => limits.Congestion = TcpCongestionKind.Cubic);

    // prr-ss-10pkt-lost-1
    [Fact]
    public void At_the_new_window_one_segment_goes_for_each_that_arrives() => Cubic(TenSegments + """
        +.11 < . 1:1(0) ack 1 win 65535 <sack 1001:2001>
        +.01 < . 1:1(0) ack 1 win 65535 <sack 1001:3001>
        +.01 < . 1:1(0) ack 1 win 65535 <sack 1001:4001>
        +0 > . 1:1001(1000) ack 1
        +0 ssthresh = 7
        +0 cwnd = 7
        +.01 write 7000
        +.01 < . 1:1(0) ack 1 win 65535 <sack 1001:5001>
        +0 > . 10001:11001(1000) ack 1 anypush
        +.01 < . 1:1(0) ack 1 win 65535 <sack 1001:6001>
        +0 > . 11001:12001(1000) ack 1 anypush
        +.01 < . 1:1(0) ack 1 win 65535 <sack 1001:7001>
        +0 > . 12001:13001(1000) ack 1 anypush
        +.01 < . 1:1(0) ack 1 win 65535 <sack 1001:8001>
        +0 > . 13001:14001(1000) ack 1 anypush
        +.01 < . 1:1(0) ack 1 win 65535 <sack 1001:9001>
        +0 > . 14001:15001(1000) ack 1 anypush
        +.01 < . 1:1(0) ack 1 win 65535 <sack 1001:10001>
        +0 > . 15001:16001(1000) ack 1 anypush
        +.02 < . 1:1(0) ack 10001 win 65535
        +0 > P. 16001:17001(1000) ack 1
        +0 recovery = None
        +0 cwnd = 7
        """);

    // prr-ss-30pkt-lost1_4
    [Fact]
    public void Below_it_no_more_goes_than_arrives_and_afterwards_the_whole_window() => Cubic(TenSegments + """
        +.01 < . 1:1(0) ack 1 win 65535 <sack 4001:5001>
        +.002 < . 1:1(0) ack 1 win 65535 <sack 4001:6001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 4001:7001>
        +0 > . 1:1001(1000) ack 1
        +0 < . 1:1(0) ack 1 win 65535 <sack 4001:8001>
        +0 > . 1001:2001(1000) ack 1
        +0 < . 1:1(0) ack 1 win 65535 <sack 4001:9001>
        +0 > . 2001:3001(1000) ack 1
        +0 < . 1:1(0) ack 1 win 65535 <sack 4001:10001>
        +0 > . 3001:4001(1000) ack 1
        +.01 < . 1:1(0) ack 1001 win 65535 <sack 4001:10001>
        +0 < . 1:1(0) ack 2001 win 65535 <sack 4001:10001>
        +0 < . 1:1(0) ack 3001 win 65535 <sack 4001:10001>
        +0 < . 1:1(0) ack 10001 win 65535
        +.01 write 10000
        +0 > . 10001:11001(1000) ack 1 anypush
        +0 > . 11001:12001(1000) ack 1 anypush
        +0 > . 12001:13001(1000) ack 1 anypush
        +0 > . 13001:14001(1000) ack 1 anypush
        +0 > . 14001:15001(1000) ack 1 anypush
        +0 > . 15001:16001(1000) ack 1 anypush
        +0 > . 16001:17001(1000) ack 1 anypush
        """);

    // prr-ss-30pkt-lost-1_4-11_16
    [Fact]
    public void Many_losses_are_repeated_at_the_rate_of_what_arrives() => Cubic(TenSegments + """
        +0 write 10000
        +.01 < . 1:1(0) ack 1 win 65535 <sack 4001:5001>
        +0 > . 10001:11001(1000) ack 1 anypush
        +.002 < . 1:1(0) ack 1 win 65535 <sack 4001:6001>
        +0 > . 11001:12001(1000) ack 1 anypush
        +.002 < . 1:1(0) ack 1 win 65535 <sack 4001:7001>
        +0 > . 1:1001(1000) ack 1
        +.002 < . 1:1(0) ack 1 win 65535 <sack 4001:8001>
        +0 > . 1001:2001(1000) ack 1
        +.002 < . 1:1(0) ack 1 win 65535 <sack 4001:9001>
        +0 > . 2001:3001(1000) ack 1
        +.002 < . 1:1(0) ack 1 win 65535 <sack 4001:10001>
        +0 > . 3001:4001(1000) ack 1
        +.002 < . 1:1(0) ack 1 win 65535 <sack 4001:11001>
        +0 > . 12001:13001(1000) ack 1 anypush
        +.002 < . 1:1(0) ack 1 win 65535 <sack 4001:12001>
        +0 > . 13001:14001(1000) ack 1 anypush
        +.01 < . 1:1(0) ack 1001 win 65535 <sack 4001:12001>
        +0 > . 14001:15001(1000) ack 1 anypush
        +0 > . 15001:16001(1000) ack 1 anypush
        """);

    // prr-ss-ack-below-snd_una-cubic
    [Fact]
    public void An_overtaken_acknowledgment_says_what_arrived() => Cubic(TenSegments + """
        +.01 < . 1:1(0) ack 1 win 65535 <sack 1001:2001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 1001:3001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 1001:3001 8001:9001>
        +0 > . 1:1001(1000) ack 1
        """);

    // The proportional part: a window of forty, one loss, a new window of 28: for ten that arrive seven go.
    [Fact]
    public void Above_the_new_window_sending_goes_on_in_proportion()
    {
        TcpTestHarness harness = new(limits => limits.Congestion = TcpCongestionKind.Cubic);
        var script = new TcpScript(harness);
        script.Execute(Preamble.EstablishedWithSack);
        TcpConnection connection = harness.Socket!.Connection!;
        uint una = 1;
        while (connection.CongestionWindow < 40_000)
        {
            harness.Write(60_000);
            while (harness.TryTakeSent(out _)) { }
            Acknowledge(harness, una += 1000);
        }

        harness.Write(60_000);
        while (harness.TryTakeSent(out _)) { }
        Assert.Equal(40_000u, connection.SendNext - connection.SendUnacknowledged);

        int repeated = 0, fresh = 0;
        for (int arrived = 1; arrived <= 33; arrived++)
        {
            Acknowledge(harness, una, new TcpSackBlock(una + 1000, una + 1000 + 1000 * (uint)arrived));
            while (harness.TryTakeSent(out SentSegment sent))
            {
                if (sent.Header.SequenceNumber - harness.LocalIss == una) repeated++;
                else fresh += sent.Payload.Length / 1000;
            }

            // Two segments of limited transmit come on top: never more than the proportion, and never a pause.
            Assert.InRange(repeated + fresh, arrived * 28 / 40, arrived * 28 / 40 + 3);
        }

        Assert.Equal(1, repeated);
    }

    // As Linux does it (tcp_add_reno_sack): a duplicate stands for a segment.
    [Fact]
    public void Without_selective_acknowledgments_a_duplicate_counts_as_a_segment() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 write 20000
        +0 > . 1:1001(1000) ack 1 anypush
        +0 > . 1001:2001(1000) ack 1 anypush
        +0 > . 2001:3001(1000) ack 1 anypush
        +0 > . 3001:4001(1000) ack 1 anypush
        +0 > . 4001:5001(1000) ack 1 anypush
        +0 > . 5001:6001(1000) ack 1 anypush
        +0 > . 6001:7001(1000) ack 1 anypush
        +0 > . 7001:8001(1000) ack 1 anypush
        +0 > . 8001:9001(1000) ack 1 anypush
        +0 > . 9001:10001(1000) ack 1 anypush
        +.1 < . 1:1(0) ack 1 win 65535
        +0 > . 10001:11001(1000) ack 1 anypush
        +0 < . 1:1(0) ack 1 win 65535
        +0 > . 11001:12001(1000) ack 1 anypush
        +0 < . 1:1(0) ack 1 win 65535
        +0 > . 1:1001(1000) ack 1
        +0 ssthresh = 6
        // nine of twelve are on their way, and the repetition: the window comes down with each of them, in the proportion of six to ten
        +0 cwnd = 9
        +0 < . 1:1(0) ack 1 win 65535
        +0 cwnd = 8
        +0 < . 1:1(0) ack 1 win 65535
        +0 cwnd = 7
        +0 < . 1:1(0) ack 1 win 65535
        +0 cwnd = 6
        +0 < . 1:1(0) ack 1 win 65535
        +0 > . 12001:13001(1000) ack 1 anypush
        +0 < . 1:1(0) ack 1 win 65535
        +0 > . 13001:14001(1000) ack 1 anypush
        +.1 < . 1:1(0) ack 12001 win 65535
        +0 > . 14001:15001(1000) ack 1 anypush
        +0 > . 15001:16001(1000) ack 1 anypush
        +0 > . 16001:17001(1000) ack 1 anypush
        +0 > . 17001:18001(1000) ack 1 anypush
        +0 recovery = None
        +0 cwnd = 6
        """);

    private static void Acknowledge(TcpTestHarness harness, uint number, params ReadOnlySpan<TcpSackBlock> sacks)
    {
        harness.Advance(TimeSpan.FromMilliseconds(1));
        var header = new TcpRepr { SequenceNumber = 1, AcknowledgmentNumber = number, Flags = TcpFlags.Ack, Window = ushort.MaxValue, WindowScale = -1, SackCount = (byte)sacks.Length };
        for (int i = 0; i < sacks.Length; i++) header.Sacks[i] = sacks[i];
        harness.Inject(header, 0);
    }
}
