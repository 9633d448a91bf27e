using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>Urgent data with Linux's meaning of the pointer (RFC 6093 section 2). What a program sees is compared with Linux in tests/guest/Sockets.</summary>
public class UrgentTests
{
    // ---- In ----

    [Fact]
    public void The_octet_before_the_pointer_is_taken_out_of_band() => TcpScript.Run(Preamble.Established + """
        +0 < U. 1:11(10) ack 1 win 65535 urg 5
        +0 > . 1:1(0) ack 11
        +0 ready = Readable, Writable, Urgent
        +0 available = 4
        +0 urgent 5
        +0 ready = Readable, Writable
        +0 read 100 = 4
        +0 mark = 1
        +0 passed
        +0 read 100 = 5
        +0 mark = 0
        +0 urgent 5 = EINVAL
        """);

    [Fact]
    public void A_pointer_of_zero_is_the_first_octet() => TcpScript.Run(Preamble.Established + """
        +0 < U. 1:11(10) ack 1 win 65535 urg 0
        +0 > . 1:1(0) ack 11
        +0 mark = 1
        +0 urgent 1
        +0 passed
        +0 read 100 = 9
        """);

    [Fact]
    public void The_octet_may_come_later_than_the_pointer() => TcpScript.Run(Preamble.Established + """
        +0 < U. 1:11(10) ack 1 win 65535 urg 15
        +0 > . 1:1(0) ack 11
        +0 ready = Readable, Writable
        +0 urgent 15 = EAGAIN
        +0 read 100 = 10
        +0 < . 11:21(10) ack 1 win 65535
        +0 > . 1:1(0) ack 21
        +0 ready = Readable, Writable, Urgent
        +0 read 100 = 4
        +0 urgent 15
        +0 passed
        +0 read 100 = 5
        """);

    [Fact]
    public void A_pointer_without_text_announces() => TcpScript.Run(Preamble.Established + """
        +0 < U. 1:1(0) ack 1 win 65535 urg 3
        +0 urgent 3 = EAGAIN
        +0 < . 1:4(3) ack 1 win 65535
        +0 > . 1:1(0) ack 4
        +0 urgent 3
        +0 read 100 = 2
        +0 read 100 = EAGAIN
        """);

    [Fact]
    public void Only_the_urgent_octet_wakes_no_reader() => TcpScript.Run(Preamble.Established + """
        +0 < U. 1:2(1) ack 1 win 65535 urg 1
        +0 > . 1:1(0) ack 2
        +0 ready = Writable, Urgent
        +0 available = 0
        """);

    [Fact]
    public void A_newer_one_makes_the_older_ordinary() => TcpScript.Run(Preamble.Established + """
        +0 < U. 1:6(5) ack 1 win 65535 urg 3
        +0 > . 1:1(0) ack 6
        +0 < U. 6:11(5) ack 1 win 65535 urg 2
        +0 > . 1:1(0) ack 11
        +0 read 100 = 6
        +0 urgent 7
        +0 passed
        +0 read 100 = 3
        """);

    [Fact]
    public void Of_two_at_the_mark_the_older_is_gone() => TcpScript.Run(Preamble.Established + """
        +0 < U. 1:2(1) ack 1 win 65535 urg 1
        +0 > . 1:1(0) ack 2
        +0 < U. 2:3(1) ack 1 win 65535 urg 1
        +0 > . 1:1(0) ack 3
        +0 urgent 2
        +0 available = 0
        +0 mark = 1
        """);

    [Fact]
    public void An_older_pointer_says_nothing() => TcpScript.Run(Preamble.Established + """
        +0 < U. 1:11(10) ack 1 win 65535 urg 8
        +0 > . 1:1(0) ack 11
        +0 urgent 8
        +0 < U. 11:21(10) ack 1 win 65535 urg 0
        +0 > . 1:1(0) ack 21
        +0 urgent 11
        +0 < U. 21:21(0) ack 1 win 65535 urg 0
        +0 < U. 21:21(0) ack 1 win 65535 urg 0
        +0 counter UrgentStale = 1
        """);

    [Fact]
    public void A_retransmission_does_not_announce_again() => TcpScript.Run(Preamble.Established + """
        +0 < U. 1:11(10) ack 1 win 65535 urg 5
        +0 > . 1:1(0) ack 11
        +0 urgent 5
        +0 < U. 1:11(10) ack 1 win 65535 urg 5
        +0 > . 1:1(0) ack 11
        +0 urgent 5 = EINVAL
        """);

    [Fact]
    public void Ahead_of_its_turn_it_waits_for_the_text_before() => TcpScript.Run(Preamble.EstablishedWithSack + """
        +0 < U. 11:21(10) ack 1 win 65535 urg 5
        +0 > . 1:1(0) ack 1 <sack 11:21>
        +0 urgent 15 = EAGAIN
        +0 < . 1:11(10) ack 1 win 65535
        +0 > . 1:1(0) ack 21
        +0 urgent 15
        +0 read 100 = 14
        +0 passed
        +0 read 100 = 5
        """);

