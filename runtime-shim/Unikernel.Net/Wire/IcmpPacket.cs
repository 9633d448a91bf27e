using System.Buffers.Binary;

namespace Unikernel.Net.Wire;

/// <summary>ICMPv4 message types (RFC 792).</summary>
public enum Icmpv4Type : byte
{
    EchoReply = 0,
    DestinationUnreachable = 3,
    SourceQuench = 4,
    Redirect = 5,
    EchoRequest = 8,
    TimeExceeded = 11,
    ParameterProblem = 12,
}

/// <summary>ICMPv6 message types (RFC 4443, RFC 4861, RFC 3810).</summary>
public enum Icmpv6Type : byte
{
    DestinationUnreachable = 1,
    PacketTooBig = 2,
    TimeExceeded = 3,
    ParameterProblem = 4,
    EchoRequest = 128,
    EchoReply = 129,
    MulticastListenerQuery = 130,
    MulticastListenerReport = 131,
    MulticastListenerDone = 132,
    RouterSolicitation = 133,
    RouterAdvertisement = 134,
    NeighborSolicitation = 135,
    NeighborAdvertisement = 136,
    Redirect = 137,
    MulticastListenerReport2 = 143,
}

/// <summary>The eight bytes that every ICMP message of either version begins with, and what follows them.</summary>
public readonly ref struct IcmpPacket
{
    public const int HeaderLength = 8;
    public const int ChecksumOffset = 2;
    private readonly ReadOnlySpan<byte> _bytes;

    private IcmpPacket(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public static bool TryParse(ReadOnlySpan<byte> bytes, out IcmpPacket packet)
    {
        packet = new(bytes);
        return bytes.Length >= HeaderLength;
    }

    public byte Type => _bytes[0];
    public byte Code => _bytes[1];

    /// <summary>The second four bytes: identifier and sequence of an echo, pointer, MTU.</summary>
    public uint Rest => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);

    public ushort Identifier => (ushort)(Rest >> 16);
    public ushort Sequence => (ushort)Rest;
    public ReadOnlySpan<byte> Payload => _bytes[HeaderLength..];
}

/// <summary>An ICMP header of either version; the checksum is left zero and is filled over header and payload afterwards.</summary>
public readonly record struct IcmpRepr(byte Type, byte Code, uint Rest)
{
    public int BufferLength => IcmpPacket.HeaderLength;

    public static IcmpRepr Parse(IcmpPacket packet) => new(packet.Type, packet.Code, packet.Rest);

    public static IcmpRepr Echo(byte type, ushort identifier, ushort sequence) => new(type, 0, (uint)identifier << 16 | sequence);

    public void Emit(Span<byte> buffer) =>
        BinaryPrimitives.WriteUInt64BigEndian(buffer, (ulong)Type << 56 | (ulong)Code << 48 | Rest);
}
