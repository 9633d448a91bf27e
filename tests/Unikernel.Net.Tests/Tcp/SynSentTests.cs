using Xunit;

namespace Unikernel.Net.Tests.Tcp;

public class SynSentTests
{
    [Fact]
    public void Syn_ack_establishes_and_is_acknowledged() => TcpScript.Run(Preamble.SynSent + """
        +0 ready = None
        +.05 < S. 0:0(0) ack 1 win 1000 <mss 1460>
        +0 > . 1:1(0) ack 1
        +0 state ESTABLISHED
        +0 ready = Writable
        +0 error = 0
        +0 connect = 0
        +0 connect = EISCONN
        """);

    [Fact]
    public void All_options_are_agreed() => TcpScript.Run(Preamble.SynSent + """
        +.05 < S. 0:0(0) ack 1 win 1000 <mss 1460,sackOK,ts,wscale 3>
        +0 > . 1:1(0) ack 1 win 1024 <ts ecr 0>
        +0 mss = 1448
        """);

    [Fact]
    public void A_second_connect_is_EALREADY() => TcpScript.Run(Preamble.SynSent + "+0 connect = EALREADY");

    [Fact]
    public void A_reset_with_the_right_acknowledgment_refuses() => TcpScript.Run(Preamble.SynSent + """
        +0 < R. 0:0(0) ack 1
        +0 state CLOSED
        +0 ready = Readable, Writable, ReadClosed, Closed, Error
        +0 error = ECONNREFUSED
        +0 error = 0
        +0 connections = 0
        """);

    [Theory]
    [InlineData("R. 0:0(0) ack 0")]
    [InlineData("R. 0:0(0) ack 2")]
    [InlineData("R 0:0(0)")]
    [InlineData("F 0:0(0)")]
    [InlineData(". 1:1(0) ack 1")]
    [InlineData("P. 1:11(10) ack 1")]
    public void Without_meaning_it_is_dropped(string segment) => TcpScript.Run(Preamble.SynSent + $"""
        +0 < {segment}
        +0 state SYN-SENT
        +0 counter UnexpectedInSynSent = 1
        """);

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(100000)]
    public void A_wrong_acknowledgment_is_reset(int acknowledgment) => TcpScript.Run(Preamble.SynSent + $"""
        +0 < S. 0:0(0) ack {acknowledgment} win 1000
        +0 > R {acknowledgment}:{acknowledgment}(0)
        +0 state SYN-SENT
        """);

    [Fact]
    public void An_echo_of_the_future_is_of_another_incarnation() => TcpScript.Run(Preamble.SynSent + """
        +0 < S. 0:0(0) ack 1 win 1000 <mss 1460,ts ecr 1000>
        +0 > R 1:1(0)
        +0 state SYN-SENT
        +0 counter PawsRejected = 1
        """);

    [Fact]
    public void The_syn_is_repeated_with_backoff_and_then_given_up() => TcpScript.Run(Preamble.SynSent + """
        +1 > S 0:0(0)
        +2 > S 0:0(0)
        +4 > S 0:0(0)
        +8 > S 0:0(0)
        +16 > S 0:0(0)
        +32 > S 0:0(0)
        +64.1 state CLOSED
        +0 error = ETIMEDOUT
        +0 connections = 0
        """);

    [Fact]
    public void Fewer_repetitions_by_option() => TcpScript.Run("""
        +0 socket
        +0 setopt SynCount 1
        """ + "\n" + Preamble.SynSent + """
        +1 > S 0:0(0)
        +2.1 state CLOSED
        +0 error = ETIMEDOUT
        """);

    [Theory]
    [InlineData("NetworkUnreachable", "ENETUNREACH")]
    [InlineData("HostUnreachable", "EHOSTUNREACH")]
    [InlineData("PortUnreachable", "ECONNREFUSED")]
    [InlineData("ProtocolUnreachable", "ENOPROTOOPT")]
    [InlineData("AdministrativelyProhibited", "EHOSTUNREACH")]
    public void Unreachable_ends_the_attempt(string kind, string error) => TcpScript.Run(Preamble.SynSent + $"""
        +0 icmp {kind} 0
        +0 state CLOSED
        +0 error = {error}
        """);

    [Fact]
    public void Unreachable_for_another_number_is_ignored() => TcpScript.Run(Preamble.SynSent + """
        +0 icmp HostUnreachable 5
        +0 state SYN-SENT
        +0 counter IcmpIgnored = 1
        """);

    [Fact]
    public void Close_forgets_the_attempt()
    {
        TcpTestHarness harness = TcpScript.Run(Preamble.SynSent + """
            +0 close
            +0 connections = 0
            +0 < S. 0:0(0) ack 1 win 1000
            +0 > R 1:1(0)
            """);
        harness.AssertNoLeak();
    }

    [Fact]
    public void Shutdown_gives_the_attempt_up() => TcpScript.Run(Preamble.SynSent + """
        +0 shutdown WR
        +0 state CLOSED
        +0 connections = 0
        """);

    [Fact]
    public void Write_and_read_wait() => TcpScript.Run(Preamble.SynSent + """
        +0 write 10 = EAGAIN
        +0 read 10 = EAGAIN
        """);

    [Fact]
    public void Text_in_the_syn_ack_is_left_for_repetition() => TcpScript.Run(Preamble.SynSent + """
        +0 < S. 0:10(10) ack 1 win 1000 <mss 1460>
        +0 > . 1:1(0) ack 1
        +0 < . 1:11(10) ack 1 win 1000
        +0 > . 1:1(0) ack 11
        +0 read 100 = 10
        """);

    [Fact]
    public void After_a_lost_syn_the_window_starts_small() => TcpScript.Run(Preamble.SynSent + """
        +1 > S 0:0(0)
        +2 > S 0:0(0)
        +.1 < S. 0:0(0) ack 1 win 65535 <mss 1460>
        +0 > . 1:1(0) ack 1
        +0 cwnd = 1
        """);

    [Fact]
    public void A_route_that_fails_is_tried_again() => TcpScript.Run("""
        +0 fail NeighbourUnreachable
        +0 connect
        +0 fail none
        +1 > S 0:0(0)
        +.1 < S. 0:0(0) ack 1 win 65535 <mss 1460>
        +0 > . 1:1(0) ack 1
        """);

    [Fact]
    public void A_neighbour_that_never_answers_is_the_error() => TcpScript.Run("""
        +0 fail NeighbourUnreachable
        +0 connect
        +130 error = EHOSTUNREACH
        """);

    [Fact]
    public void Ipv6() => TcpScript.Run("""
        +0 connect
        +0 > S 0:0(0) <mss 1440,sackOK,ts,wscale 6>
        +.05 < S. 0:0(0) ack 1 win 1000 <mss 1440>
        +0 > . 1:1(0) ack 1
        """, ipv6: true);
}
