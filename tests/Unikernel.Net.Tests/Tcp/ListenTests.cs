using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>LISTEN and CLOSED (RFC 9293 sections 3.10.7.1 and 3.10.7.2), the accept queue and SYN cookies.</summary>
public class ListenTests
{
    [Fact]
    public void A_syn_is_answered() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 1000 <mss 1460>
        +0 > S. 0:0(0) ack 1 win 65535 <mss 1460>
        +0 listener = None
        """);

    [Theory]
    [InlineData("<mss 1460>", "<mss 1460>")]
    [InlineData("<mss 1460,sackOK>", "<mss 1460,sackOK>")]
    [InlineData("<mss 1460,wscale 7>", "<mss 1460,wscale 6>")]
    [InlineData("<mss 1460,wscale 0>", "<mss 1460,wscale 6>")]
    [InlineData("<mss 1460,ts>", "<mss 1460,ts ecr 0>")]
    [InlineData("<mss 1460,sackOK,ts,wscale 14>", "<mss 1460,sackOK,ts,wscale 6>")]
    [InlineData("", "<mss 1460>")]
    public void Only_what_the_peer_offers_is_agreed(string offered, string answered) => TcpScript.Run($"""
        +0 listen
        +0 < S 0:0(0) win 65535 {offered}
        +0 > S. 0:0(0) ack 1 {answered}
        """);

    [Theory]
    [InlineData("<mss 1460>", 1460)]
    [InlineData("<mss 536>", 536)]
    [InlineData("", 536)]
    [InlineData("<mss 9000>", 1460)]
    [InlineData("<mss 1>", 64)]
    [InlineData("<mss 1460,ts>", 1448)]
    public void The_segment_size_is_the_smaller_of_both_less_options(string offered, int size) => TcpScript.Run($"""
        +0 listen
        +0 < S 0:0(0) win 65535 {offered}
        +0 > S. 0:0(0) ack 1
        +0 < . 1:1(0) ack 1 win 65535 {(offered.Contains("ts", StringComparison.Ordinal) ? "<ts>" : "")}
        +0 accept
        +0 mss = {size}
        """);

    [Fact]
    public void Without_an_mss_option_ipv6_assumes_1220() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 65535
        +0 > S. 0:0(0) ack 1 <mss 1440>
        +0 < . 1:1(0) ack 1 win 65535
        +0 accept
        +0 mss = 1220
        """, ipv6: true);

    [Fact]
    public void An_ack_to_a_listener_is_reset() => TcpScript.Run("""
        +0 listen
        +0 < . 1:1(0) ack 1 win 1000
        +0 > R 1:1(0)
        +0 counter NoConnection = 1
        """);

    [Fact]
    public void A_reset_to_a_listener_is_dropped() => TcpScript.Run("""
        +0 listen
        +0 < R 0:0(0)
        +0 < R. 0:0(0) ack 1
        +0 counter NoConnection = 2
        """);

    [Fact]
    public void Neither_syn_nor_ack_is_dropped() => TcpScript.Run("""
        +0 listen
        +0 < P 0:10(10)
        +0 < F 0:0(0)
        +0 counter MissingAck = 2
        """);

    [Fact]
    public void Syn_with_fin_is_dropped() => TcpScript.Run("""
        +0 listen
        +0 < SF 0:0(0)
        +0 counter Malformed = 1
        """);

    [Fact]
    public void Syn_ack_to_a_listener_is_reset() => TcpScript.Run("""
        +0 listen
        +0 < S. 0:0(0) ack 77
        +0 > R 77:77(0)
        """);

    [Fact]
    public void A_syn_to_a_closed_port_is_reset() => TcpScript.Run("""
        +0 < S 0:0(0) win 1000
        +0 > R. 0:0(0) ack 1 abs
        """);

    [Fact]
    public void Text_to_a_closed_port_is_reset_and_counted_in_the_acknowledgment() => TcpScript.Run("""
        +0 < P 5:15(10) win 1000
        +0 > R. 0:0(0) ack 15 abs
        """);

    [Fact]
    public void An_ack_to_a_closed_port_is_reset_with_its_number() => TcpScript.Run("""
        +0 < . 5:15(10) ack 99
        +0 > R 99:99(0)
        """);

    [Fact]
    public void A_reset_to_a_closed_port_is_dropped() => TcpScript.Run("""
        +0 < R 5:5(0)
        +0 counter NoConnection = 1
        """);

    [Fact]
    public void A_bad_checksum_is_dropped() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 1000 badsum
        +0 counter ChecksumErrors = 1
        """);

    [Fact]
    public void A_broadcast_is_dropped() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 1000 broadcast
        +0 counter BadAddress = 1
        """);

    [Fact]
    public void Text_in_a_syn_is_not_acknowledged() => TcpScript.Run("""
        +0 listen
        +0 < S 0:10(10) win 1000 <mss 1460>
        +0 > S. 0:0(0) ack 1
        +0 counter SynTextIgnored = 1
        """);

    [Fact]
    public void Accept_takes_connections_in_order_and_then_waits() => TcpScript.Run(Preamble.Established + """
        +0 accept = EAGAIN
        +0 listener = None
        """);

    [Fact]
    public void Text_before_accept_is_kept() => TcpScript.Run(Preamble.SynReceived + """
        +0 < P. 1:11(10) ack 1 win 65535
        +0 > . 1:1(0) ack 11
        +0 listener = Readable
        +0 accept
        +0 read 100 = 10
        """);

    [Fact]
    public void A_fin_before_accept_is_kept() => TcpScript.Run(Preamble.SynReceived + """
        +0 < FP. 1:11(10) ack 1 win 65535
        +0 > . 1:1(0) ack 12
        +0 accept
        +0 state CLOSE-WAIT
        +0 read 100 = 10
        +0 read 100 = 0
        """);

    [Fact]
    public void A_reset_before_accept_is_told_after_it() => TcpScript.Run(Preamble.SynReceived + """
        +0 < . 1:1(0) ack 1 win 65535
        +0 < R 1:1(0)
        +0 accept
        +0 read 100 = ECONNRESET
        """);

    [Fact]
    public void With_a_full_queue_the_handshake_waits_in_silence() => TcpScript.Run("""
        +0 listen 0
        +0 < S 0:0(0) win 65535 <mss 1460>
        +0 > S. 0:0(0) ack 1
        +0 < . 1:1(0) ack 1 win 65535
        +0 listener = Readable
        // the queue holds backlog + 1; another SYN is not answered
        +0 silence
        """);

    [Fact]
    public void Close_of_a_listener_resets_what_waits()
    {
        TcpTestHarness harness = TcpScript.Run(Preamble.SynReceived + """
            +0 < . 1:1(0) ack 1 win 65535
            +0 closelistener
            +0 > R. 1:1(0) ack 1
            +0 connections = 0
            +0 < S 0:0(0) win 1000
            +0 > R. 0:0(0) ack 1 abs
            """);
        harness.AssertNoLeak();
    }

    [Fact]
    public void Close_of_a_listener_resets_half_open_connections() => TcpScript.Run(Preamble.SynReceived + """
        +0 closelistener
        +0 > R. 1:1(0) ack 1
        +0 connections = 0
        """);

    [Fact]
    public void Beyond_the_limit_of_half_open_a_cookie_makes_the_connection() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1300,sackOK,ts,wscale 7>
        +0 > S. 0:0(0) ack 1 <mss 1460,sackOK,ts,wscale 6>
        +0 counter CookiesSent = 1
        +0 connections = 0
        +1 < P. 1:11(10) ack 1 win 512 <ts>
        +0 > . 1:1(0) ack 11
        +0 counter CookiesAccepted = 1
        +0 accept
        +0 state ESTABLISHED
        +0 mss = 1288
        +0 read 100 = 10
        """, limits => limits.HalfOpen = 0);

    [Fact]
    public void A_cookie_without_timestamps_knows_only_the_segment_size() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1460,sackOK,wscale 7>
        +0 > S. 0:0(0) ack 1 <mss 1460>
        +0 < . 1:1(0) ack 1 win 65535
        +0 accept
        +0 mss = 1460
        """, limits => limits.HalfOpen = 0);

    // The time since the machine's start is not a round trip.
    [Theory]
    [InlineData("", "", 1)]
    [InlineData(",ts", "<ts>", 0.2)]
    public void A_cookie_measures_no_round_trip_but_by_its_timestamp(string offered, string option, double timeout) => TcpScript.Run($"""
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1000{offered}>
        +0 > S. 0:0(0) ack 1
        +0 < . 1:1(0) ack 1 win 65535 {option}
        +0 accept
        +0 write 100
        +0 > P. 1:101(100) ack 1
        +{timeout.ToString(System.Globalization.CultureInfo.InvariantCulture)} > P. 1:101(100) ack 1
        """, limits => limits.HalfOpen = 0);

    [Fact]
    public void A_forged_cookie_is_reset() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1460>
        +0 > S. 0:0(0) ack 1
        +0 < . 1:1(0) ack 12345 win 65535
        +0 > R 12345:12345(0)
        +0 counter BadCookie = 1
        +0 connections = 0
        """, limits => limits.HalfOpen = 0);

    [Fact]
    public void A_cookie_for_another_sequence_number_is_reset() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1460>
        +0 > S. 0:0(0) ack 1
        +0 < . 2:2(0) ack 1 win 65535
        +0 > R 1:1(0)
        +0 counter BadCookie = 1
        """, limits => limits.HalfOpen = 0);

    [Fact]
    public void A_cookie_expires() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1460>
        +0 > S. 0:0(0) ack 1
        +200 < . 1:1(0) ack 1 win 65535
        +0 > R 1:1(0)
        """, limits => limits.HalfOpen = 0);

    [Fact]
    public void Listen_twice_changes_the_backlog_only()
    {
        TcpTestHarness harness = TcpScript.Run("+0 listen 5");
        Assert.Equal(0, harness.ListenSocket!.Listen(7));
    }

    [Fact]
    public void A_shut_down_listener_no_longer_accepts()
    {
        TcpTestHarness harness = TcpScript.Run("+0 listen 5");
        Assert.Equal(0, harness.ListenSocket!.Shutdown(Sockets.SocketShutdown.Both));
        Assert.Equal(-Sockets.SocketErrno.EINVAL, harness.ListenSocket.Accept(out _, out _));
        new TcpScript(harness).Execute("""
            +0 < S 0:0(0) win 1000
            +0 > R. 0:0(0) ack 1 abs
            """);
    }
}
