using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>Tail loss probe (RFC 8985 section 7), after the cases that its section 7 and packetdrill's scripts for Linux describe.</summary>
public class LossProbeTests
{
    /// <summary>A round trip of 20 ms, and four segments on their way.</summary>
    private const string FourOut = """
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1000,sackOK>
        +0 > S. 0:0(0) ack 1 <mss 1460,sackOK>
        +.02 < . 1:1(0) ack 1 win 65535
        +0 accept
        +0 write 4000
        +0 > . 1:1001(1000) ack 1
        +0 > . 1001:2001(1000) ack 1
        +0 > . 2001:3001(1000) ack 1
        +0 > P. 3001:4001(1000) ack 1

        """;

    private static void Run(string script) => TcpScript.Run(script, limits => limits.LossProbe = true);

    [Fact]
    public void After_two_round_trips_the_last_segment_goes_again() => Run(FourOut + """
        +.04 > P. 3001:4001(1000) ack 1
        +0 counter LossProbes = 1
        +0 counter Timeouts = 0
        +0 cwnd = 10
        """);

    [Fact]
    public void The_last_segment_alone_was_lost_and_the_probe_repairs_it() => Run(FourOut + """
        +.02 < . 1:1(0) ack 3001 win 65535
        // one segment alone waits for the timeout
        +.2 > P. 3001:4001(1000) ack 1
        +0 counter LossProbes = 0
        """);

    [Fact]
    public void The_last_two_were_lost_and_the_probe_tells() => Run(FourOut + """
        +.02 < . 1:1(0) ack 2001 win 65535
        +.04 > P. 3001:4001(1000) ack 1
        +.02 < . 1:1(0) ack 2001 win 65535 <sack 3001:4001>
        +0 > . 2001:3001(1000) ack 1
        +0 recovery = Fast
        +.02 < . 1:1(0) ack 4001 win 65535
        +0 recovery = None
        +0 counter Timeouts = 0
        """);

    [Fact]
    public void All_but_the_probe_were_lost() => Run(FourOut + """
        +.04 > P. 3001:4001(1000) ack 1
        +.02 < . 1:1(0) ack 1 win 65535 <sack 3001:4001>
        +0 > . 1:1001(1000) ack 1
        +.02 < . 1:1(0) ack 1001 win 65535 <sack 3001:4001>
        +0 > . 1001:2001(1000) ack 1
        +0 > . 2001:3001(1000) ack 1
        +.02 < . 1:1(0) ack 4001 win 65535
        +0 counter Timeouts = 0
        """);

    [Fact]
    public void A_repaired_loss_shrinks_the_window() => Run(FourOut + """
        +.04 > P. 3001:4001(1000) ack 1
        +.02 < . 1:1(0) ack 4001 win 65535
        +0 counter LossProbeRecoveries = 1
        +0 cwnd = 5
        +0 recovery = None
        """);

    [Fact]
    public void A_duplicate_report_says_that_nothing_was_lost() => Run(FourOut + """
        +.04 > P. 3001:4001(1000) ack 1
        +.02 < . 1:1(0) ack 4001 win 65535 <sack 3001:4001>
        +0 counter LossProbeRecoveries = 0
        +0 cwnd = 10
        """);

    [Fact]
    public void New_text_is_the_better_probe() => Run("""
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1000,sackOK>
        +0 > S. 0:0(0) ack 1 <mss 1460,sackOK>
        +.02 < . 1:1(0) ack 1 win 65535
        +0 accept
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
        +.04 > . 10001:11001(1000) ack 1
        +0 counter LossProbes = 1
        +0 counter SegmentsRetransmitted = 0
        """);

    [Fact]
    public void A_fin_goes_with_the_probe() => Run(FourOut + """
        +0 shutdown WR
        +0 > F. 4001:4001(0) ack 1
        +.04 > FP. 3001:4001(1000) ack 1
        """);

    [Fact]
    public void A_probe_without_an_answer_leaves_the_rest_to_the_timeout() => Run(FourOut + """
        +.04 > P. 3001:4001(1000) ack 1
        +.16 > . 1:1001(1000) ack 1
        +0 counter LossProbes = 1
        +0 counter Timeouts = 1
        """);

    [Fact]
    public void Without_selective_acknowledgments_there_is_none() => Run("""
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1000>
        +0 > S. 0:0(0) ack 1 <mss 1460>
        +.02 < . 1:1(0) ack 1 win 65535
        +0 accept
        +0 write 2000
        +0 > . 1:1001(1000) ack 1
        +0 > P. 1001:2001(1000) ack 1
        +.2 > . 1:1001(1000) ack 1
        +0 counter LossProbes = 0
        """);

    [Fact]
    public void Each_acknowledgment_begins_anew() => Run(FourOut + """
        +.035 < . 1:1(0) ack 1001 win 65535
        // SRTT is 21.875 ms now: seven eighths of 20 and one of 35
        +.04 silence
        +.00375 > P. 3001:4001(1000) ack 1
        """);

    [Fact]
    public void A_flight_after_a_flight_of_one_has_its_own_timers() => Run(FourOut + """
        +.02 < . 1:1(0) ack 4001 win 65535
        +0 write 500
        +0 > P. 4001:4501(500) ack 1
        +.2 > P. 4001:4501(500) ack 1
        +0 counter Timeouts = 1
        +0 counter LossProbes = 0
        """);
}
