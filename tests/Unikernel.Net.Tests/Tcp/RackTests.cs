using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Wire;
using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>
/// RACK (RFC 8985 section 6), after the cases of its text, of packetdrill's cubic-rack-reo-timeout-retrans-failed-incoming-data, and those that gVisor's
/// tests name (RACKUpdate, RACKDetectReorder, RACKCheckReorderWindow, RACKWithDuplicateACK, RACKOnePacketTailLoss). The round trip is 100 ms,
/// so the reordering window 25.
/// </summary>
public class RackTests
{
    private const string SixOut = Preamble.EstablishedFarWithSack + """
        +0 write 6000
        +0 > . 1:1001(1000) ack 1 anypush
        +0 > . 1001:2001(1000) ack 1 anypush
        +0 > . 2001:3001(1000) ack 1 anypush
        +0 > . 3001:4001(1000) ack 1 anypush
        +0 > . 4001:5001(1000) ack 1 anypush
        +0 > P. 5001:6001(1000) ack 1

        """;

    [Fact]
    public void One_report_is_enough_after_a_quarter_of_the_round_trip() => TcpScript.Run(SixOut + """
        +.1 < . 1:1(0) ack 1 win 65535 <sack 2001:3001>
        +.02 silence
        +.005 > . 1:1001(1000) ack 1
        +0 recovery = Fast
        +.1 < . 1:1(0) ack 1001 win 65535 <sack 2001:3001>
        +0 > . 1001:2001(1000) ack 1
        +.1 < . 1:1(0) ack 6001 win 65535
        +0 recovery = None
        +0 counter Timeouts = 0
        """);

    [Fact]
    public void Three_reports_need_no_time() => TcpScript.Run(SixOut + """
        +.1 < . 1:1(0) ack 1 win 65535 <sack 2001:3001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 2001:4001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 2001:5001>
        +0 > . 1:1001(1000) ack 1
        """);

    [Fact]
    public void What_was_only_late_is_not_sent_again() => TcpScript.Run(SixOut + """
        +.1 < . 1:1(0) ack 1 win 65535 <sack 1001:3001>
        +.02 < . 1:1(0) ack 6001 win 65535
        +1 silence
        +0 counter SegmentsRetransmitted = 0
        +0 counter FastRecoveries = 0
        """);

    // Section 6.2 step 4: once reordering was seen, the number of reports says nothing.
    [Fact]
    public void After_reordering_three_reports_wait_too() => TcpScript.Run(SixOut + """
        +.1 < . 1:1(0) ack 1 win 65535 <sack 2001:3001>
        +.01 < . 1:1(0) ack 6001 win 65535
        +0 write 5000
        +0 > . 6001:7001(1000) ack 1 anypush
        +0 > . 7001:8001(1000) ack 1 anypush
        +0 > . 8001:9001(1000) ack 1 anypush
        +0 > . 9001:10001(1000) ack 1 anypush
        +0 > P. 10001:11001(1000) ack 1
        +.1 < . 1:1(0) ack 6001 win 65535 <sack 7001:11001>
        +.02 silence
        +.005 > . 6001:7001(1000) ack 1
        +.1 < . 1:1(0) ack 11001 win 65535
        +0 recovery = None
        """);

