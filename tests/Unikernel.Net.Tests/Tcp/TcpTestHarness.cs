using System.Reflection;
using Unikernel.Net.Phy;
using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Wire;
using Xunit;

namespace Unikernel.Net.Tests.Tcp;

/// <summary>A segment that the stack sent, and when.</summary>
internal sealed record SentSegment(Instant Time, TcpRepr Header, byte[] Payload, int SegmentSize, byte TrafficClass);

/// <summary>
/// One TCP under test, the script as its peer, and a simulated clock: segments in, expected segments out. Sequence numbers are relative to each
/// side's initial one, and every byte of text is a function of its place in the stream, so that each transfer is checked to the byte.
/// </summary>
internal sealed class TcpTestHarness : IIpOutput, ISocketHost
{
    public const uint RemoteIss = 0xffff_f000; // so that sequence numbers wrap in longer tests
    public const ushort LocalPort = 80;

    private readonly Queue<SentSegment> _sent = new();
    private int _outgoingRead;

    public TcpTestHarness(Action<TcpLimits>? configure = null, bool ipv6 = false, int mtu = 1500, DeviceCapabilities? device = null)
    {
        Pool = new PacketPool(new ManagedPacketMemory());
        Device = device ?? new DeviceCapabilities(Medium.Ip, mtu);
        Mtu = mtu;
        LocalAddress = IpAddress.Parse(ipv6 ? "2001:db8::1" : "192.0.2.1");
        RemoteAddress = IpAddress.Parse(ipv6 ? "2001:db8::2" : "192.0.2.2");
        // As packetdrill's defaults: no probes between the lines of scripts about something else.
        var limits = new TcpLimits { Congestion = TcpCongestionKind.NewReno, LossProbe = false };
        configure?.Invoke(limits);
        Transport = new TcpTransport(this, Entropy, limits);
        Transport.Trace = (_, from, to) => Transitions.Add((from, to));
    }

    public Lock Lock { get; } = new();
    public Instant Now { get; private set; } = Instant.FromMilliseconds(1_000_000);
    public IEntropySource Entropy { get; } = new SeededEntropy(1);
    public PacketPool Pool { get; }
    public DeviceCapabilities Device { get; set; }
    public int Mtu { get; set; }

    /// <summary>What the IP layer answers instead of sending; null: it sends.</summary>
    public SendResult? FailSends { get; set; }

    public IpAddress LocalAddress { get; }
    public IpAddress RemoteAddress { get; }
    public TcpTransport Transport { get; }
    public List<(TcpState From, TcpState To)> Transitions { get; } = [];
    public TcpSocket? Socket { get; set; }
    public TcpSocket? ListenSocket { get; set; }
    public uint LocalIss { get; private set; }
    public int SentCount => _sent.Count;

    // The peer's timestamp clock: ours, shifted.
    public uint TimestampNow => (uint)Now.TotalMilliseconds - 900_000;
    public uint LastTimestampFromStack { get; private set; }

    public TcpSocket NewSocket() =>
        new(this, Transport, LocalAddress.IsV4 ? SocketFamily.InterNetwork : SocketFamily.InterNetworkV6) { NonBlocking = true };

    public static byte TextAt(uint offset) => (byte)(offset * 31 ^ offset >> 8);

    // ---- IIpOutput ----

    public SendResult TryRoute(IpAddress destination, IpAddress source, int interfaceIndex, ref Route route)
    {
        route.Destination = destination;
        route.Source = source.IsUnspecified ? LocalAddress : source;
        if (route.Source != LocalAddress) return SendResult.NoSourceAddress;
        route.PathMtu = Mtu;
        route.Device = Device;
        route.Generation = 1;
        return SendResult.Sent;
    }

    public SendResult Send(Instant now, ref Route route, PacketBuffer packet, in IpSendOptions options)
    {
        if (FailSends is { } failure)
        {
            packet.Release();
            return failure;
        }

        var bytes = new byte[packet.TotalLength];
        packet.CopyTo(0, bytes);
        Assert.Equal(ChecksumState.Partial, packet.Checksum);
        Assert.True(TcpRepr.TryParse(bytes, bytes.Length, out TcpRepr header));
        if (packet.SegmentSize == 0)
            Assert.True(bytes.Length + (LocalAddress.IsV4 ? 20 : 40) <= Mtu, $"a packet of {bytes.Length} is larger than the path");
        if (header.Has(TcpFlags.Syn)) LocalIss = header.SequenceNumber;
        if (header.HasTimestamps) LastTimestampFromStack = header.TimestampValue;
        byte[] payload = bytes[^header.PayloadLength..];
        for (int i = 0; i < payload.Length; i++)
            Assert.Equal(TextAt(header.SequenceNumber - LocalIss - (header.Has(TcpFlags.Syn) ? 0u : 1u) + (uint)i), payload[i]);
        _sent.Enqueue(new SentSegment(Now, header, payload, packet.SegmentSize, options.TrafficClass));
        packet.Release();
        return SendResult.Sent;
    }

    // ---- ISocketHost ----

    public void OperationEnded() { }

    public bool Wait(SocketWaiter waiter, Instant deadline) => throw new InvalidOperationException("The harness is not for blocking calls.");

    // ---- The peer ----

