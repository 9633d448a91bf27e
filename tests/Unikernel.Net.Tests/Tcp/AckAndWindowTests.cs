using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>Delayed acknowledgments, windows in both directions, Nagle, probes.</summary>
public class AckAndWindowTests
{
    // A conversation: we answered, so acknowledgments wait for the answer.
    private const string Conversation = Preamble.Established + """
        +0 < P. 1:11(10) ack 1 win 65535
        +0 > . 1:1(0) ack 11
        +0 read 100 = 10
        +0 write 10
        +0 > P. 1:11(10) ack 11
        +.01 < . 11:11(0) ack 11 win 65535

        """;

    [Fact]
    public void The_first_segments_are_acknowledged_at_once() => TcpScript.Run(Preamble.Established + """
        +0 < P. 1:11(10) ack 1 win 65535
        +0 > . 1:1(0) ack 11
        +1 < P. 11:21(10) ack 1 win 65535
        +0 > . 1:1(0) ack 21
        """);

    [Fact]
    public void In_a_conversation_the_acknowledgment_waits() => TcpScript.Run(Conversation + """
        +0 < P. 11:21(10) ack 11 win 65535
        +.04 > . 11:11(0) ack 21
        """);

    [Fact]
    public void The_answer_carries_the_acknowledgment() => TcpScript.Run(Conversation + """
        +0 < P. 11:21(10) ack 11 win 65535
        +.01 write 20
        +0 > P. 11:31(20) ack 21
        +.001 < . 21:21(0) ack 31 win 65535
        +1 silence
        """);

    [Fact]
    public void Two_full_segments_are_acknowledged_at_once() => TcpScript.Run(Conversation + """
        +0 < . 11:1471(1460) ack 11 win 65535
        +0 > . 11:11(0) ack 1471
        """.Replace("+0 > . 11:11(0) ack 1471", """
        +0 > . 11:11(0) ack 1471
        +0 < . 1471:2931(1460) ack 11 win 65535
        +0 > . 11:11(0) ack 2931
        """));

    [Fact]
    public void Quick_acknowledgment_by_option() => TcpScript.Run(Conversation + """
        +0 setopt QuickAcknowledge 1
        +0 < P. 11:21(10) ack 11 win 65535
        +0 > . 11:11(0) ack 21
        """);

    [Fact]
    public void The_window_shrinks_with_what_is_not_read() => TcpScript.Run("""
        +0 listen 5 ReceiveBuffer:5000
        +0 < S 0:0(0) win 65535 <mss 1460>
        +0 > S. 0:0(0) ack 1 win 10000 <mss 1460>
        +0 < . 1:1(0) ack 1 win 65535
        +0 accept
        +0 < . 1:1461(1460) ack 1 win 65535
        +0 > . 1:1(0) ack 1461 win 8540
        +0 < . 1461:10001(8540) ack 1 win 65535
        +0 > . 1:1(0) ack 10001 win 0
        """);

    [Fact]
    public void A_closed_window_takes_no_text_but_acknowledges_probes() => TcpScript.Run("""
        +0 listen 5 ReceiveBuffer:5000
        +0 < S 0:0(0) win 65535 <mss 1460>
        +0 > S. 0:0(0) ack 1
        +0 < . 1:1(0) ack 1 win 65535
        +0 accept
        +0 < . 1:10001(10000) ack 1 win 65535
        +0 > . 1:1(0) ack 10001 win 0
        +1 < . 10001:10002(1) ack 1 win 65535
        +0 > . 1:1(0) ack 10001 win 0
        +1 < . 10000:10000(0) ack 1 win 65535
        +0 > . 1:1(0) ack 10001 win 0
        // and takes acknowledgments
        +0 write 10
        +0 > P. 1:11(10) ack 10001 win 0
        +0 < . 10001:10002(1) ack 11 win 65535
        +0 > . 11:11(0) ack 10001 win 0
        +1 silence
        """);

    [Fact]
    public void Reading_opens_the_window_by_worthwhile_steps() => TcpScript.Run("""
        +0 listen 5 ReceiveBuffer:5000
        +0 < S 0:0(0) win 65535 <mss 1460>
        +0 > S. 0:0(0) ack 1
        +0 < . 1:1(0) ack 1 win 65535
        +0 accept
        +0 < . 1:10001(10000) ack 1 win 65535
        +0 > . 1:1(0) ack 10001 win 0
        +0 read 1000 = 1000
        +0 silence
        +0 read 2000 = 2000
        +0 > . 1:1(0) ack 10001 win 3000
        +0 read 7000 = 7000
        +0 > . 1:1(0) ack 10001 win 10000
        """);

