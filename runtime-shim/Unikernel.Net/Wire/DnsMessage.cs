using System.Buffers.Binary;

namespace Unikernel.Net.Wire;

public enum DnsType : ushort
{
    A = 1,
    NS = 2,
    Cname = 5,
    Soa = 6,
    Ptr = 12,
    Aaaa = 28,
    Opt = 41,
}

public enum DnsResponseCode : byte
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,
    NameError = 3,
    NotImplemented = 4,
    Refused = 5,
}

/// <summary>A DNS message (RFC 1035 section 4). Names are compared and copied as sequences of labels, never trusted as text.</summary>
public readonly ref struct DnsMessage
{
    public const int HeaderLength = 12;

    /// <summary>RFC 1035 section 2.3.4.</summary>
    public const int MaximumNameLength = 255;

    private readonly ReadOnlySpan<byte> _bytes;

    private DnsMessage(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public static bool TryParse(ReadOnlySpan<byte> bytes, out DnsMessage message)
    {
        message = new(bytes);
        return bytes.Length >= HeaderLength;
    }

    public ReadOnlySpan<byte> Bytes => _bytes;
    public ushort Id => BinaryPrimitives.ReadUInt16BigEndian(_bytes);
    public bool IsResponse => (_bytes[2] & 0x80) != 0;
    public int Opcode => _bytes[2] >> 3 & 15;
    public bool IsTruncated => (_bytes[2] & 2) != 0;
    public DnsResponseCode ResponseCode => (DnsResponseCode)(_bytes[3] & 15);
    public int QuestionCount => BinaryPrimitives.ReadUInt16BigEndian(_bytes[4..]);
    public int AnswerCount => BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]);
    public int AuthorityCount => BinaryPrimitives.ReadUInt16BigEndian(_bytes[8..]);

    /// <summary>The only question; false unless there is exactly one. <paramref name="end"/>: where the answers begin.</summary>
    public bool TryReadQuestion(Span<byte> name, out int nameLength, out DnsType type, out ushort dnsClass, out int end)
    {
        type = default;
        dnsClass = 0;
        end = HeaderLength;
        nameLength = 0;
        if (QuestionCount != 1 || !DnsName.TryRead(_bytes, ref end, name, out nameLength) || end + 4 > _bytes.Length) return false;
        type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(_bytes[end..]);
        dnsClass = BinaryPrimitives.ReadUInt16BigEndian(_bytes[(end + 2)..]);
        end += 4;
        return true;
    }

    /// <summary>The record at <paramref name="position"/>; moves behind it. False: the message is malformed.</summary>
    public bool TryReadRecord(ref int position, Span<byte> name, out int nameLength, out DnsRecord record)
    {
        record = default;
        if (!DnsName.TryRead(_bytes, ref position, name, out nameLength) || position + 10 > _bytes.Length) return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(_bytes[(position + 8)..]);
        int data = position + 10;
        if (data + length > _bytes.Length) return false;
        record = new((DnsType)BinaryPrimitives.ReadUInt16BigEndian(_bytes[position..]), BinaryPrimitives.ReadUInt16BigEndian(_bytes[(position + 2)..]),
            BinaryPrimitives.ReadUInt32BigEndian(_bytes[(position + 4)..]), data, length);
        position = data + length;
        return true;
    }
}

/// <summary>A resource record's fixed fields and where its data stands in the message.</summary>
public readonly record struct DnsRecord(DnsType Type, ushort Class, uint TimeToLive, int DataOffset, int DataLength);

