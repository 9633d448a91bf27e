using System.Buffers.Binary;

namespace Unikernel.Net.Wire;

/// <summary>An IPv6 packet (RFC 8200 section 3). Extension headers are walked by <see cref="Ipv6ExtensionWalker"/>.</summary>
public readonly ref struct Ipv6Packet
{
    public const int HeaderLength = 40;
    private readonly ReadOnlySpan<byte> _bytes;

    private Ipv6Packet(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <inheritdoc cref="Ipv4Packet.TryParse(ReadOnlySpan{byte}, int, out Ipv4Packet)"/>
    public static IpParseError TryParse(ReadOnlySpan<byte> bytes, int available, out Ipv6Packet packet)
    {
        packet = default;
        if (bytes.Length < HeaderLength) return IpParseError.Truncated;
        if (bytes[0] >> 4 != 6) return IpParseError.BadVersion;
        if (HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]) > available) return IpParseError.BadTotalLength;
        packet = new(bytes);
        return IpParseError.None;
    }

    public static IpParseError TryParse(ReadOnlySpan<byte> bytes, out Ipv6Packet packet) => TryParse(bytes, bytes.Length, out packet);

    public byte TrafficClass => (byte)(BinaryPrimitives.ReadUInt16BigEndian(_bytes) >> 4);
    public int FlowLabel => (int)(BinaryPrimitives.ReadUInt32BigEndian(_bytes) & 0xf_ffff);
    public int PayloadLength => BinaryPrimitives.ReadUInt16BigEndian(_bytes[4..]);
    public IpProtocol NextHeader => (IpProtocol)_bytes[6];
    public byte HopLimit => _bytes[7];
    public IpAddress Source => new(_bytes[8..24]);
    public IpAddress Destination => new(_bytes[24..40]);
    public ReadOnlySpan<byte> Payload => _bytes[HeaderLength..Math.Min(HeaderLength + PayloadLength, _bytes.Length)];
}

/// <summary>The fields of an IPv6 header.</summary>
public readonly record struct Ipv6Repr(IpAddress Source, IpAddress Destination, IpProtocol NextHeader, int PayloadLength)
{
    public byte HopLimit { get; init; } = 64;
    public byte TrafficClass { get; init; }
    public int FlowLabel { get; init; }

    public int BufferLength => Ipv6Packet.HeaderLength;

    public static Ipv6Repr Parse(Ipv6Packet packet) => new(packet.Source, packet.Destination, packet.NextHeader, packet.PayloadLength)
    {
        HopLimit = packet.HopLimit,
        TrafficClass = packet.TrafficClass,
        FlowLabel = packet.FlowLabel,
    };

    public void Emit(Span<byte> buffer)
    {
        buffer = buffer[..Ipv6Packet.HeaderLength];
        BinaryPrimitives.WriteUInt32BigEndian(buffer, 6u << 28 | (uint)TrafficClass << 20 | (uint)FlowLabel & 0xf_ffff);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[4..], (uint)(ushort)PayloadLength << 16 | (uint)NextHeader << 8 | HopLimit);
        Source.CopyTo16(buffer[8..]);
        Destination.CopyTo16(buffer[24..]);
    }
}