    [Fact]
    public void The_receive_buffer_grows_for_a_fast_reader()
    {
        TcpTestHarness harness = TcpScript.Run(Preamble.EstablishedWithOptions);
        var script = new TcpScript(harness);
        int at = 1;
        int before = harness.Socket!.Connection!.ReceiveLimit;
        for (int round = 0; round < 20; round++)
        {
            for (int i = 0; i < 30; i++, at += 1448) script.Execute($"+0 < . {at}:{at + 1448}(1448) ack 1 win 512 <ts>\n* > . 1:1(0) ack {at + 1448}");
            harness.Read(1 << 20);
            while (harness.TryTakeSent(out _)) { }
            harness.Advance(TimeSpan.FromMilliseconds(20));
            while (harness.TryTakeSent(out _)) { }
        }

        Assert.True(harness.Socket.Connection.ReceiveLimit > before, "the buffer did not grow");
    }

    [Fact]
    public void Nagle_holds_a_small_segment_while_one_is_outstanding() => TcpScript.Run(Preamble.Established + """
        +0 write 10
        +0 > P. 1:11(10) ack 1
        +0 write 10
        +0 write 10
        +0 silence
        +.05 < . 1:1(0) ack 11 win 65535
        +0 > P. 11:31(20) ack 1
        """);

