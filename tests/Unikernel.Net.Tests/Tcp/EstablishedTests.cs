using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>ESTABLISHED: text in and out, in order and not.</summary>
public class EstablishedTests
{
    [Fact]
    public void Text_is_received_and_acknowledged() => TcpScript.Run(Preamble.Established + """
        +0 < P. 1:101(100) ack 1 win 65535
        +0 > . 1:1(0) ack 101
        +0 available = 100
        +0 read 1000 = 100
        +0 read 1000 = EAGAIN
        """);

    [Fact]
    public void Text_is_sent_and_acknowledged() => TcpScript.Run(Preamble.Established + """
        +0 write 100
        +0 > P. 1:101(100) ack 1
        +.01 < . 1:1(0) ack 101 win 65535
        +10 silence
        """);

    [Fact]
    public void A_peek_leaves_the_text() => TcpScript.Run(Preamble.Established + """
        +0 < P. 1:101(100) ack 1 win 65535
        +0 > . 1:1(0) ack 101
        +0 peek 10 = 10
        +0 peek 1000 = 100
        +0 read 60 = 60
        +0 peek 1000 = 40
        +0 read 1000 = 40
        """);

    [Fact]
    public void A_large_write_becomes_full_segments() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 write 3500
        +0 > . 1:1001(1000) ack 1
        +0 > . 1001:2001(1000) ack 1
        +0 > . 2001:3001(1000) ack 1
        +0 > P. 3001:3501(500) ack 1
        +.01 < . 1:1(0) ack 3501 win 65535
        """);

    [Fact]
    public void The_initial_window_is_ten_segments() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 write 20000
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
        +.05 < . 1:1(0) ack 2001 win 65535
        +0 > . 10001:11001(1000) ack 1
        +0 > . 11001:12001(1000) ack 1
        +0 > . 12001:13001(1000) ack 1
        +0 > . 13001:14001(1000) ack 1
        """);

    [Fact]
    public void The_peers_window_is_respected() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 2500 <mss 1000>
        +0 > S. 0:0(0) ack 1
        +0 < . 1:1(0) ack 1 win 2500
        +0 accept
        +0 write 5000
        +0 > . 1:1001(1000) ack 1
        +0 > . 1001:2001(1000) ack 1
        // 500 bytes of window are less than a segment and less than half of the largest window
        +.05 < . 1:1(0) ack 1001 win 2500
        +0 > . 2001:3001(1000) ack 1
        +.05 < . 1:1(0) ack 3001 win 2500
        +0 > . 3001:4001(1000) ack 1
        +0 > P. 4001:5001(1000) ack 1
        """);

    [Fact]
    public void The_peers_window_is_scaled() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 10 <mss 1000,wscale 7>
        +0 > S. 0:0(0) ack 1
        +0 < . 1:1(0) ack 1 win 16
        +0 accept
        +0 write 5000
        +0 > . 1:1001(1000) ack 1
        +0 > . 1001:2001(1000) ack 1
        """);

    [Fact]
    public void Out_of_order_text_waits_for_the_hole() => TcpScript.Run(Preamble.Established + """
        +0 < . 101:201(100) ack 1 win 65535
        +0 > . 1:1(0) ack 1
        +0 read 1000 = EAGAIN
        +0 < . 1:101(100) ack 1 win 65535
        +0 > . 1:1(0) ack 201
        +0 read 1000 = 200
        """);

    [Fact]
    public void Many_holes_in_any_order() => TcpScript.Run(Preamble.Established + """
        +0 < . 401:501(100) ack 1 win 65535
        +0 > . 1:1(0) ack 1
        +0 < . 201:301(100) ack 1 win 65535
        +0 > . 1:1(0) ack 1
        +0 < . 301:401(100) ack 1 win 65535
        +0 > . 1:1(0) ack 1
        +0 < . 1:101(100) ack 1 win 65535
        +0 > . 1:1(0) ack 101
        +0 < . 101:201(100) ack 1 win 65535
        +0 > . 1:1(0) ack 501
        +0 read 1000 = 500
        """);

    [Theory]
    [InlineData("51:251(200)")]   // covers the start of what is held
    [InlineData("1:301(300)")]    // covers all of it
    [InlineData("1:151(150)")]    // ends in it
    [InlineData("1:201(200)")]
    public void Overlapping_text_is_taken_once(string segment)
    {
        int start = int.Parse(segment[..segment.IndexOf(':')]), end = int.Parse(segment[(segment.IndexOf(':') + 1)..segment.IndexOf('(')]);
        TcpTestHarness harness = TcpScript.Run(Preamble.Established + $"""
            +0 < . 101:201(100) ack 1 win 65535
            +0 > . 1:1(0) ack 1
            +0 < . {segment} ack 1 win 65535
            +0 > . 1:1(0) ack {(start == 1 ? Math.Max(end, 201) : 1)}
            """);
        if (start != 1)
        {
            new TcpScript(harness).Execute($"""
                +0 < . 1:{start}({start - 1}) ack 1 win 65535
                +0 > . 1:1(0) ack {Math.Max(end, 201)}
                """);
        }

        Assert.Equal(Math.Max(end, 201) - 1, harness.Read(1000));
    }

    [Fact]
    public void A_duplicate_is_acknowledged_and_dropped() => TcpScript.Run(Preamble.Established + """
        +0 < . 1:101(100) ack 1 win 65535
        +0 > . 1:1(0) ack 101
        +0 < . 1:101(100) ack 1 win 65535
        +0 > . 1:1(0) ack 101
        +0 counter DuplicateText = 1
        +0 read 1000 = 100
        """);

    [Fact]
    public void Text_that_begins_before_the_window_is_cut() => TcpScript.Run(Preamble.Established + """
        +0 < . 1:101(100) ack 1 win 65535
        +0 > . 1:1(0) ack 101
        +0 < . 51:151(100) ack 1 win 65535
        +0 > . 1:1(0) ack 151
        +0 read 1000 = 150
        """);

    [Fact]
    public void Text_beyond_the_window_is_cut_and_acknowledged() => TcpScript.Run(Preamble.Established + """
        +0 < . 65001:66001(1000) ack 1 win 65535
        +0 > . 1:1(0) ack 1
        +0 counter BeyondWindow = 1
        """);

    [Fact]
    public void Text_wholly_outside_the_window_is_acknowledged() => TcpScript.Run(Preamble.Established + """
        +0 < . 70001:70011(10) ack 1 win 65535
        +0 > . 1:1(0) ack 1
        +0 counter OutsideWindow = 1
        """);

    [Fact]
    public void A_segment_without_ack_is_dropped() => TcpScript.Run(Preamble.Established + """
        +0 < P 1:11(10) win 65535
        +0 counter MissingAck = 1
        +0 read 10 = EAGAIN
        """);

    [Fact]
    public void An_acknowledgment_of_the_future_is_challenged() => TcpScript.Run(Preamble.Established + """
        +0 < . 1:1(0) ack 2 win 65535
        +0 > . 1:1(0) ack 1
        +0 counter AckTooNew = 1
        """);

    [Fact]
    public void Its_text_is_dropped() => TcpScript.Run(Preamble.Established + """
        +0 < . 1:11(10) ack 2 win 65535
        +0 > . 1:1(0) ack 1
        +0 read 100 = EAGAIN
        """);

    [Fact]
    public void An_acknowledgment_of_the_far_past_is_challenged() => TcpScript.Run(Preamble.Established + """
        +0 write 1000
        +0 > P. 1:1001(1000) ack 1
        +.01 < . 1:1(0) ack 1001 win 65535
        +0 < . 1:11(10) ack 4294900000 win 65535
        +0 > . 1001:1001(0) ack 1
        +0 counter AckTooOld = 1
        """);

    [Fact]
    public void Text_with_an_old_acknowledgment_still_counts() => TcpScript.Run(Preamble.Established + """
        +0 write 1000
        +0 > P. 1:1001(1000) ack 1
        +.01 < . 1:1(0) ack 1001 win 65535
        +0 < . 1:11(10) ack 1 win 65535
        +.04 > . 1001:1001(0) ack 11
        +0 read 100 = 10
        """);

    [Fact]
    public void An_old_segment_does_not_change_the_window() => TcpScript.Run(Preamble.Established + """
        +0 < . 1:11(10) ack 1 win 5000
        +0 > . 1:1(0) ack 11
        +0 < . 1:11(10) ack 1 win 1
        +0 > . 1:1(0) ack 11
        +0 write 2000
        +0 > . 1:1461(1460) ack 11
        +0 > P. 1461:2001(540) ack 11
        """);

    [Fact]
    public void Readiness_follows() => TcpScript.Run(Preamble.Established + """
        +0 ready = Writable
        +0 < P. 1:11(10) ack 1 win 65535
        +0 > . 1:1(0) ack 11
        +0 ready = Readable, Writable
        +0 read 100 = 10
        +0 ready = Writable
        """);

    [Fact]
    public void A_full_send_buffer_waits() => TcpScript.Run("""
        +0 listen 5 SendBuffer:5000
        +0 < S 0:0(0) win 3000 <mss 1000>
        +0 > S. 0:0(0) ack 1
        +0 < . 1:1(0) ack 1 win 3000
        +0 accept
        +0 write 20000 = 10000
        +0 > . 1:1001(1000) ack 1
        +0 > . 1001:2001(1000) ack 1
        +0 > . 2001:3001(1000) ack 1
        +0 write 1 = EAGAIN
        +0 ready = None
        +.01 < . 1:1(0) ack 3001 win 3000
        +0 > . 3001:4001(1000) ack 1
        +0 > . 4001:5001(1000) ack 1
        +0 > . 5001:6001(1000) ack 1
        +0 ready = None
        +.01 < . 1:1(0) ack 6001 win 3000
        +0 > . 6001:7001(1000) ack 1
        +0 > . 7001:8001(1000) ack 1
        +0 > . 8001:9001(1000) ack 1
        +0 ready = Writable
        """);

    [Fact]
    public void An_unacknowledged_byte_of_memory_is_not_leaked()
    {
        TcpTestHarness harness = TcpScript.Run(Preamble.Established + """
            +0 write 5000
            +0 > . 1:1461(1460) ack 1
            +0 > . 1461:2921(1460) ack 1
            +0 > . 2921:4381(1460) ack 1
            +0 > P. 4381:5001(620) ack 1
            +0 < . 101:201(100) ack 1 win 65535
            +0 > . 5001:5001(0) ack 1
            +0 < R 1:1(0)
            +0 error = ECONNRESET
            """);
        harness.AssertNoLeak();
    }

    [Fact]
    public void An_idle_connection_holds_no_buffers()
    {
        TcpTestHarness harness = TcpScript.Run(Preamble.Established + """
            +0 < P. 1:101(100) ack 1 win 65535
            +0 > . 1:1(0) ack 101
            +0 read 1000 = 100
            +0 write 500
            +0 > P. 1:501(500) ack 101
            +.01 < . 101:101(0) ack 501 win 65535
            """);
        harness.AssertNoLeak();
    }

    [Fact]
    public void Ipv6() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1440>
        +0 > S. 0:0(0) ack 1 win 65535 <mss 1440>
        +0 < . 1:1(0) ack 1 win 65535
        +0 accept
        +0 write 2000
        +0 > . 1:1441(1440) ack 1
        +0 > P. 1441:2001(560) ack 1
        +.01 < P. 1:11(10) ack 2001 win 65535
        +.04 > . 2001:2001(0) ack 11
        +0 read 100 = 10
        """, ipv6: true);
}