    /// <summary>A segment from the peer, numbers relative.</summary>
    public void Inject(TcpRepr header, int payloadLength, bool corruptChecksum = false, bool broadcast = false, byte trafficClass = 0)
    {
        header.SourcePort = header.SourcePort == 0 ? RemotePort : header.SourcePort;
        header.DestinationPort = header.DestinationPort == 0 ? LocalPort : header.DestinationPort;
        uint relative = header.SequenceNumber;
        header.SequenceNumber += RemoteIss;
        if (header.Has(TcpFlags.Ack)) header.AcknowledgmentNumber += LocalIss;
        for (int i = 0; i < header.SackCount; i++)
            header.Sacks[i] = new(header.Sacks[i].Start + LocalIss, header.Sacks[i].End + LocalIss);
        PacketBuffer packet = Pool.RentChain(payloadLength, PacketPool.DefaultHeadroom)!;
        uint offset = relative - 1 + (header.Has(TcpFlags.Syn) ? 1u : 0);
        int left = payloadLength;
        for (PacketBuffer? part = packet; part is not null && left > 0; part = part.Next)
        {
            Span<byte> piece = part.Append(Math.Min(left, part.Tailroom));
            for (int i = 0; i < piece.Length; i++) piece[i] = TextAt(offset++);
            left -= piece.Length;
        }

        Span<byte> bytes = packet.Prepend(header.HeaderLength);
        header.Emit(bytes);
        ulong sum = InternetChecksum.Add(packet, 0, InternetChecksum.PseudoHeader(RemoteAddress, LocalAddress, IpProtocol.Tcp, packet.TotalLength));
        InternetChecksum.Write(bytes[TcpPacket.ChecksumOffset..], sum);
        if (corruptChecksum) bytes[TcpPacket.ChecksumOffset] ^= 0x5a;
        var ip = new IpPacketInfo { Source = RemoteAddress, Destination = LocalAddress, Protocol = IpProtocol.Tcp, HopLimit = 64, InterfaceIndex = 1, TrafficClass = trafficClass, WasBroadcastOrMulticast = broadcast };
        Transport.Receive(Now, ip, packet);
        Transport.Poll(Now);
    }

    public void InjectError(IpErrorKind kind, uint relativeSequence, int mtu = 0)
    {
        Span<byte> quoted = stackalloc byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(quoted, LocalPortInUse);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(quoted[2..], RemotePort);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(quoted[4..], LocalIss + relativeSequence);
        bool believed = Transport.ReceiveError(Now, new IpErrorInfo { Kind = kind, Source = LocalAddress, Destination = RemoteAddress, Protocol = IpProtocol.Tcp, Mtu = mtu }, quoted);
        if (believed && kind == IpErrorKind.PacketTooBig) Mtu = mtu;
        Transport.Poll(Now);
    }

    /// <summary>Of the peer; another one is another connection.</summary>
    public ushort RemotePort { get; set; } = 40000;

    public ushort LocalPortInUse => Socket?.Local.Port ?? LocalPort;

    public bool TryTakeSent(out SentSegment segment) => _sent.TryDequeue(out segment!);

    public SentSegment? PeekSent() => _sent.TryPeek(out SentSegment? segment) ? segment : null;

    // ---- The clock ----

    /// <summary>Moves the clock, stopping at each deadline. Stops early when something was sent, if asked to.</summary>
    public void Advance(TimeSpan by, bool untilSent = false)
    {
        Instant end = Now + by;
        while (true)
        {
            if (untilSent && _sent.Count > 0) return;
            Instant next = Transport.NextDeadline;
            if (next > end) break;
            Instant before = Now;
            Now = Instant.Max(Now, next);
            Transport.Poll(Now);
            Assert.False(Transport.NextDeadline <= before && Now == before, "a deadline that polling does not serve");
        }

        Now = end;
    }

    // ---- The user ----

    public int Write(int count, SocketMessageFlags flags = SocketMessageFlags.None)
    {
        var text = new byte[count];
        for (int i = 0; i < count; i++) text[i] = TextAt((uint)(_outgoingWritten + i));
        int written = Socket!.Send(text, flags);
        if (written > 0) _outgoingWritten += written;
        return written;
    }

    private int _outgoingWritten;

    /// <summary>Another connection: its text begins anew.</summary>
    public TcpSocket Use(TcpSocket socket)
    {
        _outgoingWritten = _outgoingRead = 0;
        return Socket = socket;
    }

    public int Read(int count, SocketMessageFlags flags = SocketMessageFlags.None)
    {
        var buffer = new byte[count];
        int read = Socket!.Receive(buffer, flags);
        for (int i = 0; i < read; i++) Assert.Equal(TextAt((uint)(_outgoingRead + i)), buffer[i]);
        if (read > 0 && (flags & SocketMessageFlags.Peek) == 0) _outgoingRead += read;
        return read;
    }

    /// <summary>Receives out of band; the octet is checked against the text at its number.</summary>
    public int TakeUrgent(uint sequence)
    {
        var octet = new byte[1];
        int taken = Socket!.Receive(octet, SocketMessageFlags.OutOfBand);
        if (taken > 0) Assert.Equal(TextAt(sequence - 1), octet[0]);
        return taken;
    }

    /// <summary>The next read begins behind an urgent octet that is not in the stream.</summary>
    public void PassUrgent() => _outgoingRead++;

    public long Counter(string name) =>
        (long)(typeof(TcpCounters).GetField(name, BindingFlags.Public | BindingFlags.Instance) ?? throw new ArgumentException($"no counter {name}")).GetValue(Transport.Counters)!;

    /// <summary>After everything is closed no buffer is held.</summary>
    public void AssertNoLeak()
    {
        Assert.Equal(0, Pool.Outstanding);
        Assert.Equal(0, Pool.OutstandingSlices);
    }
}
