using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>SYN-RECEIVED, passive and by simultaneous open.</summary>
public class SynReceivedTests
{
    [Fact]
    public void The_acknowledgment_establishes() => TcpScript.Run(Preamble.SynReceived + """
        +0 < . 1:1(0) ack 1 win 65535
        +0 accept
        +0 state ESTABLISHED
        +0 counter PassiveOpens = 1
        """);

    [Fact]
    public void An_acknowledgment_of_nothing_is_reset() => TcpScript.Run(Preamble.SynReceived + """
        +0 < . 1:1(0) ack 0 win 65535
        +0 > R 0:0(0)
        +0 counter AckTooNew = 1
        """);

    [Fact]
    public void An_acknowledgment_of_the_future_is_reset() => TcpScript.Run(Preamble.SynReceived + """
        +0 < . 1:1(0) ack 2 win 65535
        +0 > R 2:2(0)
        """);

    [Fact]
    public void Without_ack_it_is_dropped() => TcpScript.Run(Preamble.SynReceived + """
        +0 < P 1:11(10) win 65535
        +0 counter MissingAck = 1
        """);

    [Fact]
    public void A_repeated_syn_is_answered_again() => TcpScript.Run(Preamble.SynReceived + """
        +.1 < S 0:0(0) win 65535 <mss 1460>
        +0 > S. 0:0(0) ack 1 <mss 1460>
        """);

    [Fact]
    public void The_answer_is_repeated_with_backoff_and_then_given_up()
    {
        TcpTestHarness harness = TcpScript.Run(Preamble.SynReceived + """
            +1 > S. 0:0(0) ack 1
            +2 > S. 0:0(0) ack 1
            +4 > S. 0:0(0) ack 1
            +8 > S. 0:0(0) ack 1
            +16 > S. 0:0(0) ack 1
            +32.1 silence
            +0 connections = 0
            +0 counter TimedOut = 1
            +0 accept = EAGAIN
            """);
        Assert.Equal(0, harness.Transport.HalfOpenCount);
    }

    [Fact]
    public void A_reset_returns_to_listen()
    {
        TcpTestHarness harness = TcpScript.Run(Preamble.SynReceived + """
            +0 < R 1:1(0)
            +0 connections = 0
            +0 accept = EAGAIN
            +0 < S 0:0(0) win 1000 <mss 1460>
            +0 > S. 0:0(0) ack 1
            """);
        Assert.Equal(1, harness.Transport.HalfOpenCount);
    }

    [Fact]
    public void A_reset_elsewhere_in_the_window_is_challenged() => TcpScript.Run(Preamble.SynReceived + """
        +0 < R 50:50(0)
        +0 > . 1:1(0) ack 1
        +0 connections = 1
        """);

    [Fact]
    public void A_syn_elsewhere_in_the_window_is_challenged() => TcpScript.Run(Preamble.SynReceived + """
        +0 < S 50:50(0) win 1000
        +0 > . 1:1(0) ack 1
        +0 counter SynInWindow = 1
        """);

    [Fact]
    public void A_segment_outside_the_window_is_acknowledged() => TcpScript.Run(Preamble.SynReceived + """
        +0 < . 70000:70010(10) ack 1 win 1000
        +0 > . 1:1(0) ack 1
        +0 counter OutsideWindow = 1
        """);

    [Fact]
    public void Text_and_fin_with_the_acknowledgment() => TcpScript.Run(Preamble.SynReceived + """
        +0 < F. 1:11(10) ack 1 win 65535
        +0 > . 1:1(0) ack 12
        +0 accept
        +0 state CLOSE-WAIT
        """);

    [Fact]
    public void Out_of_order_text_establishes_and_is_kept() => TcpScript.Run(Preamble.SynReceived + """
        +0 < . 11:21(10) ack 1 win 65535
        +0 > . 1:1(0) ack 1
        +0 accept
        +0 < . 1:11(10) ack 1 win 65535
        +0 > . 1:1(0) ack 21
        +0 read 100 = 20
        """);

    [Fact]
    public void Unreachable_ends_a_half_open_connection() => TcpScript.Run(Preamble.SynReceived + """
        +0 icmp HostUnreachable 0
        +0 connections = 0
        """);

    [Fact]
    public void Simultaneous_open() => TcpScript.Run(Preamble.SynSent + """
        +0 < S 0:0(0) win 1000 <mss 1460>
        +0 > S. 0:0(0) ack 1 <mss 1460>
        +0 state SYN-RECEIVED
        +0 < S. 0:0(0) ack 1 win 1000 <mss 1460>
        +0 state ESTABLISHED
        +0 write 10
        +0 > P. 1:11(10) ack 1
        """);

    [Fact]
    public void Simultaneous_open_completed_by_a_plain_acknowledgment() => TcpScript.Run(Preamble.SynSent + """
        +0 < S 0:0(0) win 1000 <mss 1460>
        +0 > S. 0:0(0) ack 1
        +0 < . 1:1(0) ack 1 win 1000
        +0 state ESTABLISHED
        +0 ready = Writable
        """);

    [Fact]
    public void A_reset_in_simultaneous_open_is_refusal() => TcpScript.Run(Preamble.SynSent + """
        +0 < S 0:0(0) win 1000 <mss 1460>
        +0 > S. 0:0(0) ack 1
        +0 < R. 1:1(0) ack 1
        +0 state CLOSED
        +0 error = ECONNREFUSED
        """);

    [Fact]
    public void Close_in_simultaneous_open_waits_for_establishment() => TcpScript.Run(Preamble.SynSent + """
        +0 < S 0:0(0) win 1000 <mss 1460>
        +0 > S. 0:0(0) ack 1
        +0 close
        +0 < . 1:1(0) ack 1 win 1000
        +0 > F. 1:1(0) ack 1
        +0 < . 1:1(0) ack 2 win 1000
        +60.1 connections = 0
        """);
}
