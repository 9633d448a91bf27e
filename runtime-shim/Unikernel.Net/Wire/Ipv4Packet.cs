using System.Buffers.Binary;

namespace Unikernel.Net.Wire;

/// <summary>Why an IP header did not parse; each reason has its counter.</summary>
public enum IpParseError : byte
{
    None,
    Truncated,
    BadVersion,
    BadHeaderLength,
    BadTotalLength,
}

/// <summary>An IPv4 packet (RFC 791). TryParse checks lengths, not the checksum (<see cref="IsChecksumValid"/>).</summary>
public readonly ref struct Ipv4Packet
{
    public const int MinimumHeaderLength = 20;
    private readonly ReadOnlySpan<byte> _bytes;

    private Ipv4Packet(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <param name="bytes">From the IP header on; at least the header must be here.</param>
    /// <param name="available">Bytes of the packet in all its parts, padding included.</param>
    /// <param name="packet">The view of the header, and of the payload as far as it is in <paramref name="bytes"/>.</param>
    public static IpParseError TryParse(ReadOnlySpan<byte> bytes, int available, out Ipv4Packet packet)
    {
        packet = default;
        if (bytes.Length < MinimumHeaderLength) return IpParseError.Truncated;
        byte first = HeaderField.Read8(bytes, 0);
        if (first >> 4 != 4) return IpParseError.BadVersion;
        int headerLength = (first & 15) * 4;
        if (headerLength < MinimumHeaderLength || headerLength > bytes.Length) return IpParseError.BadHeaderLength;
        int totalLength = HeaderField.Read16(bytes, 2);
        if (totalLength < headerLength || totalLength > available) return IpParseError.BadTotalLength;
        packet = new(bytes);
        return IpParseError.None;
    }

    public static IpParseError TryParse(ReadOnlySpan<byte> bytes, out Ipv4Packet packet) => TryParse(bytes, bytes.Length, out packet);

    public int HeaderLength => (HeaderField.Read8(_bytes, 0) & 15) * 4;
    public byte TrafficClass => HeaderField.Read8(_bytes, 1);
    public int TotalLength => HeaderField.Read16(_bytes, 2);
    public ushort Identification => HeaderField.Read16(_bytes, 4);
    public bool DontFragment => (HeaderField.Read8(_bytes, 6) & 0x40) != 0;
    public bool MoreFragments => (HeaderField.Read8(_bytes, 6) & 0x20) != 0;

    /// <summary>In bytes.</summary>
    public int FragmentOffset => (HeaderField.Read16(_bytes, 6) & 0x1fff) * 8;

    public bool IsFragment => (HeaderField.Read16(_bytes, 6) & 0x3fff) != 0;
    public byte HopLimit => HeaderField.Read8(_bytes, 8);
    public IpProtocol Protocol => (IpProtocol)HeaderField.Read8(_bytes, 9);
    public IpAddress Source => new(HeaderField.Read32(_bytes, 12));
    public IpAddress Destination => new(HeaderField.Read32(_bytes, 16));
    public ReadOnlySpan<byte> Header => _bytes[..HeaderLength];
    public ReadOnlySpan<byte> Options => _bytes[MinimumHeaderLength..HeaderLength];

    /// <summary>The payload, as far as it is in the parsed span.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[HeaderLength..Math.Min(TotalLength, _bytes.Length)];

    public bool IsChecksumValid => InternetChecksum.IsValid(InternetChecksum.Add(Header));

    /// <summary>
    /// A source route is among the options (RFC 791 section 3.1): such packets are dropped, as every host does since they let a
    /// stranger choose the path of our answers.
    /// </summary>
    public bool HasSourceRoute
    {
        get
        {
            ReadOnlySpan<byte> options = Options;
            while (options.Length > 0 && options[0] != 0)
            {
                if (options[0] is 131 or 137) return true;
                int length = options[0] == 1 ? 1 : options.Length > 1 ? options[1] : 0;
                if (length < (options[0] == 1 ? 1 : 2) || length > options.Length) return false;
                options = options[length..];
            }

            return false;
        }
    }
}

/// <summary>The fields of an IPv4 header without options.</summary>
public readonly record struct Ipv4Repr(IpAddress Source, IpAddress Destination, IpProtocol Protocol, int PayloadLength)
{
    public byte HopLimit { get; init; } = 64;
    public byte TrafficClass { get; init; }
    public ushort Identification { get; init; }
    public bool DontFragment { get; init; }
    public bool MoreFragments { get; init; }
    public int FragmentOffset { get; init; }

    public int BufferLength => Ipv4Packet.MinimumHeaderLength;

    public static Ipv4Repr Parse(Ipv4Packet packet) => new(packet.Source, packet.Destination, packet.Protocol, packet.TotalLength - packet.HeaderLength)
    {
        HopLimit = packet.HopLimit,
        TrafficClass = packet.TrafficClass,
        Identification = packet.Identification,
        DontFragment = packet.DontFragment,
        MoreFragments = packet.MoreFragments,
        FragmentOffset = packet.FragmentOffset,
    };

    /// <summary>Writes the header with its checksum.</summary>
    public void Emit(Span<byte> buffer)
    {
        buffer = buffer[..Ipv4Packet.MinimumHeaderLength];
        // One 64-bit write for version, traffic class, length, identification and fragment fields.
        ulong fragment = (DontFragment ? 0x4000u : 0) | (MoreFragments ? 0x2000u : 0) | ((uint)FragmentOffset >> 3 & 0x1fff);
        uint length = (ushort)(Ipv4Packet.MinimumHeaderLength + PayloadLength);
        BinaryPrimitives.WriteUInt64BigEndian(buffer, 0x4500ul << 48 | (ulong)TrafficClass << 48 | (ulong)length << 32 | (ulong)Identification << 16 | fragment);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[8..], (uint)HopLimit << 24 | (uint)Protocol << 16);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[12..], Source.V4);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[16..], Destination.V4);
        InternetChecksum.Write(buffer[10..12], InternetChecksum.Add(buffer));
    }
}
