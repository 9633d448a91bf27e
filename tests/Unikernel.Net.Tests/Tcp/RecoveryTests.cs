using Unikernel.Net.Wire;
using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>Retransmission: RFC 6298, fast recovery with SACK (RFC 6675) and without (RFC 6582), spurious timeouts.</summary>
public class RecoveryTests
{
    // Ten segments of 1000 bytes in flight.
    private const string TenOut = """
        +0 write 10000
        +0 > . 1:1001(1000) ack 1
        +0 > . 1001:2001(1000) ack 1
        +0 > . 2001:3001(1000) ack 1
        +0 > . 3001:4001(1000) ack 1
        +0 > . 4001:5001(1000) ack 1
        +0 > . 5001:6001(1000) ack 1
        +0 > . 6001:7001(1000) ack 1
        +0 > . 7001:8001(1000) ack 1
        +0 > . 8001:9001(1000) ack 1
        +0 > P. 9001:10001(1000) ack 1

        """;

    [Fact]
    public void An_unacknowledged_segment_is_repeated_with_backoff() => TcpScript.Run(Preamble.Established + """
        +0 write 100
        +0 > P. 1:101(100) ack 1
        +.2 > P. 1:101(100) ack 1
        +.4 > P. 1:101(100) ack 1
        +.8 > P. 1:101(100) ack 1
        +1.6 > P. 1:101(100) ack 1
        +.01 < . 1:1(0) ack 101 win 65535
        +0 counter Timeouts = 4
        +10 silence
        """);

    [Fact]
    public void It_is_given_up() => TcpScript.Run(Preamble.Established + """
        +0 write 100
        +0 > P. 1:101(100) ack 1
        +.2 > P. 1:101(100) ack 1
        +.4 > P. 1:101(100) ack 1
        +.8 > R. 101:101(0) ack 1
        +0 state CLOSED
        +0 read 10 = ETIMEDOUT
        """, limits => limits.DataRetries = 2);

    [Fact]
    public void It_is_given_up_after_the_users_timeout() => TcpScript.Run(Preamble.Established + """
        +0 setopt UserTimeout 1000
        +0 write 100
        +0 > P. 1:101(100) ack 1
        +.2 > P. 1:101(100) ack 1
        +.4 > P. 1:101(100) ack 1
        +.8 > R. 101:101(0) ack 1
        +0 error = ETIMEDOUT
        """);

    [Fact]
    public void The_reason_is_told_if_it_is_known() => TcpScript.Run(Preamble.Established + """
        +0 write 100
        +0 > P. 1:101(100) ack 1
        +0 icmp HostUnreachable 1
        +.2 > P. 1:101(100) ack 1
        +.4 > R. 101:101(0) ack 1
        +0 read 10 = EHOSTUNREACH
        """, limits => limits.DataRetries = 1);

    [Fact]
    public void The_timeout_follows_the_round_trip() => TcpScript.Run(Preamble.Established + """
        +0 write 100
        +0 > P. 1:101(100) ack 1
        +.15 < . 1:1(0) ack 101 win 65535
        +0 write 100
        +0 > P. 101:201(100) ack 1
        // SRTT and variation mix the handshake's 1 ms and these 150 ms
        * > P. 101:201(100) ack 1
        +.1 < . 1:1(0) ack 201 win 65535
        """);

    [Fact]
    public void Without_timestamps_a_repeated_segment_is_not_measured()
    {
        TcpTestHarness harness = TcpScript.Run(Preamble.Established + """
            +0 write 100
            +0 > P. 1:101(100) ack 1
            +.2 > P. 1:101(100) ack 1
            """);
        TimeSpan before = harness.Socket!.Connection!.SmoothedRtt;
        new TcpScript(harness).Execute("+.1 < . 1:1(0) ack 101 win 65535");
        Assert.Equal(before, harness.Socket.Connection.SmoothedRtt);
    }

    [Fact]
    public void With_timestamps_it_is()
    {
        TcpTestHarness harness = TcpScript.Run(Preamble.EstablishedWithOptions + """
            +0 write 100
            +0 > P. 1:101(100) ack 1
            +.2 > P. 1:101(100) ack 1
            +.1 < . 1:1(0) ack 101 win 512 <ts>
            """);
        Assert.InRange(harness.Socket!.Connection!.SmoothedRtt.TotalMilliseconds, 10, 100);
    }

