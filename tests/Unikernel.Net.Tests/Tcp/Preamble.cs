namespace Unikernel.Net.Tests.Tcp;

/// <summary>Scripts that bring a socket into a state: what each test begins with.</summary>
internal static class Preamble
{
    /// <summary>Passive, no options but the segment size: both sides at 1.</summary>
    public const string Established = """
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1460>
        +0 > S. 0:0(0) ack 1 win 65535 <mss 1460>
        +0 < . 1:1(0) ack 1 win 65535
        +0 accept

        """;

    /// <summary>SACK, timestamps and window scale 7; MSS 1460 - 12.</summary>
    public const string EstablishedWithOptions = """
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1460,sackOK,ts,wscale 7>
        +0 > S. 0:0(0) ack 1 <mss 1460,sackOK,ts,wscale 6>
        +0 < . 1:1(0) ack 1 win 512 <ts>
        +0 accept

        """;

    /// <summary>SACK only: segments of 1000 bytes, which makes scripts readable.</summary>
    public const string EstablishedWithSack = """
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1000,sackOK>
        +0 > S. 0:0(0) ack 1 <mss 1460,sackOK>
        +0 < . 1:1(0) ack 1 win 65535
        +0 accept

        """;

    /// <summary>The same over a round trip of 100 ms, of which a quarter is the reordering window.</summary>
    public const string EstablishedFarWithSack = """
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1000,sackOK>
        +0 > S. 0:0(0) ack 1 <mss 1460,sackOK>
        +.1 < . 1:1(0) ack 1 win 65535
        +0 accept

        """;

    /// <summary>Segments of 1000 bytes, no SACK.</summary>
    public const string EstablishedSmallMss = """
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1000>
        +0 > S. 0:0(0) ack 1 <mss 1460>
        +0 < . 1:1(0) ack 1 win 65535
        +0 accept

        """;

    public const string SynSent = """
        +0 connect
        +0 > S 0:0(0) <mss 1460,sackOK,ts,wscale 6>

        """;

    public const string SynReceived = """
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1460>
        +0 > S. 0:0(0) ack 1 <mss 1460>

        """;

    /// <summary>We closed our direction; FIN is sequence number 1.</summary>
    public const string FinWait1 = Established + """
        +0 shutdown WR
        +0 > F. 1:1(0) ack 1
        +0 state FIN-WAIT-1

        """;

    public const string FinWait2 = FinWait1 + """
        +0 < . 1:1(0) ack 2 win 65535
        +0 state FIN-WAIT-2

        """;

    public const string CloseWait = Established + """
        +0 < F. 1:1(0) ack 1 win 65535
        +0 > . 1:1(0) ack 2
        +0 state CLOSE-WAIT

        """;

    public const string Closing = FinWait1 + """
        +0 < F. 1:1(0) ack 1 win 65535
        +0 > . 2:2(0) ack 2
        +0 state CLOSING

        """;

    public const string LastAck = CloseWait + """
        +0 shutdown WR
        +0 > F. 1:1(0) ack 2
        +0 state LAST-ACK

        """;

    public const string TimeWait = FinWait2 + """
        +0 < F. 1:1(0) ack 2 win 65535
        +0 > . 2:2(0) ack 2
        +0 state TIME-WAIT

        """;
}
