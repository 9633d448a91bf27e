using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>
/// Explicit congestion notification (RFC 3168) as a listener gives it to peers that ask: Linux's default (net.ipv4.tcp_ecn = 2). After the cases that
/// packetdrill's ecn folder names.
/// </summary>
public class EcnTests
{
    private const string Established = """
        +0 listen
        +0 < SEW 0:0(0) win 65535 <mss 1000,sackOK>
        +0 > SE. 0:0(0) ack 1 <mss 1460,sackOK> [noecn]
        +0 < . 1:1(0) ack 1 win 65535
        +0 accept

        """;

    private const string TenSegments = """
        +0 write 60000
        +0 > . 1:1001(1000) ack 1 anypush [ect0]
        +0 > . 1001:2001(1000) ack 1 anypush [ect0]
        +0 > . 2001:3001(1000) ack 1 anypush [ect0]
        +0 > . 3001:4001(1000) ack 1 anypush [ect0]
        +0 > . 4001:5001(1000) ack 1 anypush [ect0]
        +0 > . 5001:6001(1000) ack 1 anypush [ect0]
        +0 > . 6001:7001(1000) ack 1 anypush [ect0]
        +0 > . 7001:8001(1000) ack 1 anypush [ect0]
        +0 > . 8001:9001(1000) ack 1 anypush [ect0]
        +0 > . 9001:10001(1000) ack 1 anypush [ect0]

        """;

    // ---- Agreement ----

    [Fact]
    public void A_peer_that_asks_gets_it() => TcpScript.Run(Established);

    [Fact]
    public void Without_being_asked_nothing_is_marked() => TcpScript.Run(Preamble.EstablishedWithSack + """
        +0 write 100
        +0 > P. 1:101(100) ack 1 [noecn]
        +0 < . 1:101(100) ack 101 win 65535 [ce]
        * > . 101:101(0) ack 101 [noecn]
        """);

    [Theory]
    [InlineData("SE", "")]
    [InlineData("SW", "")]
    [InlineData("SEW", "[ect0]")]
    [InlineData("SEW", "[ce]")]
    public void A_syn_that_asks_by_halves_is_answered_without(string flags, string mark) => TcpScript.Run($"""
        +0 listen
        +0 < {flags} 0:0(0) win 65535 <mss 1000> {mark}
        +0 > S. 0:0(0) ack 1 <mss 1460>
        """);

    [Fact]
    public void We_do_not_ask() => TcpScript.Run("""
        +0 connect
        +0 > S 0:0(0) <mss 1460,sackOK,ts,wscale 6> [noecn]
        +0 < SE. 0:0(0) ack 1 win 65535 <mss 1000>
        +0 > . 1:1(0) ack 1
        +0 write 100
        +0 > P. 1:101(100) ack 1 [noecn]
        """);

    [Fact]
    public void A_repeated_answer_says_it_again() => TcpScript.Run("""
        +0 listen
        +0 < SEW 0:0(0) win 65535 <mss 1000>
        +0 > SE. 0:0(0) ack 1 <mss 1460>
        +1 > SE. 0:0(0) ack 1 <mss 1460> [noecn]
        """);

    [Fact]
    public void A_cookie_remembers_it() => TcpScript.Run("""
        +0 listen
        +0 < SEW 0:0(0) win 65535 <mss 1000,sackOK,ts,wscale 7>
        +0 > SE. 0:0(0) ack 1 <mss 1460,sackOK,ts,wscale 6>
        +0 < . 1:1(0) ack 1 win 512 <ts>
        +0 accept
        +0 write 100
        +0 > P. 1:101(100) ack 1 [ect0]
        +0 counter CookiesAccepted = 1
        """, limits => limits.HalfOpen = 0);

    // ---- As receiver ----

