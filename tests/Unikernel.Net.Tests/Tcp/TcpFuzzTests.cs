using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>Random and mutated input with fixed seeds: nothing throws, nothing leaks, timers stay sane. A finding becomes a test of its own.</summary>
public class TcpFuzzTests
{
    [Fact]
    public void The_parser_survives_any_bytes()
    {
        var random = new Random(1);
        var bytes = new byte[120];
        for (int i = 0; i < 200_000; i++)
        {
            random.NextBytes(bytes);
            int length = random.Next(bytes.Length + 1);
            // Half of them get a plausible data offset, so that the options are reached.
            if (length > 12 && (i & 1) == 0) bytes[12] = (byte)(random.Next(5, 16) << 4);
            if (!TcpRepr.TryParse(bytes.AsSpan(0, length), length, out TcpRepr repr)) continue;
            Assert.InRange(repr.PayloadLength, 0, length);
            Assert.InRange(repr.SackCount, 0, TcpSackBlocks.Capacity);
            Assert.InRange(repr.WindowScale, -1, 14);
            Assert.InRange(repr.FastOpen, 0, 1 + TcpRepr.MaximumFastOpenCookie);
        }
    }

    [Fact]
    public void What_is_emitted_parses_to_the_same()
    {
        var random = new Random(2);
        Span<byte> bytes = stackalloc byte[TcpPacket.MaximumHeaderLength];
        for (int i = 0; i < 50_000; i++)
        {
            var repr = new TcpRepr
            {
                SourcePort = (ushort)random.Next(65536),
                DestinationPort = (ushort)random.Next(65536),
                SequenceNumber = (uint)random.NextInt64(1L << 32),
                AcknowledgmentNumber = (uint)random.NextInt64(1L << 32),
                Flags = (TcpFlags)random.Next(256),
                Window = (ushort)random.Next(65536),
                WindowScale = -1,
                HasTimestamps = random.Next(2) == 0,
            };
            if (repr.HasTimestamps) (repr.TimestampValue, repr.TimestampEcho) = ((uint)random.NextInt64(1L << 32), (uint)random.NextInt64(1L << 32));
            if (repr.Has(TcpFlags.Syn))
            {
                repr.MaximumSegmentSize = (ushort)random.Next(65536);
                repr.WindowScale = (sbyte)random.Next(-1, 15);
                repr.SackPermitted = random.Next(2) == 0;
                repr.FastOpen = (byte)(random.Next(3) switch { 0 => 0, 1 => 1, _ => 1 + 2 * random.Next(2, 7) });
                repr.FastOpenExperimental = repr.FastOpen > 0 && random.Next(2) == 0;
                if (repr.FastOpen > 0) random.NextBytes(repr.FastOpenCookie);
            }
            else
            {
                repr.SackCount = (byte)random.Next(repr.HasTimestamps ? 4 : 5);
                for (int s = 0; s < repr.SackCount; s++) repr.Sacks[s] = new((uint)random.Next(), (uint)random.Next());
            }

            bytes.Fill(0xaa);
            repr.Emit(bytes[..repr.HeaderLength]);
            Assert.True(TcpRepr.TryParse(bytes, repr.HeaderLength, out TcpRepr parsed));
            Assert.Equal(repr.Flags, parsed.Flags);
            Assert.Equal(repr.SequenceNumber, parsed.SequenceNumber);
            Assert.Equal(repr.AcknowledgmentNumber, parsed.AcknowledgmentNumber);
            Assert.Equal(repr.Window, parsed.Window);
            Assert.Equal(repr.WindowScale, parsed.WindowScale);
            Assert.Equal(repr.MaximumSegmentSize, parsed.MaximumSegmentSize);
            Assert.Equal(repr.SackPermitted, parsed.SackPermitted);
            Assert.Equal(repr.FastOpen, parsed.FastOpen);
            Assert.Equal(repr.FastOpenExperimental, parsed.FastOpenExperimental);
            Assert.True(repr.FastOpen == 0 || repr.FastOpenCookie.SequenceEqual(parsed.FastOpenCookie));
            Assert.Equal(repr.HasTimestamps, parsed.HasTimestamps);
            Assert.Equal(repr.TimestampValue, parsed.TimestampValue);
            Assert.Equal(repr.TimestampEcho, parsed.TimestampEcho);
            Assert.Equal(repr.SackCount, parsed.SackCount);
            for (int s = 0; s < repr.SackCount; s++) Assert.Equal(repr.Sacks[s], parsed.Sacks[s]);
        }
    }

