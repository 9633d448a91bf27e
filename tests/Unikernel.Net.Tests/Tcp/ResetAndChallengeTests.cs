using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>RFC 5961: blind attacks with resets, SYNs and text; RFC 7323: timestamps against old segments.</summary>
public class ResetAndChallengeTests
{
    [Fact]
    public void A_reset_with_the_exact_number_ends_the_connection() => TcpScript.Run(Preamble.Established + """
        +0 < R 1:1(0)
        +0 state CLOSED
        +0 ready = Readable, Writable, ReadClosed, Closed, Error
        +0 read 10 = ECONNRESET
        +0 read 10 = 0
        +0 write 10 = EPIPE
        +0 counter EstablishedResets = 1
        """);

    [Fact]
    public void A_reset_within_the_window_is_challenged() => TcpScript.Run(Preamble.Established + """
        +0 < R 2:2(0)
        +0 > . 1:1(0) ack 1
        +0 state ESTABLISHED
        +0 counter ChallengeAcks = 1
        +0 counter BadResetSequence = 1
        """);

    [Fact]
    public void The_answer_to_the_challenge_ends_the_connection() => TcpScript.Run(Preamble.Established + """
        +0 < R 1000:1000(0)
        +0 > . 1:1(0) ack 1
        +.01 < R 1:1(0)
        +0 state CLOSED
        """);

    [Fact]
    public void A_reset_outside_the_window_is_dropped() => TcpScript.Run(Preamble.Established + """
        +0 < R 70000:70000(0)
        +0 state ESTABLISHED
        +0 counter OutsideWindow = 1
        """);

    [Fact]
    public void Challenges_are_limited() => TcpScript.Run(Preamble.Established + """
        +0 < R 2:2(0)
        +0 > . 1:1(0) ack 1
        +0 < R 3:3(0)
        +0 < R 4:4(0)
        +0 < S 5:5(0) win 1000
        +0 counter ChallengeAcks = 1
        +0 counter ChallengeAcksLimited = 3
        +.5 < R 5:5(0)
        +0 > . 1:1(0) ack 1
        """);

    [Theory]
    [InlineData("S 1:1(0) win 1000")]
    [InlineData("S 100:100(0) win 1000")]
    [InlineData("S. 1:1(0) ack 1 win 1000")]
    public void A_syn_within_the_window_is_challenged(string segment) => TcpScript.Run(Preamble.Established + $"""
        +0 < {segment}
        +0 > . 1:1(0) ack 1
        +0 state ESTABLISHED
        +0 counter SynInWindow = 1
        """);

    [Theory]
    [InlineData("S 0:0(0) win 1000")]
    [InlineData("S 70000:70000(0) win 1000")]
    [InlineData("S. 0:0(0) ack 1 win 1000")]
    public void A_syn_outside_the_window_is_acknowledged(string segment) => TcpScript.Run(Preamble.Established + $"""
        +0 < {segment}
        +0 > . 1:1(0) ack 1
        +0 state ESTABLISHED
        """);

    [Fact]
    public void Text_that_arrived_before_a_reset_can_be_read() => TcpScript.Run(Preamble.Established + """
        +0 < P. 1:11(10) ack 1 win 65535
        +0 > . 1:1(0) ack 11
        +0 < R 11:11(0)
        +0 read 100 = 10
        +0 read 100 = ECONNRESET
        +0 read 100 = 0
        """);

    [Fact]
    public void An_old_timestamp_is_acknowledged_and_dropped() => TcpScript.Run(Preamble.EstablishedWithOptions + """
        +1 < P. 1:11(10) ack 1 win 512 <ts>
        +0 > . 1:1(0) ack 11
        +0 < P. 11:21(10) ack 1 win 512 <ts -500>
        +0 > . 1:1(0) ack 11
        +0 counter PawsRejected = 1
        +0 read 100 = 10
        """);

    [Fact]
    public void An_old_timestamp_does_not_stop_a_reset() => TcpScript.Run(Preamble.EstablishedWithOptions + """
        +1 < R 1:1(0) <ts -5000>
        +0 state CLOSED
        """);

    [Fact]
    public void After_24_days_the_timestamp_no_longer_protects() => TcpScript.Run(Preamble.EstablishedWithOptions + """
        +2160000 < P. 1:11(10) ack 1 win 512 <ts -2160050000>
        +0 > . 1:1(0) ack 11
        """);

    [Fact]
    public void A_missing_timestamp_is_dropped() => TcpScript.Run(Preamble.EstablishedWithOptions + """
        +0 < P. 1:11(10) ack 1 win 512
        +0 counter MissingTimestamp = 1
        +0 read 100 = EAGAIN
        """);

    [Fact]
    public void The_echo_is_of_the_segment_at_the_left_edge() => TcpScript.Run(Preamble.EstablishedWithOptions + """
        +.1 < P. 1:11(10) ack 1 win 512 <ts>
        +0 > . 1:1(0) ack 11 <ts ecr 0>
        // a later segment ahead of a hole is not echoed (RFC 7323 section 4.3)
        +.1 < P. 21:31(10) ack 1 win 512 <ts>
        +0 > . 1:1(0) ack 11 <ts ecr -100,sack 21:31>
        """);

    [Fact]
    public void Icmp_does_not_end_an_established_connection() => TcpScript.Run(Preamble.Established + """
        +0 write 10
        +0 > P. 1:11(10) ack 1
        +0 icmp HostUnreachable 1
        +0 state ESTABLISHED
        +.01 < . 1:1(0) ack 11 win 65535
        +0 error = 0
        """);

    [Fact]
    public void Icmp_about_nothing_outstanding_is_ignored() => TcpScript.Run(Preamble.Established + """
        +0 icmp HostUnreachable 1
        +0 counter IcmpIgnored = 1
        """);
}