/// <summary>Domain names as wire-format labels: length octet, bytes, ..., 0.</summary>
public static class DnsName
{
    /// <summary>
    /// Reads a possibly compressed name (RFC 1035 section 4.1.4) into <paramref name="name"/> (255 bytes), letters lowered. A
    /// pointer must go backwards, so there is no cycle; the length limit bounds the work.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> message, ref int position, Span<byte> name, out int length)
    {
        length = 0;
        int at = position, limit = message.Length;
        bool jumped = false;
        while (true)
        {
            if ((uint)at >= (uint)message.Length) return false;
            byte octet = message[at];
            if (octet >= 0xc0)
            {
                if (at + 1 >= message.Length) return false;
                int target = (octet & 0x3f) << 8 | message[at + 1];
                if (!jumped) position = at + 2;
                if (target >= Math.Min(at, limit)) return false;
                jumped = true;
                limit = target;
                at = target;
                continue;
            }

            if (octet > 63 || at + 1 + octet > message.Length || length + 1 + octet > DnsMessage.MaximumNameLength || length + 1 + octet > name.Length)
                return false;
            name[length++] = octet;
            at++;
            if (octet == 0)
            {
                if (!jumped) position = at;
                return true;
            }

            for (int i = 0; i < octet; i++)
            {
                byte b = message[at++];
                name[length++] = (byte)(b is >= (byte)'A' and <= (byte)'Z' ? b | 0x20 : b);
            }
        }
    }

    /// <summary>Text ("www.example.com", an end dot allowed) to labels, letters lowered. False: not a host name.</summary>
    public static bool TryEncode(ReadOnlySpan<char> text, Span<byte> name, out int length)
    {
        length = 0;
        if (text.Length > 0 && text[^1] == '.') text = text[..^1];
        if (text.IsEmpty) return false;
        while (true)
        {
            int dot = text.IndexOf('.');
            ReadOnlySpan<char> label = dot < 0 ? text : text[..dot];
            if (label.Length is 0 or > 63 || length + label.Length + 2 > Math.Min(name.Length, DnsMessage.MaximumNameLength)) return false;
            name[length++] = (byte)label.Length;
            foreach (char c in label)
            {
                if (c is <= ' ' or > '~') return false;
                name[length++] = (byte)char.ToLowerInvariant(c);
            }

            if (dot < 0) break;
            text = text[(dot + 1)..];
        }

        name[length++] = 0;
        return true;
    }

    /// <summary>Labels to text without an end dot; bytes that are not printable ASCII appear as \DDD (RFC 1035 section 5.1).</summary>
    public static string Decode(ReadOnlySpan<byte> name)
    {
        var text = new System.Text.StringBuilder();
        while (name.Length > 0 && name[0] != 0 && name[0] < name.Length)
        {
            if (text.Length > 0) text.Append('.');
            foreach (byte b in name.Slice(1, name[0]))
            {
                if (b is > (byte)' ' and <= (byte)'~' and not (byte)'.' and not (byte)'\\')
                    text.Append((char)b);
                else
                    text.Append('\\').Append(b.ToString("d3", System.Globalization.CultureInfo.InvariantCulture));
            }

            name = name[(1 + name[0])..];
        }

        return text.ToString();
    }
}

/// <summary>A query for one name and type with EDNS0 (RFC 6891).</summary>
public readonly ref struct DnsQueryRepr(ushort id, ReadOnlySpan<byte> name, DnsType type)
{
    /// <summary>What we say we take over UDP: fits every path without fragments (DNS flag day 2020).</summary>
    public const ushort UdpPayloadSize = 1232;

    private readonly ReadOnlySpan<byte> _name = name;

    public int BufferLength => DnsMessage.HeaderLength + _name.Length + 4 + 11;

    public void Emit(Span<byte> buffer)
    {
        BinaryPrimitives.WriteUInt16BigEndian(buffer, id);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[2..], 0x0100); // recursion desired
        BinaryPrimitives.WriteUInt64BigEndian(buffer[4..], 0x0001_0000_0000_0001);
        _name.CopyTo(buffer[12..]);
        Span<byte> rest = buffer[(12 + _name.Length)..];
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(rest[2..], 1);
        rest[4] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(rest[5..], (ushort)DnsType.Opt);
        BinaryPrimitives.WriteUInt16BigEndian(rest[7..], UdpPayloadSize);
        rest.Slice(9, 6).Clear();
    }
}
