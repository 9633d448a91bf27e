using System.Globalization;
using System.Text.RegularExpressions;
using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Wire;
using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>
/// Scripts in the manner of packetdrill: a line is a time and an event. <c>+0 &lt;</c> is a segment from the peer, <c>+.2 &gt;</c> one
/// that must be sent at that time (to a millisecond), anything else a call or a check. A segment that was sent and not expected
/// fails the script at the next line.
/// <code>
/// +0 &lt; S 0:0(0) win 65535 &lt;mss 1460,sackOK,ts,wscale 7&gt;
/// +0 &gt; S. 0:0(0) ack 1 &lt;mss 1460&gt;
/// * &gt; . 1:1(0) ack 1            at any time within five minutes
/// +0 write 1000 = 1000
/// +0 read 1000 = EAGAIN
/// +0 urgent 5                     the urgent octet is taken, and is that of sequence number 5; "passed": the next read is behind it
/// +0 &gt; S. 0:0(0) ack 1 &lt;FO ?&gt;   "FO" asks for a Fast Open cookie, "FO ?" is one of 8 bytes that "FO last" repeats, "FO abcd1234" this one; FOEXP: by option 254
/// +1 silence                      nothing is sent for a second
/// </code>
/// </summary>
internal sealed partial class TcpScript(TcpTestHarness harness)
{
    private static readonly TimeSpan s_tolerance = TimeSpan.FromMilliseconds(1);
    private int _lineNumber;
    private byte[] _cookie = [];
    private string _line = "";

    public static TcpTestHarness Run(string script, Action<TcpLimits>? configure = null, bool ipv6 = false, int mtu = 1500)
    {
        var harness = new TcpTestHarness(configure, ipv6, mtu);
        new TcpScript(harness).Execute(script);
        return harness;
    }

    public TcpScript Execute(string script)
    {
        foreach (string raw in script.Split('\n'))
        {
            _lineNumber++;
            _line = raw.Trim();
            int comment = _line.IndexOf("//", StringComparison.Ordinal);
            if (comment >= 0) _line = _line[..comment].Trim();
            if (_line.Length == 0) continue;
            try
            {
                ExecuteLine(_line);
            }
            catch (Exception e) when (e is not TcpScriptException)
            {
                throw new TcpScriptException($"line {_lineNumber}: {_line}\n{e.Message}", e);
            }
        }

        _line = "end of script";
        CheckNothingSent();
        return this;
    }

    private void ExecuteLine(string line)
    {
        int space = line.IndexOf(' ');
        string time = line[..space], rest = line[(space + 1)..].Trim();
        bool anyTime = time == "*";
        TimeSpan delay = anyTime ? TimeSpan.FromMinutes(5) : TimeSpan.FromSeconds(double.Parse(time, NumberStyles.Float, CultureInfo.InvariantCulture));
        if (rest.StartsWith('>'))
        {
            ExpectSegment(rest[1..].Trim(), delay, anyTime);
            return;
        }

        if (delay > TimeSpan.Zero)
        {
            CheckNothingSent();
            harness.Advance(delay);
        }

        CheckNothingSent();
        if (rest.StartsWith('<'))
        {
            (TcpRepr header, int length, string notes) = ParseSegment(rest[1..].Trim(), incoming: true);
            harness.Inject(header, length, corruptChecksum: notes.Contains("badsum"), broadcast: notes.Contains("broadcast"), trafficClass: EcnOf(notes) ?? 0);
        }
        else
        {
            Call(rest);
        }
    }

    private void CheckNothingSent()
    {
        if (harness.PeekSent() is { } unexpected) throw new TcpScriptException($"line {_lineNumber}: {_line}\nbefore this was sent: {Describe(unexpected)}");
    }

