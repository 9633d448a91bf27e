using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>
/// Scripts of our own for cases that packetdrill's public suites name (google/packetdrill, gtests/net/tcp) and the tests by state do
/// not have. PacketdrillSuites.md says which script covers which of theirs. Segments have 1,000 bytes.
/// </summary>
public class PublicSuiteTests
{
    // ---- slow_start ----

    [Fact]
    public void Slow_start_an_acknowledgment_of_each_segment_sends_two() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 write 40000
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
        +.1 < . 1:1(0) ack 1001 win 65535
        +0 > . 10001:11001(1000) ack 1 anypush
        +0 > . 11001:12001(1000) ack 1 anypush
        +0 cwnd = 11
        +0 < . 1:1(0) ack 2001 win 65535
        +0 > . 12001:13001(1000) ack 1 anypush
        +0 > . 13001:14001(1000) ack 1 anypush
        +0 cwnd = 12
        """);

    [Fact]
    public void Slow_start_an_acknowledgment_of_two_segments_sends_four() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 write 40000
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
        +.1 < . 1:1(0) ack 2001 win 65535
        +0 > . 10001:11001(1000) ack 1 anypush
        +0 > . 11001:12001(1000) ack 1 anypush
        +0 > . 12001:13001(1000) ack 1 anypush
        +0 > . 13001:14001(1000) ack 1 anypush
        +0 cwnd = 12
        """);

    [Fact]
    public void Slow_start_does_not_grow_what_the_program_did_not_use() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 write 2000
        +0 > . 1:1001(1000) ack 1 anypush
        +0 > . 1001:2001(1000) ack 1 anypush
        +.1 < . 1:1(0) ack 2001 win 65535
        +0 cwnd = 10
        """);

    [Fact]
    public void Slow_start_a_window_update_alone_does_not_grow_it() => TcpScript.Run(Preamble.EstablishedSmallMss + """
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
        +.1 < . 1:1(0) ack 1 win 60000
        +0 cwnd = 10
        """);

    // ---- limited_transmit, fast_retransmit ----

    [Fact]
    public void Limited_transmit_with_sack() => TcpScript.Run(Preamble.EstablishedWithSack + """
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
        +.1 < . 1:1(0) ack 1 win 65535 <sack 1001:2001>
        +0 > . 10001:11001(1000) ack 1 anypush
        +0 < . 1:1(0) ack 1 win 65535 <sack 1001:3001>
        +0 > . 11001:12001(1000) ack 1 anypush
        +0 recovery = None
        """);

    [Fact]
    public void Four_segments_of_which_the_first_is_lost() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 write 4000
        +0 > . 1:1001(1000) ack 1 anypush
        +0 > . 1001:2001(1000) ack 1 anypush
        +0 > . 2001:3001(1000) ack 1 anypush
        +0 > P. 3001:4001(1000) ack 1 anypush
        +.1 < . 1:1(0) ack 1 win 65535
        +0 < . 1:1(0) ack 1 win 65535
        +0 < . 1:1(0) ack 1 win 65535
        +0 > . 1:1001(1000) ack 1 anypush
        +0 recovery = Fast
        +.1 < . 1:1(0) ack 4001 win 65535
        +0 recovery = None
        """);

    [Fact]
    public void Four_segments_with_sack_of_the_last_three() => TcpScript.Run(Preamble.EstablishedWithSack + """
        +0 write 4000
        +0 > . 1:1001(1000) ack 1 anypush
        +0 > . 1001:2001(1000) ack 1 anypush
        +0 > . 2001:3001(1000) ack 1 anypush
        +0 > P. 3001:4001(1000) ack 1 anypush
        +.1 < . 1:1(0) ack 1 win 65535 <sack 1001:2001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 1001:3001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 1001:4001>
        +0 > . 1:1001(1000) ack 1 anypush
        +.1 < . 1:1(0) ack 4001 win 65535
        +0 recovery = None
        """);

    // ---- close, shutdown ----

    [Fact]
    public void Close_before_the_answer_to_the_syn() => TcpScript.Run(Preamble.SynSent + """
        +0 close
        +.1 < S. 0:0(0) ack 1 win 65535 <mss 1460>
        +0 > R 1:1(0)
        """);

    [Fact]
    public void Shutdown_of_receiving_and_then_close_is_an_ordinary_end() => TcpScript.Run(Preamble.Established + """
        +0 shutdown RD
        +0 read 10 = 0
        +0 close
        +0 > F. 1:1(0) ack 1
        +0 < F. 1:1(0) ack 2 win 65535
        +0 > . 2:2(0) ack 2
        +0 timewaits = 1
        """);

    [Fact]
    public void Shutdown_of_both_sends_what_is_queued_and_then_the_fin() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 write 12000
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
        +0 shutdown RDWR
        +.1 < . 1:1(0) ack 10001 win 65535
        +0 > . 10001:11001(1000) ack 1 anypush
        +0 > FP. 11001:12001(1000) ack 1 anypush
        +0 close
        +.1 < F. 1:1(0) ack 12002 win 65535
        +0 > . 12002:12002(0) ack 2
        +0 timewaits = 1
        """);

    // ---- ts_recent ----

    [Fact]
    public void The_timestamp_of_a_fin_is_echoed() => TcpScript.Run(Preamble.EstablishedWithOptions + """
        +.5 < F. 1:1(0) ack 1 win 512 <ts>
        +0 > . 1:1(0) ack 2 <ts>
        """);

    [Fact]
    public void A_segment_with_an_acknowledgment_of_the_future_leaves_the_timestamp() => TcpScript.Run(Preamble.EstablishedWithOptions + """
        +.5 < . 1:1(0) ack 5000 win 512 <ts>
        +0 > . 1:1(0) ack 1
        +0 counter AckTooNew = 1
        """);

    // ---- validate ----

    [Fact]
    public void A_segment_without_any_flag_is_dropped() => TcpScript.Run(Preamble.Established + """
        +0 < - 1:11(10) win 65535
        +1 silence
        +0 available = 0
        +0 counter MissingAck = 1
        """);

    // ---- user_timeout ----

    [Fact]
    public void The_users_timeout_holds_while_a_closed_window_is_probed() => TcpScript.Run(Preamble.Established + """
        +0 setopt UserTimeout 3000
        +0 write 1000
        +0 > P. 1:1001(1000) ack 1
        +0 < . 1:1(0) ack 1001 win 0
        +0 write 10
        * > . 1000:1000(0) ack 1
        * > . 1000:1000(0) ack 1
        * > . 1000:1000(0) ack 1
        * > R. 1001:1001(0) ack 1
        +0 error = ETIMEDOUT
        """);

    // ---- ioctl, mss, nagle ----

    [Fact]
    public void A_fin_is_no_byte_that_can_be_read() => TcpScript.Run(Preamble.Established + """
        +0 < P. 1:11(10) ack 1 win 65535
        +0 > . 1:1(0) ack 11
        +0 available = 10
        +0 < F. 11:11(0) ack 1 win 65535
        +0 > . 1:1(0) ack 12
        +0 available = 10
        +0 read 100 = 10
        +0 available = 0
        """);

    [Fact]
    public void A_maximum_segment_of_the_program_is_announced_and_kept_to() => TcpScript.Run("""
        +0 socket
        +0 setopt MaximumSegment 600
        +0 connect
        +0 > S 0:0(0) <mss 600,sackOK,ts,wscale 6>
        +.1 < S. 0:0(0) ack 1 win 65535 <mss 1460>
        +0 > . 1:1(0) ack 1
        +0 mss = 600
        """);

    [Fact]
    public void More_to_come_holds_a_part_back_until_it_came() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 send 400 More = 400
        +.1 silence
        +0 send 400 None = 400
        +0 > P. 1:801(800) ack 1
        """);

    [Fact]
    public void Cork_beats_nodelay_until_it_is_pulled() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 setopt Cork 1
        +0 setopt NoDelay 1
        +0 write 400
        +.1 silence
        +0 setopt Cork 0
        +0 > P. 1:401(400) ack 1
        """);
}