    [Fact]
    public void In_line_it_is_part_of_the_stream() => TcpScript.Run(Preamble.Established + """
        +0 setopt OutOfBandInline 1
        +0 < U. 1:11(10) ack 1 win 65535 urg 5
        +0 > . 1:1(0) ack 11
        +0 available = 10
        +0 urgent 5 = EINVAL
        +0 read 100 = 4
        +0 mark = 1
        +0 read 100 = 6
        +0 mark = 0
        """);

    [Fact]
    public void The_end_behind_it_is_seen() => TcpScript.Run(Preamble.Established + """
        +0 < FU. 1:2(1) ack 1 win 65535 urg 1
        +0 > . 1:1(0) ack 3
        +0 ready = Readable, Writable, ReadClosed, Urgent
        +0 urgent 1
        +0 read 100 = 0
        """);

    [Fact]
    public void Unread_at_close_it_resets() => TcpScript.Run(Preamble.Established + """
        +0 < U. 1:2(1) ack 1 win 65535 urg 1
        +0 > . 1:1(0) ack 2
        +0 urgent 1
        +0 close
        +0 > R. 1:1(0) ack 2
        """);

    [Fact]
    public void The_mark_holds_where_numbers_wrap() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 < . 1:1001(1000) ack 1 win 65535
        +0 > . 1:1(0) ack 1001
        +0 < . 1001:2001(1000) ack 1 win 65535
        +0 > . 1:1(0) ack 2001
        +0 < . 2001:3001(1000) ack 1 win 65535
        +0 > . 1:1(0) ack 3001
        +0 < . 3001:4001(1000) ack 1 win 65535
        +0 > . 1:1(0) ack 4001
        +0 < U. 4001:5001(1000) ack 1 win 65535 urg 600
        +0 > . 1:1(0) ack 5001
        +0 read 9000 = 4599
        +0 urgent 4600
        +0 passed
        +0 read 9000 = 400
        +0 mark = 0
        """);

    // ---- Out ----

    [Fact]
    public void The_pointer_is_behind_the_last_octet_of_the_send() => TcpScript.Run(Preamble.Established + """
        +0 send 10 OutOfBand = 10
        +0 > PU. 1:11(10) ack 1 urg 10
        """);

    [Fact]
    public void It_is_repeated_until_it_is_acknowledged() => TcpScript.Run(Preamble.Established + """
        +0 send 10 OutOfBand = 10
        +0 > PU. 1:11(10) ack 1 urg 10
        +.2 > PU. 1:11(10) ack 1 urg 10
        +0 < . 1:1(0) ack 11 win 65535
        +0 write 5
        +0 > P. 11:16(5) ack 1
        """);

    [Fact]
    public void Text_after_it_does_not_point() => TcpScript.Run(Preamble.Established + """
        +0 setopt NoDelay 1
        +0 send 10 OutOfBand = 10
        +0 > PU. 1:11(10) ack 1 urg 10
        +0 write 5
        +0 > P. 11:16(5) ack 1
        """);

    [Fact]
    public void It_does_not_wait_for_Nagle() => TcpScript.Run(Preamble.Established + """
        +0 write 5
        +0 > P. 1:6(5) ack 1
        +0 send 3 OutOfBand = 3
        +0 > PU. 6:9(3) ack 1 urg 3
        """);

    [Fact]
    public void Segments_before_it_announce_it() => TcpScript.Run(Preamble.EstablishedSmallMss + """
        +0 send 2500 OutOfBand = 2500
        +0 > U. 1:1001(1000) ack 1 urg 2500 anypush
        +0 > U. 1001:2001(1000) ack 1 urg 1500 anypush
        +0 > PU. 2001:2501(500) ack 1 urg 500
        """);

    [Fact]
    public void A_closed_window_lets_the_news_through() => TcpScript.Run(Preamble.Established + """
        +0 write 100
        +0 > P. 1:101(100) ack 1
        +0 < . 1:1(0) ack 101 win 0
        +0 send 10 OutOfBand = 10
        +.1 < P. 1:11(10) ack 101 win 0
        * > U. 101:101(0) ack 11 urg 10
        * > U. 101:101(0) ack 11 urg 10
        +0 > U. 100:100(0) ack 11 urg 11
        +0 < . 11:11(0) ack 101 win 1000
        +0 > PU. 101:111(10) ack 11 urg 10
        """);

    [Fact]
    public void A_pointer_that_does_not_reach_says_as_far_as_it_can() => TcpScript.Run(Preamble.Established + """
        +0 write 100
        +0 > P. 1:101(100) ack 1
        +0 < . 1:1(0) ack 101 win 0
        +0 setopt SendBuffer 100000
        +0 send 70000 OutOfBand = 70000
        +0 < P. 1:11(10) ack 101 win 0
        * > U. 101:101(0) ack 11 urg 65535
        """);
}