    private void ExpectSegment(string text, TimeSpan delay, bool anyTime)
    {
        Instant expectedAt = harness.Now + delay;
        if (harness.SentCount == 0) harness.Advance(delay + s_tolerance, untilSent: true);
        if (!harness.TryTakeSent(out SentSegment sent))
            throw new TcpScriptException($"line {_lineNumber}: {_line}\nnothing was sent; state {harness.Socket?.State}, {harness.Socket?.Connection}");
        if (!anyTime)
            Assert.True((sent.Time - expectedAt).Duration() <= s_tolerance, $"sent {(sent.Time - expectedAt).TotalMilliseconds:+0.0;-0.0} ms from the expected time: {Describe(sent)}");
        (TcpRepr expected, int length, string notes) = ParseSegment(text, incoming: false);
        TcpRepr actual = sent.Header;
        string what = $"expected {text}, sent {Describe(sent)}";
        TcpFlags known = TcpFlags.Fin | TcpFlags.Syn | TcpFlags.Rst | TcpFlags.Ack | TcpFlags.Psh | TcpFlags.Urg | TcpFlags.Ece | TcpFlags.Cwr;
        TcpFlags mask = notes.Contains("anypush") ? known & ~TcpFlags.Psh : known;
        Assert.True((expected.Flags & mask) == (actual.Flags & mask), $"flags: {what}");
        bool foreignReset = notes.Contains("abs");
        uint sequence = foreignReset ? actual.SequenceNumber : actual.SequenceNumber - harness.LocalIss;
        Assert.True(expected.SequenceNumber == sequence, $"sequence number: {what}");
        Assert.True(length == sent.Payload.Length, $"length: {what}");
        if (expected.Has(TcpFlags.Ack))
            Assert.True(expected.AcknowledgmentNumber == actual.AcknowledgmentNumber - TcpTestHarness.RemoteIss, $"acknowledgment: {what}");
        if (EcnOf(notes) is { } ecn) Assert.True(ecn == (sent.TrafficClass & 3), $"ECN field: {what}");
        if (text.Contains(" urg ")) Assert.True(expected.UrgentPointer == actual.UrgentPointer, $"urgent pointer: {what}");
        if (text.Contains(" win ")) Assert.True(expected.Window == actual.Window, $"window: {what}");
        if (!text.Contains('<')) return;
        Assert.True(expected.MaximumSegmentSize == actual.MaximumSegmentSize, $"mss: {what}");
        Assert.True(expected.WindowScale == actual.WindowScale, $"wscale: {what}");
        Assert.True(expected.SackPermitted == actual.SackPermitted, $"sackOK: {what}");
        Assert.True(expected.HasTimestamps == actual.HasTimestamps, $"timestamps: {what}");
        if (notes.Contains("ecr ")) Assert.True(expected.TimestampEcho == actual.TimestampEcho, $"echo: {what}");
        if (notes.Contains("anycookie") && actual.FastOpen == expected.FastOpen)
        {
            _cookie = actual.FastOpenCookie.ToArray();
            _cookie.CopyTo(expected.FastOpenCookie);
        }

        Assert.True(expected.FastOpen == actual.FastOpen && expected.FastOpenExperimental == actual.FastOpenExperimental && (expected.FastOpen == 0 || expected.FastOpenCookie.SequenceEqual(actual.FastOpenCookie)), $"cookie: {what}");
        Assert.True(expected.SackCount == actual.SackCount, $"sacks: {what}");
        for (int i = 0; i < expected.SackCount; i++)
        {
            var block = new TcpSackBlock(actual.Sacks[i].Start - TcpTestHarness.RemoteIss, actual.Sacks[i].End - TcpTestHarness.RemoteIss);
            Assert.True(expected.Sacks[i] == block, $"sack {i} is {block}: {what}");
        }
    }

    // As packetdrill's [noecn], [ect0], [ect1], [ce].
    private static byte? EcnOf(string notes) => notes.Contains("[ect0]") ? 2 : notes.Contains("[ect1]") ? 1 : notes.Contains("[ce]") ? 3 : notes.Contains("[noecn]") ? (byte)0 : null;

    private string Describe(SentSegment sent)
    {
        TcpRepr h = sent.Header;
        uint start = h.SequenceNumber - harness.LocalIss;
        string flags = string.Concat(h.Has(TcpFlags.Syn) ? "S" : "", h.Has(TcpFlags.Fin) ? "F" : "", h.Has(TcpFlags.Rst) ? "R" : "", h.Has(TcpFlags.Psh) ? "P" : "", h.Has(TcpFlags.Urg) ? $"U({h.UrgentPointer})" : "", h.Has(TcpFlags.Ece) ? "E" : "", h.Has(TcpFlags.Cwr) ? "W" : "", h.Has(TcpFlags.Ack) ? "." : "");
        string sacks = "";
        for (int i = 0; i < h.SackCount; i++) sacks += $" sack {h.Sacks[i].Start - TcpTestHarness.RemoteIss}:{h.Sacks[i].End - TcpTestHarness.RemoteIss}";
        return $"{flags} {start}:{start + (uint)sent.Payload.Length}({sent.Payload.Length}) ack {h.AcknowledgmentNumber - TcpTestHarness.RemoteIss} win {h.Window} mss {h.MaximumSegmentSize} wscale {h.WindowScale} ts {h.HasTimestamps}{(h.FastOpen != 0 ? $" FO {Convert.ToHexString(h.FastOpenCookie)}" : "")}{sacks}";
    }

    [GeneratedRegex(@"^(?<flags>[SFRP.UEW-]+)\s+(?<start>\d+):(?<end>\d+)\((?<length>\d+)\)(\s+ack\s+(?<ack>\d+))?(\s+win\s+(?<win>\d+))?(\s+urg\s+(?<urg>\d+))?(\s+<(?<options>[^>]*)>)?(\s+(?<notes>.*))?$")]
    private static partial Regex SegmentPattern();

