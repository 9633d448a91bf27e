using System.Buffers.Binary;

namespace Unikernel.Net.Wire;

/// <summary>A UDP datagram's header (RFC 768).</summary>
public readonly ref struct UdpPacket
{
    public const int HeaderLength = 8;

    /// <summary>The checksum field's place in the header.</summary>
    public const int ChecksumOffset = 6;

    private readonly ReadOnlySpan<byte> _bytes;

    private UdpPacket(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <param name="bytes">From the UDP header on; at least the header.</param>
    /// <param name="available">Bytes of the IP payload.</param>
    /// <param name="packet">The view.</param>
    public static bool TryParse(ReadOnlySpan<byte> bytes, int available, out UdpPacket packet)
    {
        packet = default;
        if (bytes.Length < HeaderLength) return false;
        int length = HeaderField.Read16(bytes, 4);
        if (length < HeaderLength || length > available) return false;
        packet = new(bytes);
        return true;
    }

    public static bool TryParse(ReadOnlySpan<byte> bytes, out UdpPacket packet) => TryParse(bytes, bytes.Length, out packet);

    public ushort SourcePort => HeaderField.Read16(_bytes, 0);
    public ushort DestinationPort => HeaderField.Read16(_bytes, 2);

    /// <summary>Header and payload.</summary>
    public int Length => HeaderField.Read16(_bytes, 4);

    /// <summary>Zero: the sender computed none (allowed on IPv4 only, RFC 8200 section 8.1).</summary>
    public ushort Checksum => HeaderField.Read16(_bytes, 6);

    public ReadOnlySpan<byte> Payload => _bytes[HeaderLength..Math.Min(Length, _bytes.Length)];
}

/// <summary>The fields of a UDP header; the checksum is the IP layer's (<see cref="PacketBuffer.RequestChecksum"/>).</summary>
public readonly record struct UdpRepr(ushort SourcePort, ushort DestinationPort, int PayloadLength)
{
    public int BufferLength => UdpPacket.HeaderLength;

    public static UdpRepr Parse(UdpPacket packet) => new(packet.SourcePort, packet.DestinationPort, packet.Length - UdpPacket.HeaderLength);

    public void Emit(Span<byte> buffer) => BinaryPrimitives.WriteUInt64BigEndian(buffer,
        (ulong)SourcePort << 48 | (ulong)DestinationPort << 32 | (ulong)(ushort)(UdpPacket.HeaderLength + PayloadLength) << 16);
}
