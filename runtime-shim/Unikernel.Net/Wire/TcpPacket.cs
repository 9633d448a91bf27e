namespace Unikernel.Net.Wire;

/// <summary>The control bits (RFC 9293 section 3.1).</summary>
[Flags]
public enum TcpFlags : byte
{
    None = 0,
    Fin = 0x01,
    Syn = 0x02,
    Rst = 0x04,
    Psh = 0x08,
    Ack = 0x10,
    Urg = 0x20,
    Ece = 0x40,
    Cwr = 0x80,
}

/// <summary>A view of a TCP header with its options.</summary>
public readonly ref struct TcpPacket
{
    public const int MinimumHeaderLength = 20;
    public const int MaximumHeaderLength = 60;

    /// <summary>The checksum field's place in the header.</summary>
    public const int ChecksumOffset = 16;

    private readonly ReadOnlySpan<byte> _header;

    private TcpPacket(ReadOnlySpan<byte> header) => _header = header;

    /// <summary>Checks the data offset against the bytes that are there.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out TcpPacket packet)
    {
        packet = default;
        if (bytes.Length < MinimumHeaderLength) return false;
        int length = bytes[12] >> 4 << 2;
        if (length < MinimumHeaderLength || length > bytes.Length) return false;
        packet = new(bytes[..length]);
        return true;
    }

    public ushort SourcePort => HeaderField.Read16(_header, 0);
    public ushort DestinationPort => HeaderField.Read16(_header, 2);
    public uint SequenceNumber => HeaderField.Read32(_header, 4);
    public uint AcknowledgmentNumber => HeaderField.Read32(_header, 8);
    public TcpFlags Flags => (TcpFlags)HeaderField.Read8(_header, 13);
    public ushort Window => HeaderField.Read16(_header, 14);
    public ushort UrgentPointer => HeaderField.Read16(_header, 18);
    public int HeaderLength => _header.Length;
    public ReadOnlySpan<byte> Options => _header[MinimumHeaderLength..];
}
