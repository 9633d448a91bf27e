using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Tcp;
using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>
/// What Linux has of TCP Fast Open beside RFC 7413: the experiments' option (254, RFC 6994), no cookie, keys of the program's own. After packetdrill's
/// fastopen/client/fallback-exp-opt, cookie-less-sendto and fastopen/server (by option 254) and basic-cookie-not-reqd.
/// </summary>
public class FastOpenOptionTests
{
    // ---- The experiments' option ----

    [Fact]
    public void A_client_of_the_experiment_is_answered_in_its_form() => TcpScript.Run("""
        +0 listen 10 FastOpen:2
        +0 < S 0:0(0) win 65535 <mss 1000,sackOK,FOEXP>
        +0 > S. 0:0(0) ack 1 <mss 1460,sackOK,FOEXP ?>
        +0 < . 1:1(0) ack 1 win 65535
        +0 accept
        +0 < R 1:1(0)
        +0 < S 0:10(10) win 65535 <mss 1000,sackOK,FOEXP last>
        +0 > S. 0:0(0) ack 11 <mss 1460,sackOK>
        +0 accept
        +0 read 100 = 10
        +0 counter FastOpenPassive = 1
        """);

    [Fact]
    public void Both_forms_have_the_same_cookie() => TcpScript.Run("""
        +0 listen 10 FastOpen:2
        +0 < S 0:0(0) win 65535 <mss 1000,sackOK,FO>
        +0 > S. 0:0(0) ack 1 <mss 1460,sackOK,FO ?>
        +0 < . 1:1(0) ack 1 win 65535
        +0 accept
        +0 < R 1:1(0)
        +0 < S 0:10(10) win 65535 <mss 1000,sackOK,FOEXP last>
        +0 > S. 0:0(0) ack 11 <mss 1460,sackOK>
        """);

    [Fact]
    public void Without_fast_open_the_experiment_is_ignored() => TcpScript.Run("""
        +0 listen
        +0 < S 0:0(0) win 65535 <mss 1000,sackOK,FOEXP>
        +0 > S. 0:0(0) ack 1 <mss 1460,sackOK>
        """);

    // fallback-exp-opt
    [Fact]
    public void A_server_without_an_answer_is_asked_in_the_other_form() => TcpScript.Run("""
        +0 socket
        +0 setopt FastOpenConnect 1
        +0 connect
        +0 > S 0:0(0) <mss 1460,sackOK,ts,wscale 6,FO>
        +.01 < S. 0:0(0) ack 1 win 5840 <mss 1040>
        +0 > . 1:1(0) ack 1
        +0 < R 1:1(0)
        +0 socket
        +0 setopt FastOpenConnect 1
        +0 connect
        +0 > S 0:0(0) <mss 1460,sackOK,ts,wscale 6,FOEXP>
        +.01 < S. 0:0(0) ack 1 win 5840 <mss 1040,FOEXP abcd1234>
        +0 > . 1:1(0) ack 1
        +0 < R 1:1(0)
        +0 socket
        +0 setopt FastOpenConnect 1
        +0 connect = 0
        +0 write 100
        +0 > S 0:100(100) <mss 1460,sackOK,ts,wscale 6,FOEXP abcd1234>
        +.01 < S. 0:0(0) ack 101 win 5840 <mss 1040>
        +0 > . 101:101(0) ack 1
        +0 < R 1:1(0)
        // it took the text: the cookie stays
        +0 socket
        +0 setopt FastOpenConnect 1
        +0 connect = 0
        +0 write 100
        +0 > S 0:100(100) <mss 1460,sackOK,ts,wscale 6,FOEXP abcd1234>
        """);

    [Fact]
    public void One_that_answers_neither_form_is_asked_as_the_rfc_says() => TcpScript.Run("""
        +0 socket
        +0 setopt FastOpenConnect 1
        +0 connect
        +0 > S 0:0(0) <mss 1460,sackOK,ts,wscale 6,FO>
        +.01 < S. 0:0(0) ack 1 win 5840 <mss 1040>
        +0 > . 1:1(0) ack 1
        +0 < R 1:1(0)
        +0 socket
        +0 setopt FastOpenConnect 1
        +0 connect
        +0 > S 0:0(0) <mss 1460,sackOK,ts,wscale 6,FOEXP>
        +.01 < S. 0:0(0) ack 1 win 5840 <mss 1040>
        +0 > . 1:1(0) ack 1
        +0 < R 1:1(0)
        +0 socket
        +0 setopt FastOpenConnect 1
        +0 connect
        +0 > S 0:0(0) <mss 1460,sackOK,ts,wscale 6,FO>
        +.01 < S. 0:0(0) ack 1 win 5840 <mss 1040>
        +0 > . 1:1(0) ack 1
        +0 < R 1:1(0)
        +0 socket
        +0 setopt FastOpenConnect 1
        +0 connect
        +0 > S 0:0(0) <mss 1460,sackOK,ts,wscale 6,FO>
        """);

    // ---- No cookie ----

    // basic-cookie-not-reqd
    [Theory]
    [InlineData("")]
    [InlineData(",FO")]
    [InlineData(",FO 0000000000000000")]
    public void A_listener_that_wants_no_cookie_takes_any_text(string option) => TcpScript.Run($"""
        +0 listen 10 FastOpen:2 FastOpenNoCookie:1
        +0 < S 0:10(10) win 65535 <mss 1000,sackOK{option}>
        +0 > S. 0:0(0) ack 11 <mss 1460,sackOK>
        +0 accept
        +0 read 100 = 10
        +0 counter FastOpenPassive = 1
        +0 counter FastOpenBadCookie = 0
        """);