    private (TcpRepr Header, int Length, string Notes) ParseSegment(string text, bool incoming)
    {
        Match m = SegmentPattern().Match(text);
        if (!m.Success) throw new FormatException($"not a segment: {text}");
        var header = new TcpRepr { WindowScale = -1, SequenceNumber = uint.Parse(m.Groups["start"].Value, CultureInfo.InvariantCulture) };
        foreach (char flag in m.Groups["flags"].Value)
        {
            header.Flags |= flag switch
            {
                'S' => TcpFlags.Syn,
                'F' => TcpFlags.Fin,
                'R' => TcpFlags.Rst,
                'P' => TcpFlags.Psh,
                '.' => TcpFlags.Ack,
                'U' => TcpFlags.Urg,
                'E' => TcpFlags.Ece,
                'W' => TcpFlags.Cwr,
                _ => TcpFlags.None,
            };
        }

        if (m.Groups["ack"].Success) header.AcknowledgmentNumber = uint.Parse(m.Groups["ack"].Value, CultureInfo.InvariantCulture);
        header.Window = m.Groups["win"].Success ? ushort.Parse(m.Groups["win"].Value, CultureInfo.InvariantCulture) : ushort.MaxValue;
        if (m.Groups["urg"].Success) header.UrgentPointer = ushort.Parse(m.Groups["urg"].Value, CultureInfo.InvariantCulture);
        string notes = m.Groups["notes"].Value;
        foreach (string option in m.Groups["options"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = option.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words[0])
            {
                case "mss":
                    header.MaximumSegmentSize = ushort.Parse(words[1], CultureInfo.InvariantCulture);
                    break;
                case "wscale":
                    header.WindowScale = sbyte.Parse(words[1], CultureInfo.InvariantCulture);
                    break;
                case "sackOK":
                    header.SackPermitted = true;
                    break;
                case "ts":
                    // "ts": the peer's clock, echoing the last value it saw; "ts +5" or "ts -5" shift the value; "ts ecr -3" shifts the echo.
                    header.HasTimestamps = true;
                    header.TimestampValue = harness.TimestampNow;
                    header.TimestampEcho = incoming ? harness.LastTimestampFromStack : harness.TimestampNow;
                    if (words.Length == 2) header.TimestampValue += (uint)long.Parse(words[1], CultureInfo.InvariantCulture);
                    if (words.Length == 3)
                    {
                        header.TimestampEcho += (uint)int.Parse(words[2], CultureInfo.InvariantCulture);
                        notes += "ecr ";
                    }

                    break;
                case "sack":
                    foreach (string block in words[1..])
                    {
                        string[] ends = block.Split(':');
                        header.Sacks[header.SackCount++] = new(uint.Parse(ends[0], CultureInfo.InvariantCulture), uint.Parse(ends[1], CultureInfo.InvariantCulture));
                    }

                    break;
                case "FO" or "FOEXP":
                    header.FastOpenExperimental = words[0] == "FOEXP";
                    byte[] cookie = words.Length == 1 ? [] : words[1] == "?" ? new byte[8] : words[1] == "last" ? _cookie : Convert.FromHexString(words[1]);
                    if (words.Length > 1 && words[1] == "?") notes += "anycookie ";
                    header.FastOpen = (byte)(1 + cookie.Length);
                    cookie.CopyTo(header.FastOpenCookie);
                    break;
                default:
                    throw new FormatException($"unknown option {option}");
            }
        }

        return (header, int.Parse(m.Groups["length"].Value, CultureInfo.InvariantCulture), notes);
    }