    // packetdrill's cubic-rack-reo-timeout-…: two reordered segments, then the timer of a loss.
    [Fact]
    public void The_timer_fires_after_reordering_at_twenty_milliseconds() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 32792 <mss 1000,sackOK,wscale 7>
        +0 > S. 0:0(0) ack 1 <mss 1460,sackOK,wscale 6>
        +.02 < . 1:1(0) ack 1 win 320
        +0 accept
        +0 write 10000
        +0 > . 1:1001(1000) ack 1 anypush
        +0 > . 1001:2001(1000) ack 1 anypush
        +0 > . 2001:3001(1000) ack 1 anypush
        +0 > . 3001:4001(1000) ack 1 anypush
        +0 > . 4001:5001(1000) ack 1 anypush
        +0 > . 5001:6001(1000) ack 1 anypush
        +0 > . 6001:7001(1000) ack 1 anypush
        +0 > . 7001:8001(1000) ack 1 anypush
        +0 > . 8001:9001(1000) ack 1 anypush
        +0 > P. 9001:10001(1000) ack 1
        +.02 < . 1:1(0) ack 1 win 320 <sack 9001:10001>
        +0 < . 1:1(0) ack 1 win 320 <sack 3001:4001,sack 9001:10001>
        +0 < . 1:1(0) ack 10001 win 320
        +0 recovery = None
        +.025 write 2000
        +0 > . 10001:11001(1000) ack 1 anypush
        +0 > P. 11001:12001(1000) ack 1
        +.02 < . 1:1(0) ack 10001 win 320 <sack 11001:12001>
        +0 recovery = None
        +.005 > . 10001:11001(1000) ack 1
        +0 recovery = Fast
        +.01 < . 1:1001(1000) ack 10001 win 320 <sack 11001:12001>
        +0 > . 12001:12001(0) ack 1001
        """);

    // Section 3.1 and 6: a repetition that is lost is found by what was sent after it.
    [Fact]
    public void A_lost_repetition_is_sent_a_third_time() => TcpScript.Run(SixOut + """
        +.1 < . 1:1(0) ack 1 win 65535 <sack 1001:2001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 1001:3001>
        +0 < . 1:1(0) ack 1 win 65535 <sack 1001:4001>
        +0 > . 1:1001(1000) ack 1
        +.01 write 2000
        +0 < . 1:1(0) ack 1 win 65535 <sack 1001:5001>
        +0 > . 6001:7001(1000) ack 1 anypush
        +0 < . 1:1(0) ack 1 win 65535 <sack 1001:6001>
        +0 > P. 7001:8001(1000) ack 1
        // sent after the repetition, and there before it
        +.1 < . 1:1(0) ack 1 win 65535 <sack 1001:7001>
        +0 > . 1:1001(1000) ack 1
        +.1 < . 1:1(0) ack 8001 win 65535
        +0 recovery = None
        +0 counter Timeouts = 0
        +0 counter FastRecoveries = 1
        """);

    // Section 6.2 step 4: the window grows by a quarter of the shortest round trip for each round trip with a duplicate report.
    [Fact]
    public void Duplicate_reports_widen_the_window() => TcpScript.Run(SixOut + """
        +.1 < . 1:1(0) ack 1 win 65535 <sack 2001:3001>
        +.025 > . 1:1001(1000) ack 1
        +0 < . 1:1(0) ack 6001 win 65535
        +.05 < . 1:1(0) ack 6001 win 65535 <sack 1:1001>
        +0 write 3000
        +0 > . 6001:7001(1000) ack 1 anypush
        +0 > . 7001:8001(1000) ack 1 anypush
        +0 > P. 8001:9001(1000) ack 1
        +.1 < . 1:1(0) ack 6001 win 65535 <sack 7001:8001>
        +.045 silence
        +.005 > . 6001:7001(1000) ack 1
        """);

    // The answer to the first copy comes after the repetition: its time is not the repetition's (step 2).
    [Fact]
    public void The_first_copys_answer_is_not_the_repetitions() => TcpScript.Run(SixOut + """
        +.1 < . 1:1(0) ack 1 win 65535 <sack 1001:4001>
        +0 > . 1:1001(1000) ack 1
        +.01 < . 1:1(0) ack 1001 win 65535 <sack 1001:4001>
        // by its time what was sent before the repetition had been lost
        +.05 silence
        """);

    // gVisor's RACKOnePacketTailLoss: nothing was sent after it.
    [Fact]
    public void Of_the_last_segment_only_the_timer_tells() => TcpScript.Run(SixOut + """
        +.1 < . 1:1(0) ack 5001 win 65535
        +.2 silence
        * > P. 5001:6001(1000) ack 1
        +0 counter Timeouts = 1
        """);

    // Section 6.3: what was sent just now is not lost because something else was.
    [Fact]
    public void A_timeout_takes_only_what_has_had_its_time() => TcpScript.Run(SixOut + """
        +.1 < . 1:1(0) ack 1001 win 65535
        // 1001 to 6001 are lost; text that comes meanwhile is not
        +.245 write 1000
        +0 > P. 6001:7001(1000) ack 1
        * > . 1001:2001(1000) ack 1
        +0 recovery = Loss
        +.1 < . 1:1(0) ack 6001 win 65535
        +.1 silence
        """);

    [Fact]
    public void A_report_that_overtakes_counts() => TcpScript.Run(SixOut + """
        +.1 < . 1:1(0) ack 2001 win 65535
        +0 < . 1:1(0) ack 1001 win 65535 <sack 3001:6001>
        +0 > . 2001:3001(1000) ack 1
        """);

    [Fact]
    public void Without_selective_acknowledgments_nothing_is_late() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1000>
        +0 > S. 0:0(0) ack 1 <mss 1460>
        +.1 < . 1:1(0) ack 1 win 65535
        +0 accept
        +0 write 3000
        +0 > . 1:1001(1000) ack 1 anypush
        +0 > . 1001:2001(1000) ack 1 anypush
        +0 > P. 2001:3001(1000) ack 1
        +.1 < . 1:1(0) ack 1 win 65535
        +.1 silence
        """);

    // ---- TcpFlight ----

    private static readonly Instant s_early = Instant.FromMilliseconds(1), s_late = Instant.FromMilliseconds(2);

    private static string Show(TcpFlight flight)
    {
        string text = "";
        for (int i = 0; i < flight.Count; i++)
        {
            TcpTransmission range = flight.Ranges[i];
            text += $"{flight.StartOf(i)}-{range.End}@{range.Sent.TotalMilliseconds}{(range.Repeated ? "r" : "")}{(range.Lost ? "l" : "")} ";
        }

        return text.Trim();
    }

    [Fact]
    public void One_poll_makes_one_range_and_repetitions_cut_it()
    {
        TcpFlight flight = default;
        flight.Add(s_early, 100, 200);
        flight.Add(s_early, 200, 300);
        Assert.Equal("100-300@1", Show(flight));
        flight.MarkLost(150, 250);
        Assert.Equal("100-150@1 150-250@1l 250-300@1", Show(flight));
        flight.Repeat(s_late, 150, 200);
        Assert.Equal("100-150@1 150-200@2r 200-250@1l 250-300@1", Show(flight));
        flight.Add(s_late, 300, 400);
        flight.Acknowledge(160);
        Assert.Equal("160-200@2r 200-250@1l 250-300@1 300-400@2", Show(flight));
        flight.Acknowledge(400);
        Assert.Equal("", Show(flight));
        flight.Add(s_late, 400, 500);
        Assert.Equal("400-500@2", Show(flight));
    }

    [Fact]
    public void What_was_received_is_not_lost()
    {
        TcpFlight flight = default;
        flight.Add(s_early, 100, 500);
        flight.MarkLost(100, 400);
        SackScoreboard received = default;
        received.Add(100, 200);
        received.Add(250, 300);
        Assert.Equal(150, flight.LostBytes(received));
        Assert.True(flight.TryFindLost(received, out TcpSackBlock hole));
        Assert.Equal(new TcpSackBlock(200, 250), hole);
        received.Add(200, 400);
        Assert.Equal(0, flight.LostBytes(received));
        Assert.False(flight.TryFindLost(received, out _));
    }

    /// <summary>Octet by octet against a table of them.</summary>
    [Fact]
    public void Lost_octets_are_those_that_are_marked_and_not_received()
    {
        const int Length = 400;
        Random random = new(8985);
        for (int round = 0; round < 200; round++)
        {
            bool[] lost = new bool[Length], there = new bool[Length];
            uint first = uint.MaxValue - 150; // across the end of the sequence numbers
            TcpFlight flight = default;
            SackScoreboard received = default;
            flight.Add(s_early, first, first + Length);
            for (int i = random.Next(12); i > 0; i--)
            {
                (int from, int to) = Span();
                flight.MarkLost(first + (uint)from, first + (uint)to);
                lost.AsSpan(from..to).Fill(true);
                (from, to) = Span();
                received.Add(first + (uint)from, first + (uint)to);
                there.AsSpan(from..to).Fill(true);
            }

            int[] expected = [.. Enumerable.Range(0, Length).Where(i => lost[i] && !there[i])];
            Assert.Equal(expected.Length, flight.LostBytes(received));
            Assert.Equal(expected.Length > 0, flight.TryFindLost(received, out TcpSackBlock hole));
            if (expected.Length > 0) Assert.Equal(first + (uint)expected[0], hole.Start);
        }

        (int, int) Span() => random.Next(Length) is var from ? (from, from + 1 + random.Next(Math.Min(60, Length - from))) : default;
    }

    // A peer that reports single octets makes borders, but not without end; what is lost is still found and goes out.
    [Fact]
    public void Borders_have_an_end()
    {
        TcpFlight flight = default;
        flight.Add(s_early, 0, 100_000);
        for (uint at = 0; at < 50_000; at += 2) flight.MarkLost(at, at + 1);
        Assert.InRange(flight.Count, 1000, 1100);
        SackScoreboard received = default;
        for (int turns = 0; flight.TryFindLost(received, out TcpSackBlock hole); turns++)
        {
            Assert.True(turns < 100_000);
            flight.Repeat(s_late, hole.Start, hole.Start + 1);
        }

        Assert.Equal(0, flight.LostBytes(received));

        // New text is not lost because it finds no range of its own.
        flight.MarkLost(99_999, 100_000);
        flight.Add(s_late, 100_000, 101_000);
        flight.Add(s_late + TimeSpan.FromMilliseconds(1), 101_000, 102_000);
        Assert.True(flight.LostBytes(received) <= 1);
    }

    [Fact]
    public void Ranges_come_and_go_without_allocation()
    {
        TcpFlight flight = default;
        Instant now = s_early;
        uint sent = 0, acknowledged = uint.MaxValue - 5000;
        sent = acknowledged;
        for (int warm = 0; warm < 2; warm++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 20_000; i++)
            {
                now += TimeSpan.FromMilliseconds(1);
                flight.Add(now, sent, sent + 1000);
                sent += 1000;
                if (i % 7 == 0) flight.MarkLost(acknowledged, acknowledged + 500);
                if (i % 11 == 0) flight.Repeat(now, acknowledged, acknowledged + 500);
                if (flight.Count > 20) flight.Acknowledge(acknowledged += 1000);
            }

            if (warm == 1) Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }
}
