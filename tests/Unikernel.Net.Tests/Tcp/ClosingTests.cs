using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>FIN-WAIT-1, FIN-WAIT-2, CLOSE-WAIT, CLOSING, LAST-ACK, TIME-WAIT.</summary>
public class ClosingTests
{
    // ---- FIN-WAIT-1 ----

    [Fact]
    public void FinWait1_acknowledged_is_FinWait2() => TcpScript.Run(Preamble.FinWait1 + """
        +0 < . 1:1(0) ack 2 win 65535
        +0 state FIN-WAIT-2
        """);

    [Fact]
    public void FinWait1_fin_with_acknowledgment_is_TimeWait() => TcpScript.Run(Preamble.FinWait1 + """
        +0 < F. 1:1(0) ack 2 win 65535
        +0 > . 2:2(0) ack 2
        +0 state TIME-WAIT
        +0 timewaits = 1
        """);

    [Fact]
    public void FinWait1_fin_alone_is_Closing() => TcpScript.Run(Preamble.FinWait1 + """
        +0 < F. 1:1(0) ack 1 win 65535
        +0 > . 2:2(0) ack 2
        +0 state CLOSING
        """);

    [Fact]
    public void FinWait1_still_receives_text() => TcpScript.Run(Preamble.FinWait1 + """
        +0 < P. 1:11(10) ack 1 win 65535
        +0 > . 2:2(0) ack 11
        +0 state FIN-WAIT-1
        +0 read 100 = 10
        """);

    [Fact]
    public void FinWait1_text_and_fin_and_acknowledgment_at_once() => TcpScript.Run(Preamble.FinWait1 + """
        +0 < F. 1:11(10) ack 2 win 65535
        +0 > . 2:2(0) ack 12
        +0 state TIME-WAIT
        +0 read 100 = 10
        +0 read 100 = 0
        """);

    [Fact]
    public void FinWait1_the_fin_is_repeated() => TcpScript.Run(Preamble.FinWait1 + """
        +.2 > F. 1:1(0) ack 1
        +.4 > F. 1:1(0) ack 1
        +0 < . 1:1(0) ack 2 win 65535
        +5 silence
        """);

    [Fact]
    public void FinWait1_a_reset_ends_it() => TcpScript.Run(Preamble.FinWait1 + """
        +0 < R. 1:1(0) ack 1
        +0 state CLOSED
        +0 read 100 = ECONNRESET
        """);