    private void Call(string text)
    {
        string[] sides = text.Split('=', 2, StringSplitOptions.TrimEntries);
        string[] words = sides[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string? expected = sides.Length > 1 ? sides[1] : null;
        int Number(int index) => int.Parse(words[index], CultureInfo.InvariantCulture);
        switch (words[0])
        {
            case "listen":
                harness.ListenSocket = harness.NewSocket();
                Check(harness.ListenSocket.Bind(SocketName.From(new IpEndpoint(harness.LocalAddress, TcpTestHarness.LocalPort))), "0");
                foreach (string option in words.Skip(2)) Check(harness.ListenSocket.SetOption(Enum.Parse<SocketOption>(option.Split(':')[0]), int.Parse(option.Split(':')[1], CultureInfo.InvariantCulture)), "0");
                Check(harness.ListenSocket.Listen(words.Length > 1 ? Number(1) : 10), expected ?? "0");
                break;
            case "accept":
                int accepted = harness.ListenSocket!.Accept(out NetSocket? socket, out _);
                Check(accepted, expected ?? "0");
                if (socket is not null)
                {
                    harness.Use((TcpSocket)socket).NonBlocking = true;
                }

                break;
            case "connect":
                harness.Socket ??= harness.NewSocket();
                if (harness.Socket.Local.Port == 0) Check(harness.Socket.Bind(SocketName.From(new IpEndpoint(harness.LocalAddress, TcpTestHarness.LocalPort))), "0");
                Check(harness.Socket.Connect(SocketName.From(new IpEndpoint(harness.RemoteAddress, harness.RemotePort))), expected ?? "EINPROGRESS");
                break;
            case "socket":
                harness.Socket?.Close();
                harness.Use(harness.NewSocket());
                break;
            case "write":
                Check(harness.Write(Number(1)), expected ?? words[1]);
                break;
            case "send":
                Check(harness.Write(Number(1), Enum.Parse<SocketMessageFlags>(words[2])), expected!);
                break;
            case "read":
                Check(harness.Read(Number(1)), expected ?? words[1]);
                break;
            case "urgent":
                Check(harness.TakeUrgent((uint)Number(1)), expected ?? "1");
                break;
            case "passed":
                harness.PassUrgent();
                break;
            case "mark":
                Check(harness.Socket!.AtMark, expected!);
                break;
            case "peek":
                Check(harness.Read(Number(1), SocketMessageFlags.Peek), expected ?? words[1]);
                break;
            case "shutdown":
                Check(harness.Socket!.Shutdown(words[1] switch { "RD" => SocketShutdown.Receive, "WR" => SocketShutdown.Send, _ => SocketShutdown.Both }), expected ?? "0");
                break;
            case "disconnect":
                Check(harness.Socket!.Disconnect(), expected ?? "0");
                break;
            case "close":
                harness.Socket!.Close();
                harness.Transport.Poll(harness.Now);
                break;
            case "closelistener":
                harness.ListenSocket!.Close();
                break;
            case "setopt":
                Check(harness.Socket!.SetOption(Enum.Parse<SocketOption>(words[1]), Number(2)), expected ?? "0");
                break;
            case "getopt":
                Check(harness.Socket!.GetOption(Enum.Parse<SocketOption>(words[1]), out int value), "0");
                Assert.Equal(int.Parse(expected!, CultureInfo.InvariantCulture), value);
                break;
            case "error":
                Check(harness.Socket!.GetOption(SocketOption.Error, out int pending), "0");
                Check(-pending, expected!);
                break;
            case "available":
                Check(harness.Socket!.Available, expected!);
                break;
            case "state":
                Assert.Equal(words[1], harness.Socket!.State.Name());
                break;
            case "ready":
                Assert.Equal(expected, harness.Socket!.Readiness.ToString());
                break;
            case "listener":
                Assert.Equal(expected, harness.ListenSocket!.Readiness.ToString());
                break;
            case "counter":
                Assert.Equal(long.Parse(expected!, CultureInfo.InvariantCulture), harness.Counter(words[1]));
                break;
            case "connections":
                Check(harness.Transport.ConnectionCount, expected!);
                break;
            case "timewaits":
                Check(harness.Transport.TimeWaitCount, expected!);
                break;
            case "cwnd":
                Assert.Equal(int.Parse(expected!, CultureInfo.InvariantCulture), harness.Socket!.Connection!.CongestionWindow / harness.Socket.Connection.SegmentSize);
                break;
            case "ssthresh":
                Assert.Equal(int.Parse(expected!, CultureInfo.InvariantCulture), harness.Socket!.Connection!.SlowStartThreshold / harness.Socket.Connection.SegmentSize);
                break;
            case "recovery":
                Assert.Equal(expected, harness.Socket!.Connection!.Recovery.ToString());
                break;
            case "rto":
                Assert.Equal(double.Parse(expected!, CultureInfo.InvariantCulture), harness.Socket!.Connection!.RetransmissionTimeout.TotalSeconds, 3);
                break;
            case "mss":
                Check(harness.Socket!.Connection!.SegmentSize, expected!);
                break;
            case "icmp":
                harness.InjectError(Enum.Parse<IpErrorKind>(words[1]), (uint)Number(2), words.Length > 3 ? Number(3) : 0);
                break;
            case "fail":
                harness.FailSends = words[1] == "none" ? null : Enum.Parse<SendResult>(words[1]);
                break;
            case "silence":
                CheckNothingSent();
                break;
            default:
                throw new FormatException($"unknown call {words[0]}");
        }
    }

    private static void Check(int actual, string expected)
    {
        int number = int.TryParse(expected, CultureInfo.InvariantCulture, out int parsed) ? parsed
            : -(int)(typeof(SocketErrno).GetField(expected) ?? throw new FormatException($"no error {expected}")).GetRawConstantValue()!;
        Assert.Equal(number, actual);
    }
}

internal sealed class TcpScriptException(string message, Exception? inner = null) : Exception(message, inner);