    [Fact]
    public void A_mark_is_echoed_until_the_sender_has_reacted() => TcpScript.Run(Established + """
        +0 < . 1:1001(1000) ack 1 win 65535 [ect0]
        +0 > . 1:1(0) ack 1001 [noecn]
        +0 < . 1001:2001(1000) ack 1 win 65535 [ce]
        +0 > E. 1:1(0) ack 2001 [noecn]
        +0 < . 2001:3001(1000) ack 1 win 65535 [ect0]
        +0 > E. 1:1(0) ack 3001
        +0 < W. 3001:4001(1000) ack 1 win 65535 [ect0]
        +0 > . 1:1(0) ack 4001
        +0 counter CongestionMarks = 1
        """);

    [Fact]
    public void A_marked_segment_that_tells_of_a_reaction_is_echoed() => TcpScript.Run(Established + """
        +0 < . 1:1001(1000) ack 1 win 65535 [ce]
        +0 > E. 1:1(0) ack 1001
        +0 < W. 1001:2001(1000) ack 1 win 65535 [ce]
        +0 > E. 1:1(0) ack 2001
        """);

    [Fact]
    public void Our_text_echoes_too() => TcpScript.Run(Established + """
        +0 < . 1:1001(1000) ack 1 win 65535 [ce]
        +0 > E. 1:1(0) ack 1001
        +0 write 100
        +0 > PE. 1:101(100) ack 1001 [ect0]
        """);

    [Fact]
    public void A_mark_without_text_means_nothing() => TcpScript.Run(Established + """
        +0 < . 1:1(0) ack 1 win 65535 [ce]
        +0 < . 1:1001(1000) ack 1 win 65535 [ect0]
        +0 > . 1:1(0) ack 1001
        """);

    [Fact]
    public void A_mark_ahead_of_its_turn_counts() => TcpScript.Run(Established + """
        +0 < . 1001:2001(1000) ack 1 win 65535 [ce]
        +0 > E. 1:1(0) ack 1 <sack 1001:2001>
        """);

    [Fact]
    public void An_interactive_peer_is_acknowledged_at_once_after_a_mark() => TcpScript.Run(Established + """
        +0 < P. 1:101(100) ack 1 win 65535 [ect0]
        +0 > . 1:1(0) ack 101
        +0 write 100
        +0 > P. 1:101(100) ack 101 [ect0]
        +0 < P. 101:201(100) ack 101 win 65535 [ce]
        +0 > E. 101:101(0) ack 201
        """);

    // ---- As sender ----

    // As Linux' state CWR: two acknowledgments let one segment go until the window is halved.
    [Fact]
    public void An_echo_halves_the_window_in_proportion_and_is_answered_by_new_text() => TcpScript.Run(Established + TenSegments + """
        +.1 < E. 1:1(0) ack 1001 win 65535
        +0 > W. 10001:11001(1000) ack 1 anypush [ect0]
        +0 ssthresh = 5
        +0 recovery = Marked
        +0 cwnd = 10
        +0 < E. 1:1(0) ack 2001 win 65535
        +0 ssthresh = 5
        +0 cwnd = 9
        +0 < . 1:1(0) ack 3001 win 65535
        +0 < . 1:1(0) ack 4001 win 65535
        +0 > . 11001:12001(1000) ack 1 anypush [ect0]
        +0 < . 1:1(0) ack 5001 win 65535
        +0 recovery = Marked
        +0 < . 1:1(0) ack 7001 win 65535
        +0 cwnd = 5
        +0 < . 1:1(0) ack 10001 win 65535
        +0 > . 12001:13001(1000) ack 1 anypush [ect0]
        +0 > . 13001:14001(1000) ack 1 anypush [ect0]
        +0 > . 14001:15001(1000) ack 1 anypush [ect0]
        +0 recovery = None
        +0 cwnd = 5
        +0 counter CongestionEchoes = 1
        """);

    [Fact]
    public void A_loss_after_an_echo_goes_on_with_the_same_reduction() => TcpScript.Run(Established + TenSegments + """
        +.1 < E. 1:1(0) ack 1001 win 65535
        +0 > W. 10001:11001(1000) ack 1 anypush
        +0 < E. 1:1(0) ack 1001 win 65535 <sack 2001:3001>
        +0 < E. 1:1(0) ack 1001 win 65535 <sack 2001:4001>
        +0 < E. 1:1(0) ack 1001 win 65535 <sack 2001:5001>
        +0 > . 1001:2001(1000) ack 1 [noecn]
        +0 recovery = Fast
        +0 ssthresh = 5
        +0 counter CongestionEchoes = 1
        """);