    [Fact]
    public void Nagle_lets_a_full_segment_go() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 write 10
        +0 > P. 1:11(10) ack 1
        +0 write 1500
        +0 > . 11:1011(1000) ack 1
        +.05 < . 1:1(0) ack 11 win 65535
        +0 > P. 1011:1511(500) ack 1
        """);

    [Fact]
    public void A_small_segment_after_full_ones_goes() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 write 1000
        +0 > P. 1:1001(1000) ack 1
        +0 write 10
        +0 > P. 1001:1011(10) ack 1
        """);

    [Fact]
    public void NoDelay_sends_each_write() => TcpScript.Run(Preamble.Established + """
        +0 setopt NoDelay 1
        +0 write 10
        +0 > P. 1:11(10) ack 1
        +0 write 10
        +0 > P. 11:21(10) ack 1
        """);

    [Fact]
    public void NoDelay_pushes_what_waits() => TcpScript.Run(Preamble.Established + """
        +0 write 10
        +0 > P. 1:11(10) ack 1
        +0 write 10
        +0 setopt NoDelay 1
        +0 > P. 11:21(10) ack 1
        """);

    [Fact]
    public void Cork_holds_partial_segments() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 setopt Cork 1
        +0 write 1500
        +0 > . 1:1001(1000) ack 1
        +.05 < . 1:1(0) ack 1001 win 65535
        +0 setopt Cork 0
        +0 > P. 1001:1501(500) ack 1
        """);

    [Fact]
    public void A_closed_window_is_probed_with_backoff() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 1000 <mss 1000>
        +0 > S. 0:0(0) ack 1
        +0 < . 1:1(0) ack 1 win 1000
        +0 accept
        +0 write 2000
        +0 > . 1:1001(1000) ack 1
        +.01 < . 1:1(0) ack 1001 win 0
        +.2 > . 1000:1000(0) ack 1
        +.01 < . 1:1(0) ack 1001 win 0
        +.39 > . 1000:1000(0) ack 1
        +.8 > . 1000:1000(0) ack 1
        +0 counter ZeroWindowProbes = 3
        +.01 < . 1:1(0) ack 1001 win 1000
        +0 > P. 1001:2001(1000) ack 1
        +.01 < . 1:1(0) ack 2001 win 1000
        +10 silence
        """);

    [Fact]
    public void A_small_window_is_used_when_the_probe_is_due() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 2000 <mss 1000>
        +0 > S. 0:0(0) ack 1
        +0 < . 1:1(0) ack 1 win 2000
        +0 accept
        +0 write 3000
        +0 > . 1:1001(1000) ack 1
        +0 > . 1001:2001(1000) ack 1
        +.01 < . 1:1(0) ack 2001 win 100
        +.2 > . 2001:2101(100) ack 1
        """);

    [Fact]
    public void The_silly_window_is_avoided_until_half_of_the_largest() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 2000 <mss 2000>
        +0 > S. 0:0(0) ack 1
        +0 < . 1:1(0) ack 1 win 1400
        +0 accept
        +0 write 3000
        +0 > . 1:1401(1400) ack 1
        +.01 < . 1:1(0) ack 1401 win 900
        +.2 > . 1401:2301(900) ack 1
        """);

    [Fact]
    public void A_window_that_shrinks_stops_new_text() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 write 2000
        +0 > . 1:1001(1000) ack 1
        +0 > P. 1001:2001(1000) ack 1
        +0 < . 1:1(0) ack 1 win 500
        +0 write 1000
        +0 silence
        +.01 < . 1:1(0) ack 2001 win 3000
        +0 > P. 2001:3001(1000) ack 1
        """);

    [Fact]
    public void A_peer_that_keeps_its_window_closed_and_answers_is_kept()
    {
        TcpTestHarness harness = TcpScript.Run("""
            +0 listen
            +0 < S 0:0(0) win 1000 <mss 1000>
            +0 > S. 0:0(0) ack 1
            +0 < . 1:1(0) ack 1 win 1000
            +0 accept
            +0 write 2000
            +0 > . 1:1001(1000) ack 1
            +.01 < . 1:1(0) ack 1001 win 0
            """);
        var script = new TcpScript(harness);
        for (int i = 0; i < 60; i++) script.Execute("* > . 1000:1000(0) ack 1\n+0 < . 1:1(0) ack 1001 win 0");
        script.Execute("+0 state ESTABLISHED");
    }

    [Fact]
    public void An_orphan_with_a_closed_window_goes() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 1000 <mss 1000>
        +0 > S. 0:0(0) ack 1
        +0 < . 1:1(0) ack 1 win 1000
        +0 accept
        +0 write 2000
        +0 > . 1:1001(1000) ack 1
        +.01 < . 1:1(0) ack 1001 win 0
        +0 close
        * > . 1000:1000(0) ack 1
        +0 < . 1:1(0) ack 1001 win 0
        * > . 1000:1000(0) ack 1
        +0 < . 1:1(0) ack 1001 win 0
        * > R. 1001:1001(0) ack 1
        +0 connections = 0
        """, limits => limits.OrphanRetries = 2);

    [Fact]
    public void Keep_alive_probes_and_gives_up() => TcpScript.Run(Preamble.Established + """
        +0 setopt KeepAliveTime 10
        +0 setopt KeepAliveInterval 2
        +0 setopt KeepAliveCount 3
        +0 setopt KeepAlive 1
        +10 > . 0:0(0) ack 1
        +2 > . 0:0(0) ack 1
        +2 > . 0:0(0) ack 1
        +2 > R. 1:1(0) ack 1
        +0 state CLOSED
        +0 error = ETIMEDOUT
        """);

    [Fact]
    public void Keep_alive_is_content_with_an_answer() => TcpScript.Run(Preamble.Established + """
        +0 setopt KeepAliveTime 10
        +0 setopt KeepAliveInterval 2
        +0 setopt KeepAlive 1
        +10 > . 0:0(0) ack 1
        +.01 < . 1:1(0) ack 1 win 65535
        +10 > . 0:0(0) ack 1
        """);

    [Fact]
    public void Keep_alive_waits_for_idleness() => TcpScript.Run(Preamble.Established + """
        +0 setopt KeepAliveTime 10
        +0 setopt KeepAlive 1
        +5 < P. 1:11(10) ack 1 win 65535
        +0 > . 1:1(0) ack 11
        +10 > . 0:0(0) ack 11
        """);

    [Fact]
    public void Keep_alive_off_is_silent() => TcpScript.Run(Preamble.Established + "+10000 silence");

    [Fact]
    public void A_peers_keep_alive_is_answered() => TcpScript.Run(Preamble.Established + """
        +1 < . 0:0(0) ack 1 win 65535
        +0 > . 1:1(0) ack 1
        +1 < . 0:1(1) ack 1 win 65535
        +0 > . 1:1(0) ack 1
        """);
}