    public static TheoryData<string, int> Starts
    {
        get
        {
            var data = new TheoryData<string, int>();
            string[] states = [Preamble.Established, Preamble.EstablishedWithOptions, Preamble.EstablishedWithSack, Preamble.SynSent, Preamble.SynReceived,
                Preamble.FinWait1, Preamble.FinWait2, Preamble.CloseWait, Preamble.Closing, Preamble.LastAck, Preamble.TimeWait, FastOpenTests.Opened, FastOpenTests.Deferred,
                FastOpenTests.Active];
            foreach (string state in states)
            {
                for (int seed = 0; seed < 5; seed++) data.Add(state, seed);
            }

            return data;
        }
    }

    // From every state: segments near the windows, with any flags and options, mixed with calls and time.
    [Theory]
    [MemberData(nameof(Starts))]
    public void The_state_machine_survives_anything(string preamble, int seed)
    {
        TcpTestHarness harness = TcpScript.Run(preamble, limits => limits.LossProbe = true);
        var random = new Random(seed);
        uint near = 1;
        for (int i = 0; i < 1500; i++)
        {
            switch (random.Next(12))
            {
                case 0:
                    harness.Advance(TimeSpan.FromMilliseconds(random.Next(3000)));
                    break;
                case 1 when harness.Socket is { IsClosed: false }:
                    harness.Write(random.Next(1, 4000));
                    break;
                case 2 when harness.Socket is { IsClosed: false } socket:
                    socket.Receive(new byte[random.Next(1, 4000)]);
                    break;
                case 3 when random.Next(20) == 0:
                    harness.Socket?.Shutdown((Sockets.SocketShutdown)random.Next(3));
                    break;
                case 4:
                    harness.InjectError((IpErrorKind)random.Next(8), (uint)random.Next(5000), random.Next(2) == 0 ? 1500 : 576);
                    break;
                default:
                    var header = new TcpRepr
                    {
                        // Resets and SYNs are rare, or every run would end at once.
                        Flags = (TcpFlags)random.Next(256) & (random.Next(50) == 0 ? (TcpFlags)0xff : ~(TcpFlags.Rst | TcpFlags.Syn)) | (random.Next(4) == 0 ? 0 : TcpFlags.Ack),
                        SequenceNumber = random.Next(4) == 0 ? (uint)random.NextInt64(1L << 32) : near + (uint)random.Next(-2000, 4000),
                        AcknowledgmentNumber = random.Next(4) == 0 ? (uint)random.NextInt64(1L << 32) : (uint)random.Next(0, 20000),
                        Window = (ushort)(random.Next(5) == 0 ? 0 : random.Next(65536)),
                        WindowScale = (sbyte)random.Next(-1, 15),
                        MaximumSegmentSize = (ushort)random.Next(65536),
                        SackPermitted = random.Next(2) == 0,
                        HasTimestamps = random.Next(2) == 0,
                        TimestampValue = harness.TimestampNow + (uint)random.Next(-100, 100),
                        TimestampEcho = harness.LastTimestampFromStack,
                    };
                    if (!header.Has(TcpFlags.Syn)) header.SackCount = (byte)random.Next(header.HasTimestamps ? 4 : 5);
                    for (int s = 0; s < header.SackCount; s++)
                    {
                        uint start = (uint)random.Next(20000);
                        header.Sacks[s] = new(start, start + (uint)random.Next(-100, 3000));
                    }

                    harness.Inject(header, random.Next(3) == 0 ? 0 : random.Next(3000), corruptChecksum: random.Next(20) == 0);
                    if (harness.Socket?.Connection is { } connection) near = connection.ReceiveNext - TcpTestHarness.RemoteIss;
                    break;
            }

            while (harness.TryTakeSent(out _)) { }
        }

        harness.Socket?.Close();
        harness.ListenSocket?.Close();
        harness.Advance(TimeSpan.FromHours(2));
        Assert.Equal(0, harness.Transport.ConnectionCount);
        harness.AssertNoLeak();
    }
}