    [Fact]
    public void The_fin_rides_on_the_last_text() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 setopt Cork 1
        +0 write 500
        +0 shutdown WR
        +0 > FP. 1:501(500) ack 1
        +.01 < . 1:1(0) ack 502 win 65535
        +0 state FIN-WAIT-2
        """);

    [Fact]
    public void The_fin_waits_for_the_window() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 1000 <mss 1000>
        +0 > S. 0:0(0) ack 1
        +0 < . 1:1(0) ack 1 win 1000
        +0 accept
        +0 write 1500
        +0 > . 1:1001(1000) ack 1
        +0 shutdown WR
        +.01 < . 1:1(0) ack 1001 win 1000
        +0 > FP. 1001:1501(500) ack 1
        +.01 < . 1:1(0) ack 1502 win 1000
        +0 state FIN-WAIT-2
        """);

    [Fact]
    public void Text_lost_before_the_fin_is_repeated_first() => TcpScript.Run(Preamble.Established + """
        +0 write 100
        +0 > P. 1:101(100) ack 1
        +0 shutdown WR
        +0 > F. 101:101(0) ack 1
        +.2 > FP. 1:101(100) ack 1
        +.01 < . 1:1(0) ack 102 win 65535
        +0 state FIN-WAIT-2
        """);

    // ---- FIN-WAIT-2 ----

    [Fact]
    public void FinWait2_fin_is_TimeWait() => TcpScript.Run(Preamble.TimeWait);

    [Fact]
    public void FinWait2_receives_text_until_the_fin() => TcpScript.Run(Preamble.FinWait2 + """
        +0 < P. 1:11(10) ack 2 win 65535
        +0 > . 2:2(0) ack 11
        +0 read 100 = 10
        +0 < F. 11:11(0) ack 2 win 65535
        +0 > . 2:2(0) ack 12
        +0 read 100 = 0
        +0 ready = Readable, Writable, ReadClosed, Closed
        """);

    [Fact]
    public void FinWait2_of_an_open_socket_lasts() => TcpScript.Run(Preamble.FinWait2 + """
        +3600 state FIN-WAIT-2
        """);

    [Fact]
    public void FinWait2_of_an_orphan_ends() => TcpScript.Run(Preamble.FinWait2 + """
        +0 close
        +59 connections = 1
        +2 connections = 0
        +0 counter FinWait2Timeouts = 1
        """);

    [Fact]
    public void FinWait2_of_an_orphan_answers_text_with_a_reset() => TcpScript.Run(Preamble.FinWait2 + """
        +0 close
        +0 < P. 1:11(10) ack 2 win 65535
        +0 > R 2:2(0)
        +0 connections = 0
        +0 counter TextAfterClose = 1
        """);

    [Fact]
    public void FinWait2_a_reset_ends_it() => TcpScript.Run(Preamble.FinWait2 + """
        +0 < R 1:1(0)
        +0 state CLOSED
        +0 error = ECONNRESET
        """);

    [Fact]
    public void FinWait2_a_fin_out_of_order_waits() => TcpScript.Run(Preamble.FinWait2 + """
        +0 < F. 11:21(10) ack 2 win 65535
        +0 > . 2:2(0) ack 1
        +0 state FIN-WAIT-2
        +0 < . 1:11(10) ack 2 win 65535
        +0 > . 2:2(0) ack 22
        +0 state TIME-WAIT
        +0 read 100 = 20
        +0 read 100 = 0
        """);

    [Fact]
    public void A_bare_fin_out_of_order_waits() => TcpScript.Run(Preamble.Established + """
        +0 < F. 11:11(0) ack 1 win 65535
        +0 > . 1:1(0) ack 1
        +0 state ESTABLISHED
        +0 < . 1:11(10) ack 1 win 65535
        +0 > . 1:1(0) ack 12
        +0 state CLOSE-WAIT
        """);

    // ---- CLOSE-WAIT ----

    [Fact]
    public void CloseWait_reads_the_rest_and_then_the_end() => TcpScript.Run(Preamble.Established + """
        +0 < FP. 1:11(10) ack 1 win 65535
        +0 > . 1:1(0) ack 12
        +0 state CLOSE-WAIT
        +0 ready = Readable, Writable, ReadClosed
        +0 read 6 = 6
        +0 read 6 = 4
        +0 read 6 = 0
        +0 read 6 = 0
        """);

    [Fact]
    public void CloseWait_still_sends() => TcpScript.Run(Preamble.CloseWait + """
        +0 write 10
        +0 > P. 1:11(10) ack 2
        +.01 < . 2:2(0) ack 11 win 65535
        +0 state CLOSE-WAIT
        """);

    [Fact]
    public void CloseWait_text_after_the_fin_is_dropped() => TcpScript.Run(Preamble.CloseWait + """
        +0 < P. 2:12(10) ack 1 win 65535
        +0 counter TextAfterClose = 1
        +0 read 10 = 0
        """);

    [Fact]
    public void CloseWait_the_fin_again_is_acknowledged() => TcpScript.Run(Preamble.CloseWait + """
        +0 < F. 1:1(0) ack 1 win 65535
        +0 > . 1:1(0) ack 2
        +0 state CLOSE-WAIT
        """);

    [Fact]
    public void CloseWait_a_reset_is_a_broken_pipe() => TcpScript.Run(Preamble.CloseWait + """
        +0 < R 2:2(0)
        +0 state CLOSED
        +0 write 10 = EPIPE
        """);

    [Fact]
    public void CloseWait_close_is_LastAck() => TcpScript.Run(Preamble.LastAck);

    // ---- CLOSING ----

    [Fact]
    public void Closing_acknowledged_is_TimeWait() => TcpScript.Run(Preamble.Closing + """
        +0 < . 2:2(0) ack 2 win 65535
        +0 state TIME-WAIT
        +0 ready = Readable, Writable, ReadClosed, Closed
        """);

    [Fact]
    public void Closing_the_fin_is_repeated() => TcpScript.Run(Preamble.Closing + """
        +.2 > F. 1:1(0) ack 2
        +0 < . 2:2(0) ack 2 win 65535
        +0 state TIME-WAIT
        """);

    [Fact]
    public void Closing_a_reset_ends_it_without_error() => TcpScript.Run(Preamble.Closing + """
        +0 < R 2:2(0)
        +0 state CLOSED
        +0 error = 0
        """);

    [Fact]
    public void Closing_text_is_dropped() => TcpScript.Run(Preamble.Closing + """
        +0 < P. 2:12(10) ack 1 win 65535
        +0 state CLOSING
        +0 counter TextAfterClose = 1
        """);

    // ---- LAST-ACK ----

    [Fact]
    public void LastAck_acknowledged_is_Closed() => TcpScript.Run(Preamble.LastAck + """
        +0 < . 2:2(0) ack 2 win 65535
        +0 state CLOSED
        +0 connections = 0
        +0 error = 0
        +0 read 10 = 0
        """);

    [Fact]
    public void LastAck_the_fin_is_repeated() => TcpScript.Run(Preamble.LastAck + """
        +.2 > F. 1:1(0) ack 2
        +.4 > F. 1:1(0) ack 2
        """);

    [Fact]
    public void LastAck_a_reset_ends_it_without_error() => TcpScript.Run(Preamble.LastAck + """
        +0 < R 2:2(0)
        +0 state CLOSED
        +0 error = 0
        """);

    [Fact]
    public void LastAck_the_peers_fin_again_is_acknowledged() => TcpScript.Run(Preamble.LastAck + """
        +0 < F. 1:1(0) ack 1 win 65535
        +0 > . 2:2(0) ack 2
        +0 state LAST-ACK
        """);

    // ---- TIME-WAIT ----

    [Fact]
    public void TimeWait_ends_after_two_lifetimes() => TcpScript.Run(Preamble.TimeWait + """
        +0 close
        +59 timewaits = 1
        +1.1 timewaits = 0
        +0 connections = 0
        """);

    [Fact]
    public void TimeWait_acknowledges_a_repeated_fin_and_starts_over() => TcpScript.Run(Preamble.TimeWait + """
        +30 < F. 1:1(0) ack 2 win 65535
        +0 > . 2:2(0) ack 2
        +59 timewaits = 1
        +1.1 timewaits = 0
        """);

    [Fact]
    public void TimeWait_ignores_resets() => TcpScript.Run(Preamble.TimeWait + """
        +0 < R 2:2(0)
        +0 timewaits = 1
        +0 counter TimeWaitDrops = 1
        """);

    [Fact]
    public void TimeWait_ignores_the_last_acknowledgment() => TcpScript.Run(Preamble.TimeWait + """
        +0 < . 2:2(0) ack 2 win 65535
        +0 silence
        """);

    [Fact]
    public void TimeWait_acknowledges_what_is_out_of_order_at_a_limited_rate() => TcpScript.Run(Preamble.TimeWait + """
        +0 < P. 100:110(10) ack 2 win 65535
        +0 > . 2:2(0) ack 2
        +0 < P. 100:110(10) ack 2 win 65535
        +0 silence
        +1 < P. 100:110(10) ack 2 win 65535
        +0 > . 2:2(0) ack 2
        """);

    [Fact]
    public void TimeWait_gives_way_to_a_new_syn_with_a_later_number() => TcpScript.Run(Preamble.TimeWait + """
        +0 close
        +1 < S 5000:5000(0) win 65535 <mss 1460>
        +0 > S. 0:0(0) ack 5001
        +0 timewaits = 0
        +0 counter TimeWaitReused = 1
        """);

    [Fact]
    public void TimeWait_acknowledges_an_old_syn() => TcpScript.Run(Preamble.TimeWait + """
        +0 close
        +1 < S 0:0(0) win 65535 <mss 1460>
        +0 > . 2:2(0) ack 2
        +0 timewaits = 1
        """);

    [Fact]
    public void TimeWait_gives_way_to_a_syn_with_a_later_timestamp() => TcpScript.Run(Preamble.EstablishedWithOptions + """
        +0 shutdown WR
        +0 > F. 1:1(0) ack 1
        +.01 < F. 1:1(0) ack 2 win 512 <ts>
        +0 > . 2:2(0) ack 2
        +0 close
        +1 < S 0:0(0) win 65535 <mss 1460,sackOK,ts,wscale 7>
        +0 > S. 0:0(0) ack 1
        """);

    [Fact]
    public void TimeWait_keeps_off_a_syn_with_an_old_timestamp() => TcpScript.Run(Preamble.EstablishedWithOptions + """
        +0 shutdown WR
        +0 > F. 1:1(0) ack 1
        +.01 < F. 1:1(0) ack 2 win 512 <ts>
        +0 > . 2:2(0) ack 2
        +0 close
        +1 < S 5000:5000(0) win 65535 <mss 1460,sackOK,ts -5000,wscale 7>
        +0 > . 2:2(0) ack 2
        +0 timewaits = 1
        """);

    [Fact]
    public void The_number_of_TimeWaits_is_bounded() => TcpScript.Run(Preamble.TimeWait + """
        +0 close
        +0 timewaits = 0
        +0 counter TimeWaitEvicted = 1
        """.Replace("+0 timewaits = 0\n+0 counter TimeWaitEvicted = 1", "+0 timewaits = 1"), limits => limits.TimeWaits = 1);

    [Fact]
    public void Text_read_in_TimeWait_outlives_it() => TcpScript.Run(Preamble.FinWait2 + """
        +0 < FP. 1:11(10) ack 2 win 65535
        +0 > . 2:2(0) ack 12
        +100 timewaits = 0
        +0 read 100 = 10
        +0 read 100 = 0
        """);

    // ---- close, shutdown, linger ----

    [Fact]
    public void Close_with_unread_text_is_a_reset()
    {
        TcpTestHarness harness = TcpScript.Run(Preamble.Established + """
            +0 < P. 1:11(10) ack 1 win 65535
            +0 > . 1:1(0) ack 11
            +0 close
            +0 > R. 1:1(0) ack 11
            +0 connections = 0
            """);
        harness.AssertNoLeak();
    }

    [Fact]
    public void Close_delivers_what_is_queued()
    {
        TcpTestHarness harness = TcpScript.Run("""
            +0 listen
            +0 < S 0:0(0) win 1000 <mss 1000>
            +0 > S. 0:0(0) ack 1
            +0 < . 1:1(0) ack 1 win 1000
            +0 accept
            +0 write 2500
            +0 > . 1:1001(1000) ack 1
            +0 close
            +.01 < . 1:1(0) ack 1001 win 1000
            +0 > . 1001:2001(1000) ack 1
            +.01 < . 1:1(0) ack 2001 win 1000
            +0 > FP. 2001:2501(500) ack 1
            +.01 < F. 1:1(0) ack 2502 win 1000
            +0 > . 2502:2502(0) ack 2
            +0 timewaits = 1
            """);
        harness.AssertNoLeak();
    }

    [Fact]
    public void Text_after_close_is_a_reset() => TcpScript.Run(Preamble.Established + """
        +0 close
        +0 > F. 1:1(0) ack 1
        +0 < P. 1:11(10) ack 2 win 65535
        +0 > R 2:2(0)
        +0 connections = 0
        """);

    [Fact]
    public void Linger_zero_is_a_reset()
    {
        TcpTestHarness harness = TcpScript.Run(Preamble.Established + """
            +0 setopt Linger 0
            +0 write 100
            +0 > P. 1:101(100) ack 1
            +0 close
            +0 > R. 101:101(0) ack 1
            +0 connections = 0
            """);
        harness.AssertNoLeak();
    }

    [Fact]
    public void Disconnect_is_a_reset_and_the_socket_can_connect_again() => TcpScript.Run(Preamble.SynSent + """
        +0 < S. 0:0(0) ack 1 win 1000 <mss 1460>
        +0 > . 1:1(0) ack 1
        +0 disconnect
        +0 > R. 1:1(0) ack 1
        +0 state CLOSED
        +0 read 10 = ENOTCONN
        +0 connect
        +0 > S 0:0(0)
        """);

    [Fact]
    public void Shutdown_of_receiving_ends_reads_only() => TcpScript.Run(Preamble.Established + """
        +0 shutdown RD
        +0 read 10 = 0
        +0 ready = Readable, Writable, ReadClosed
        +0 write 10
        +0 > P. 1:11(10) ack 1
        """);

    [Fact]
    public void Shutdown_of_sending_ends_writes_only() => TcpScript.Run(Preamble.FinWait1 + """
        +0 write 10 = EPIPE
        +0 read 10 = EAGAIN
        +0 shutdown WR
        """);

    [Fact]
    public void Shutdown_of_what_is_not_connected() => TcpScript.Run("""
        +0 socket
        +0 shutdown WR = ENOTCONN
        +0 read 10 = ENOTCONN
        +0 write 10 = EPIPE
        +0 ready = Writable, Closed
        """);

    [Fact]
    public void An_orphan_that_is_never_acknowledged_goes() => TcpScript.Run(Preamble.Established + """
        +0 close
        +0 > F. 1:1(0) ack 1
        +.2 > F. 1:1(0) ack 1
        +.4 > F. 1:1(0) ack 1
        +.8 > F. 1:1(0) ack 1
        +1.6 > R. 2:2(0) ack 1
        +0 connections = 0
        """, limits => limits.OrphanRetries = 3);
}