    [Fact]
    public void Without_selective_acknowledgments_the_window_comes_down_so_too() => TcpScript.Run("""
        +0 listen
        +0 < SEW 0:0(0) win 65535 <mss 1000>
        +0 > SE. 0:0(0) ack 1 <mss 1460>
        +0 < . 1:1(0) ack 1 win 65535
        +0 accept

        """ + TenSegments + """
        +.1 < E. 1:1(0) ack 2001 win 65535
        +0 > W. 10001:11001(1000) ack 1 anypush
        +0 cwnd = 9
        +0 < . 1:1(0) ack 4001 win 65535
        +0 > . 11001:12001(1000) ack 1 anypush
        +0 cwnd = 8
        """);

    [Fact]
    public void An_echo_beyond_the_reaction_is_a_new_one() => TcpScript.Run(Established + TenSegments + """
        +.1 < E. 1:1(0) ack 10001 win 65535
        * > W. 10001:11001(1000) ack 1 anypush
        +0 > . 11001:12001(1000) ack 1 anypush
        +0 > . 12001:13001(1000) ack 1 anypush
        +0 > . 13001:14001(1000) ack 1 anypush
        +0 > . 14001:15001(1000) ack 1 anypush
        +.1 < E. 1:1(0) ack 15001 win 65535
        * > W. 15001:16001(1000) ack 1 anypush
        +0 > . 16001:17001(1000) ack 1 anypush
        +0 counter CongestionEchoes = 2
        """);

    [Fact]
    public void What_is_sent_again_is_not_capable_and_the_reduction_is_told() => TcpScript.Run(Established + TenSegments + """
        +.1 < . 1:1(0) ack 1 win 65535 <sack 1001:4001>
        +0 > . 1:1001(1000) ack 1 [noecn]
        +0 recovery = Fast
        +.1 < . 1:1(0) ack 10001 win 65535
        +0 > W. 10001:11001(1000) ack 1 anypush [ect0]
        +0 > . 11001:12001(1000) ack 1 anypush [ect0]
        +0 > . 12001:13001(1000) ack 1 anypush [ect0]
        +0 > . 13001:14001(1000) ack 1 anypush [ect0]
        +0 > . 14001:15001(1000) ack 1 anypush [ect0]
        """);

    [Fact]
    public void An_echo_and_a_loss_of_one_window_reduce_once() => TcpScript.Run(Established + TenSegments + """
        +.1 < E. 1:1(0) ack 1 win 65535 <sack 1001:4001>
        +0 > . 1:1001(1000) ack 1 [noecn]
        +0 ssthresh = 5
        +0 < E. 1:1(0) ack 1 win 65535 <sack 1001:5001>
        +0 > W. 10001:11001(1000) ack 1 anypush
        +0 ssthresh = 5
        +0 counter CongestionEchoes = 1
        """);

    [Fact]
    public void After_a_timeout_new_text_tells() => TcpScript.Run(Established + """
        +0 write 100
        +0 > P. 1:101(100) ack 1 [ect0]
        +.2 > P. 1:101(100) ack 1 [noecn]
        +0 < . 1:1(0) ack 101 win 65535
        +0 write 100
        +0 > PW. 101:201(100) ack 1 [ect0]
        +0 < . 1:1(0) ack 201 win 65535
        +0 write 100
        +0 > P. 201:301(100) ack 1 [ect0]
        """);

    [Fact]
    public void Ends_and_resets_are_not_capable() => TcpScript.Run(Established + """
        +0 shutdown WR
        +0 > F. 1:1(0) ack 1 [noecn]
        +0 < . 1:1(0) ack 2 win 65535
        +0 < . 1:101(100) ack 2 win 65535 [ect0]
        +0 > . 2:2(0) ack 101 [noecn]
        +0 close
        +0 > R. 2:2(0) ack 101 [noecn]
        """);
}
