using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>A recovery that was for nothing is taken back: by duplicate reports (RFC 3708, Linux' tcp_try_undo_dsack), and by timestamps (Eifel, RFC 3522).</summary>
public class UndoTests
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

    /// <summary>The first segment is late by more than the reordering window.</summary>
    private const string Late = SixOut + """
        +.1 < . 1:1(0) ack 1 win 65535 <sack 2001:3001>
        +.025 > . 1:1001(1000) ack 1
        +0 recovery = Fast
        +0 ssthresh = 3

        """;

    [Fact]
    public void A_report_after_the_recovery_gives_the_window_back() => TcpScript.Run(Late + """
        +.01 < . 1:1(0) ack 6001 win 65535
        +0 recovery = None
        +0 cwnd = 3
        +.1 < . 1:1(0) ack 6001 win 65535 <sack 1:1001>
        +0 cwnd = 10
        +0 counter SpuriousRecoveries = 1
        """);

    [Fact]
    public void A_report_during_the_recovery_does_at_its_end() => TcpScript.Run(Late + """
        +.01 < . 1:1(0) ack 3001 win 65535
        +.01 < . 1:1(0) ack 3001 win 65535 <sack 1:1001>
        +0 recovery = Fast
        +0 counter SpuriousRecoveries = 0
        +0 < . 1:1(0) ack 6001 win 65535
        +0 recovery = None
        +0 cwnd = 10
        +0 counter SpuriousRecoveries = 1
        """);

    [Fact]
    public void It_takes_reports_of_all_that_was_repeated() => TcpScript.Run(SixOut + """
        +.1 < . 1:1(0) ack 1 win 65535 <sack 5001:6001>
        +.025 > . 1:1001(1000) ack 1
        +.01 < . 1:1(0) ack 1001 win 65535 <sack 5001:6001>
        +0 > . 1001:2001(1000) ack 1
        +0 > . 2001:3001(1000) ack 1
        +.01 < . 1:1(0) ack 6001 win 65535
        +0 recovery = None
        +.1 < . 1:1(0) ack 6001 win 65535 <sack 1:1001>
        +0 < . 1:1(0) ack 6001 win 65535 <sack 1001:2001>
        +0 cwnd = 3
        +0 counter SpuriousRecoveries = 0
        +0 < . 1:1(0) ack 6001 win 65535 <sack 2001:3001>
        +0 cwnd = 10
        +0 counter SpuriousRecoveries = 1
        """);

    [Fact]
    public void A_report_of_something_older_says_nothing() => TcpScript.Run(SixOut + """
        +.1 < . 1:1(0) ack 1001 win 65535
        +0 < . 1:1(0) ack 1001 win 65535 <sack 3001:4001>
        +.025 > . 1001:2001(1000) ack 1
        +.01 < . 1:1(0) ack 6001 win 65535
        +.1 < . 1:1(0) ack 6001 win 65535 <sack 1:1001>
        +0 recovery = None
        +0 counter SpuriousRecoveries = 0
        """);

    [Fact]
    public void A_repetition_that_was_needed_is_no_mistake() => TcpScript.Run(Late + """
        +.1 < . 1:1(0) ack 6001 win 65535
        +1 silence
        +0 cwnd = 3
        +0 counter SpuriousRecoveries = 0
        """);

    /// <summary>The same with timestamps: a round trip of 100 ms.</summary>
    private const string LateWithTimes = """
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1012,sackOK,ts>
        +0 > S. 0:0(0) ack 1 <mss 1460,sackOK,ts>
        +.1 < . 1:1(0) ack 1 win 65535 <ts>
        +0 accept
        +0 write 4000
        +0 > . 1:1001(1000) ack 1 anypush
        +0 > . 1001:2001(1000) ack 1 anypush
        +0 > . 2001:3001(1000) ack 1 anypush
        +0 > P. 3001:4001(1000) ack 1
        +.1 < . 1:1(0) ack 1 win 65535 <ts ecr -100,sack 1001:4001>
        +0 > . 1:1001(1000) ack 1
        +0 recovery = Fast

        """;

    [Fact]
    public void An_echo_of_the_first_copy_takes_it_back_at_once() => TcpScript.Run(LateWithTimes + """
        +.01 < . 1:1(0) ack 4001 win 65535 <ts ecr -110>
        +0 recovery = None
        +0 cwnd = 10
        +0 counter SpuriousRecoveries = 1
        """);

    [Fact]
    public void An_echo_of_the_repetition_does_not() => TcpScript.Run(LateWithTimes + """
        +.1 < . 1:1(0) ack 4001 win 65535 <ts>
        +0 recovery = None
        +0 counter SpuriousRecoveries = 0
        """);
}