    [Fact]
    public void Three_duplicates_repeat_the_first_segment() => TcpScript.Run(Preamble.EstablishedSmallMss + TenOut + """
        +.05 < . 1:1(0) ack 1 win 65535
        +0 < . 1:1(0) ack 1 win 65535
        +0 silence
        +0 < . 1:1(0) ack 1 win 65535
        +0 > . 1:1001(1000) ack 1
        +0 recovery = Fast
        +0 ssthresh = 5
        +.05 < . 1:1(0) ack 10001 win 65535
        +0 recovery = None
        +0 counter FastRecoveries = 1
        """);

    [Fact]
    public void Two_duplicates_are_reordering() => TcpScript.Run(Preamble.EstablishedSmallMss + TenOut + """
        +.05 < . 1:1(0) ack 1 win 65535
        +0 < . 1:1(0) ack 1 win 65535
        +0 < . 1:1(0) ack 10001 win 65535
        +0 recovery = None
        +1 silence
        """);

    [Fact]
    public void A_window_update_is_not_a_duplicate() => TcpScript.Run(Preamble.EstablishedSmallMss + TenOut + """
        +.05 < . 1:1(0) ack 1 win 60000
        +0 < . 1:1(0) ack 1 win 61000
        +0 < . 1:1(0) ack 1 win 62000
        +0 < . 1:1(0) ack 1 win 63000
        +0 recovery = None
        """);

    [Fact]
    public void Text_from_the_peer_is_not_a_duplicate() => TcpScript.Run(Preamble.EstablishedSmallMss + TenOut + """
        +.05 < P. 1:11(10) ack 1 win 65535
        * > . 10001:10001(0) ack 11
        +0 < P. 11:21(10) ack 1 win 65535
        * > . 10001:10001(0) ack 21
        +0 < P. 21:31(10) ack 1 win 65535
        * > . 10001:10001(0) ack 31
        +0 recovery = None
        """);

    [Fact]
    public void A_partial_acknowledgment_repeats_the_next_hole() => TcpScript.Run(Preamble.EstablishedSmallMss + TenOut + """
        +.05 < . 1:1(0) ack 1 win 65535
        +0 < . 1:1(0) ack 1 win 65535
        +0 < . 1:1(0) ack 1 win 65535
        +0 > . 1:1001(1000) ack 1
        +.05 < . 1:1(0) ack 4001 win 65535
        +0 > . 4001:5001(1000) ack 1
        +0 recovery = Fast
        +.05 < . 1:1(0) ack 10001 win 65535
        +0 recovery = None
        """);