    [Fact]
    public void A_syn_without_text_and_option_opens_nothing() => TcpScript.Run("""
        +0 listen 10 FastOpen:2 FastOpenNoCookie:1
        +0 < S 0:0(0) win 65535 <mss 1000,sackOK>
        +0 > S. 0:0(0) ack 1 <mss 1460,sackOK>
        +0 accept = EAGAIN
        """);

    [Fact]
    public void Without_a_queue_there_is_no_fast_open() => TcpScript.Run("""
        +0 listen 10 FastOpenNoCookie:1
        +0 < S 0:10(10) win 65535 <mss 1000,sackOK>
        +0 > S. 0:0(0) ack 1 <mss 1460,sackOK>
        +0 accept = EAGAIN
        """);

    // cookie-less-sendto
    [Fact]
    public void A_client_sends_text_to_a_server_that_it_has_no_cookie_of() => TcpScript.Run("""
        +0 socket
        +0 setopt FastOpenConnect 1
        +0 setopt FastOpenNoCookie 1
        +0 connect = 0
        +0 write 100
        +0 > S 0:100(100) <mss 1460,sackOK,ts,wscale 6>
        +.01 < S. 0:0(0) ack 101 win 5840 <mss 1040,FO abcd1234>
        +0 > . 101:101(0) ack 1
        +0 < R 1:1(0)
        // and keeps none
        +0 socket
        +0 setopt FastOpenConnect 1
        +0 connect
        +0 > S 0:0(0) <mss 1460,sackOK,ts,wscale 6,FO>
        """);

    [Fact]
    public void What_such_a_server_does_not_take_goes_again() => TcpScript.Run("""
        +0 socket
        +0 setopt FastOpenConnect 1
        +0 setopt FastOpenNoCookie 1
        +0 connect = 0
        +0 write 100
        +0 > S 0:100(100) <mss 1460,sackOK,ts,wscale 6>
        +.01 < S. 0:0(0) ack 1 win 5840 <mss 1040>
        +0 > P. 1:101(100) ack 1
        """);

    // ---- Keys ----

    private static byte[] Key(int first) => [.. Enumerable.Range(first, 16).Select(i => (byte)i)];

    // The published test vectors of SipHash-2-4: key 00 to 0f, text 00 to 07.
    [Fact]
    public void The_cookie_is_siphash_of_both_addresses() =>
        Assert.Equal(0x622493_9a79f5f593u, new TcpFastOpenKeys(Key(0)).Cookie(new IpAddress(4, 5, 6, 7), new IpAddress(0, 1, 2, 3)));

    private static TcpScript Listening(TcpTestHarness harness, params byte[] keys)
    {
        var script = new TcpScript(harness);
        script.Execute("+0 listen 10 FastOpen:2");
        Assert.Equal(0, harness.ListenSocket!.SetFastOpenKeys(keys));
        Assert.Equal(keys, harness.ListenSocket.FastOpenKeys.ToArray());
        return script;
    }

    private static string Cookie(TcpTestHarness harness, byte[] key) => new TcpFastOpenKeys(key).Cookie(harness.LocalAddress, harness.RemoteAddress).ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_key_of_the_programs_own_makes_the_cookies(bool ipv6)
    {
        var harness = new TcpTestHarness(ipv6: ipv6);
        string mss = ipv6 ? "1440" : "1460";
        Listening(harness, Key(1)).Execute($"""
            +0 < S 0:0(0) win 65535 <mss 1000,sackOK,FO>
            +0 > S. 0:0(0) ack 1 <mss {mss},sackOK,FO {Cookie(harness, Key(1))}>
            +0 < . 1:1(0) ack 1 win 65535
            +0 accept
            +0 < R 1:1(0)
            +0 < S 0:10(10) win 65535 <mss 1000,sackOK,FO {Cookie(harness, Key(1))}>
            +0 > S. 0:0(0) ack 11 <mss {mss},sackOK>
            """);
    }

    [Fact]
    public void The_second_key_is_taken_and_answered_by_the_first()
    {
        var harness = new TcpTestHarness();
        Listening(harness, [.. Key(1), .. Key(2)]).Execute($"""
            +0 < S 0:10(10) win 65535 <mss 1000,sackOK,FO {Cookie(harness, Key(2))}>
            +0 > S. 0:0(0) ack 11 <mss 1460,sackOK,FO {Cookie(harness, Key(1))}>
            +0 accept
            +0 read 100 = 10
            +1 > S. 0:0(0) ack 11 <mss 1460,sackOK,FO {Cookie(harness, Key(1))}>
            +0 counter FastOpenBadCookie = 0
            """);
    }

    [Fact]
    public void Another_key_is_none()
    {
        var harness = new TcpTestHarness();
        Listening(harness, Key(1)).Execute($"""
            +0 < S 0:10(10) win 65535 <mss 1000,sackOK,FO {Cookie(harness, Key(3))}>
            +0 > S. 0:0(0) ack 1 <mss 1460,sackOK,FO {Cookie(harness, Key(1))}>
            +0 counter FastOpenBadCookie = 1
            """);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(33)]
    public void Keys_have_sixteen_bytes(int length) => Assert.Equal(-SocketErrno.EINVAL, new TcpTestHarness().NewSocket().SetFastOpenKeys(new byte[length]));
}
