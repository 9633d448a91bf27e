using System.Buffers.Binary;

namespace Unikernel.Net.Wire;

/// <summary>What an Ethernet frame carries.</summary>
public enum EtherType : ushort
{
    Ipv4 = 0x0800,
    Arp = 0x0806,
    Ipv6 = 0x86dd,
}

/// <summary>An Ethernet II frame (RFC 894). Frames with an IEEE 802.3 length field or a VLAN tag have another <see cref="Type"/>.</summary>
public readonly ref struct EthernetFrame
{
    public const int HeaderLength = 14;
    private readonly ReadOnlySpan<byte> _bytes;

    private EthernetFrame(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public static bool TryParse(ReadOnlySpan<byte> bytes, out EthernetFrame frame)
    {
        frame = new(bytes);
        return bytes.Length >= HeaderLength;
    }

    public MacAddress Destination => new((ulong)HeaderField.Read16(_bytes, 0) << 32 | HeaderField.Read32(_bytes, 2));
    public MacAddress Source => new((ulong)HeaderField.Read16(_bytes, 6) << 32 | HeaderField.Read32(_bytes, 8));
    public EtherType Type => (EtherType)HeaderField.Read16(_bytes, 12);
    public ReadOnlySpan<byte> Payload => _bytes[HeaderLength..];
}

/// <summary>The fields of an Ethernet header.</summary>
public readonly record struct EthernetRepr(MacAddress Destination, MacAddress Source, EtherType Type)
{
    public int BufferLength => EthernetFrame.HeaderLength;

    public static EthernetRepr Parse(EthernetFrame frame) => new(frame.Destination, frame.Source, frame.Type);

    public void Emit(Span<byte> buffer)
    {
        Destination.CopyTo(buffer);
        Source.CopyTo(buffer[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[12..], (ushort)Type);
    }
}