    [Fact]
    public void Limited_transmit_on_the_first_duplicates() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 write 15000
        +0 > . 1:1001(1000) ack 1
        +0 > . 1001:2001(1000) ack 1
        +0 > . 2001:3001(1000) ack 1
        +0 > . 3001:4001(1000) ack 1
        +0 > . 4001:5001(1000) ack 1
        +0 > . 5001:6001(1000) ack 1
        +0 > . 6001:7001(1000) ack 1
        +0 > . 7001:8001(1000) ack 1
        +0 > . 8001:9001(1000) ack 1
        +0 > . 9001:10001(1000) ack 1
        +.05 < . 1:1(0) ack 1 win 65535
        +0 > . 10001:11001(1000) ack 1
        +0 < . 1:1(0) ack 1 win 65535
        +0 > . 11001:12001(1000) ack 1
        +0 < . 1:1(0) ack 1 win 65535
        +0 > . 1:1001(1000) ack 1
        """);

    [Fact]
    public void Sacked_ranges_are_not_repeated() => TcpScript.Run(Preamble.EstablishedWithSack + TenOut + """
        +.05 < . 1:1(0) ack 1 win 65535 <sack 1001:2001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 1001:3001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 1001:4001>
        +0 > . 1:1001(1000) ack 1
        +0 recovery = Fast
        +.05 < . 1:1(0) ack 10001 win 65535
        +0 recovery = None
        """);

    [Fact]
    public void Several_holes_are_repeated_in_order() => TcpScript.Run(Preamble.EstablishedWithSack + TenOut + """
        // 1, 3 and 5 are lost
        +.05 < . 1:1(0) ack 1 win 65535 <sack 1001:2001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 3001:4001,sack 1001:2001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 5001:6001,sack 3001:4001,sack 1001:2001>
        +0 > . 1:1001(1000) ack 1
        +0 < . 1:1(0) ack 1 win 65535 <sack 5001:7001,sack 3001:4001,sack 1001:2001>
        +0 > . 2001:3001(1000) ack 1
        +0 < . 1:1(0) ack 1 win 65535 <sack 5001:8001,sack 3001:4001,sack 1001:2001>
        +0 > . 4001:5001(1000) ack 1
        +0 < . 1:1(0) ack 1 win 65535 <sack 5001:9001,sack 3001:4001,sack 1001:2001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 5001:10001,sack 3001:4001,sack 1001:2001>
        +.05 < . 1:1(0) ack 10001 win 65535
        +0 recovery = None
        +1 silence
        """);

    [Fact]
    public void A_sack_of_what_was_not_sent_is_ignored() => TcpScript.Run(Preamble.EstablishedWithSack + TenOut + """
        +.05 < . 1:1(0) ack 1 win 65535 <sack 20001:21001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 9001:20001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 5001:4001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 5001:5001>
        +0 recovery = None
        +0 counter DuplicateAcks = 0
        """);

    [Fact]
    public void After_a_timeout_sacked_ranges_are_left_out() => TcpScript.Run(Preamble.EstablishedFarWithSack + TenOut + """
        +.05 < . 1:1(0) ack 1 win 65535 <sack 8001:9001>
        // a quarter of the shortest round trip later what was sent before it is lost; and so is the repetition
        +.0125 > . 1:1001(1000) ack 1
        +0 recovery = Fast
        * > . 1:1001(1000) ack 1
        +0 recovery = Loss
        +0 cwnd = 1
        +.05 < . 1:1(0) ack 1001 win 65535 <sack 8001:9001>
        +0 > . 1001:2001(1000) ack 1
        +0 > . 2001:3001(1000) ack 1
        +.05 < . 1:1(0) ack 8001 win 65535 <sack 8001:9001>
        * > P. 9001:10001(1000) ack 1
        +.05 < . 1:1(0) ack 10001 win 65535
        +0 recovery = None
        +1 silence
        """);

    [Fact]
    public void A_peer_that_drops_what_it_sacked_is_noticed() => TcpScript.Run(Preamble.EstablishedWithSack + TenOut + """
        +.05 < . 1:1(0) ack 1 win 65535 <sack 1001:2001>
        +0 < . 1:1(0) ack 1001 win 65535
        * > . 1001:2001(1000) ack 1
        +0 counter SackReneging = 1
        """);

    [Fact]
    public void A_timeout_returns_to_slow_start() => TcpScript.Run(Preamble.EstablishedSmallMss + TenOut + """
        +.2 > . 1:1001(1000) ack 1
        +0 cwnd = 1
        +0 ssthresh = 5
        +.05 < . 1:1(0) ack 1001 win 65535
        +0 > . 1001:2001(1000) ack 1
        +0 > . 2001:3001(1000) ack 1
        +0 cwnd = 2
        +.05 < . 1:1(0) ack 3001 win 65535
        +0 > . 3001:4001(1000) ack 1
        +0 > . 4001:5001(1000) ack 1
        +0 > . 5001:6001(1000) ack 1
        +0 > . 6001:7001(1000) ack 1
        """);

    [Fact]
    public void A_spurious_timeout_is_undone() => TcpScript.Run(Preamble.EstablishedWithOptions + """
        +.05 write 5000
        +0 > . 1:1449(1448) ack 1
        +0 > . 1449:2897(1448) ack 1
        +0 > . 2897:4345(1448) ack 1
        +0 > P. 4345:5001(656) ack 1
        +.2 > . 1:1449(1448) ack 1
        +0 cwnd = 1
        // the acknowledgment echoes the original
        +.05 < . 1:1(0) ack 1449 win 512 <ts ecr -250>
        +0 counter SpuriousTimeouts = 1
        +0 recovery = None
        +0 cwnd = 10
        +.01 < . 1:1(0) ack 5001 win 512 <ts>
        """);

    [Fact]
    public void Our_holes_are_reported_most_recent_first() => TcpScript.Run(Preamble.EstablishedWithSack + """
        +0 < . 101:201(100) ack 1 win 65535
        +0 > . 1:1(0) ack 1 <sack 101:201>
        +0 < . 301:401(100) ack 1 win 65535
        +0 > . 1:1(0) ack 1 <sack 301:401,sack 101:201>
        +0 < . 501:601(100) ack 1 win 65535
        +0 > . 1:1(0) ack 1 <sack 501:601,sack 301:401,sack 101:201>
        +0 < . 201:301(100) ack 1 win 65535
        +0 > . 1:1(0) ack 1 <sack 101:401,sack 501:601>
        +0 < . 1:101(100) ack 1 win 65535
        +0 > . 1:1(0) ack 401 <sack 501:601>
        +0 < . 401:501(100) ack 1 win 65535
        +0 > . 1:1(0) ack 601
        +0 read 1000 = 600
        """);

    [Fact]
    public void A_duplicate_is_reported_as_such() => TcpScript.Run(Preamble.EstablishedWithSack + """
        +0 < . 1:101(100) ack 1 win 65535
        +0 > . 1:1(0) ack 101
        +0 < . 1:101(100) ack 1 win 65535
        +0 > . 1:1(0) ack 101 <sack 1:101>
        """);

    // Found by fuzzing: text of full size and reported holes made a packet larger than the path.
    [Fact]
    public void Text_of_full_size_leaves_no_room_for_reports()
    {
        TcpTestHarness harness = TcpScript.Run("""
            +0 listen
            +0 < S 0:0(0) win 65535 <mss 1460,sackOK>
            +0 > S. 0:0(0) ack 1
            +0 < . 1:1(0) ack 1 win 65535
            +0 accept
            +0 < . 101:201(100) ack 1 win 65535
            +0 > . 1:1(0) ack 1 <sack 101:201>
            +0 write 1560
            +0 > . 1:1461(1460) ack 1
            +0 > P. 1461:1561(100) ack 1 <sack 101:201>
            +.01 < . 1:1(0) ack 1561 win 65535
            """);
        Assert.Equal(0, harness.Counter("DeviceBusy"));
    }

    [Fact]
    public void With_timestamps_three_blocks_fit() => TcpScript.Run(Preamble.EstablishedWithOptions + """
        +0 < . 101:201(100) ack 1 win 512 <ts>
        +0 > . 1:1(0) ack 1 <ts,sack 101:201>
        +0 < . 301:401(100) ack 1 win 512 <ts>
        +0 > . 1:1(0) ack 1 <ts,sack 301:401,sack 101:201>
        +0 < . 501:601(100) ack 1 win 512 <ts>
        +0 > . 1:1(0) ack 1 <ts,sack 501:601,sack 301:401,sack 101:201>
        +0 < . 701:801(100) ack 1 win 512 <ts>
        +0 > . 1:1(0) ack 1 <ts,sack 701:801,sack 501:601,sack 301:401>
        """);

    [Fact]
    public void After_idleness_the_window_restarts()
    {
        TcpTestHarness harness = TcpScript.Run(Preamble.EstablishedSmallMss);
        var script = new TcpScript(harness);
        int at = 1;
        for (int round = 0; round < 4; round++)
        {
            harness.Write(30000);
            while (harness.Socket!.Connection!.SendQueueLength > 0)
            {
                int end = at;
                while (harness.TryTakeSent(out SentSegment sent)) end += sent.Payload.Length;
                at = end;
                harness.Advance(TimeSpan.FromMilliseconds(10));
                script.Execute($"+0 getopt NoDelay = 0");
                harness.Inject(new TcpRepr { SequenceNumber = 1, AcknowledgmentNumber = (uint)at, Flags = TcpFlags.Ack, Window = 65535, WindowScale = -1 }, 0);
                if (harness.SentCount == 0) break;
            }
        }

        while (harness.TryTakeSent(out _)) { }
        Assert.True(harness.Socket!.Connection!.CongestionWindow > 10_000);
        harness.Advance(TimeSpan.FromSeconds(60));
        harness.Write(10);
        Assert.Equal(10, harness.Socket.Connection.CongestionWindow / 1000);
    }

    [Fact]
    public void A_full_device_is_tried_again() => TcpScript.Run(Preamble.Established + """
        +0 fail DeviceFull
        +0 write 100
        +0 fail none
        +.002 > P. 1:101(100) ack 1
        +.01 < . 1:1(0) ack 101 win 65535
        +0 counter DeviceBusy = 1
        """);

    [Fact]
    public void A_path_that_becomes_narrow() => TcpScript.Run(Preamble.Established + """
        +0 write 3000
        +0 > . 1:1461(1460) ack 1
        +0 > . 1461:2921(1460) ack 1
        +0 > P. 2921:3001(80) ack 1
        +.01 icmp PacketTooBig 1 1000
        +0 > . 1:961(960) ack 1
        +0 > . 961:1921(960) ack 1
        +0 > . 1921:2881(960) ack 1
        +0 > P. 2881:3001(120) ack 1
        +0 mss = 960
        +.01 < . 1:1(0) ack 3001 win 65535
        +0 counter PathMtuReductions = 1
        """);

    [Fact]
    public void A_path_that_swallows_large_segments_gets_small_ones() => TcpScript.Run(Preamble.Established + """
        +0 write 1460
        +0 > P. 1:1461(1460) ack 1
        +.2 > P. 1:1461(1460) ack 1
        +.4 > P. 1:1461(1460) ack 1
        +.8 > . 1:537(536) ack 1
        +.01 < . 1:1(0) ack 537 win 65535
        +0 > . 537:1073(536) ack 1
        +0 > P. 1073:1461(388) ack 1
        """);
}
