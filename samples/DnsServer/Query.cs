using System.Buffers.Binary;

namespace DnsServer;

/// <summary>What a query asks, read from its bytes (RFC 1035 section 4.1, EDNS0 by RFC 6891).</summary>
internal ref struct Query
{
    public ushort Id;
    public ushort Flags;
    public ushort Type;
    public ushort Class;

    /// <summary>The name in wire format and lower case, for look-ups.</summary>
    public ReadOnlySpan<byte> Name;

    /// <summary>The question as it was asked, to be repeated letter by letter (0x20 encoding).</summary>
    public ReadOnlySpan<byte> Question;

    /// <summary>An OPT record was there.</summary>
    public bool HasEdns;
    public int EdnsVersion;
    public int PayloadSize;
    public bool DnssecOk;

    /// <param name="name">Room for the lower-case name: <see cref="DnsName.MaxLength"/> bytes.</param>
    /// <param name="answerable">False: not even an error is to be sent (no header, or itself a response).</param>
    /// <returns>False: the query is malformed (FORMERR) or not answerable.</returns>
    public static bool TryParse(ReadOnlySpan<byte> message, Span<byte> name, out Query query, out bool answerable)
    {
        query = default;
        query.PayloadSize = 512;
        answerable = false;
        if (message.Length < 12)
        {
            return false;
        }

        query.Id = BinaryPrimitives.ReadUInt16BigEndian(message);
        query.Flags = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        if ((query.Flags & HeaderFlags.QR) != 0)
        {
            return false;
        }

        answerable = true;
        if ((query.Flags & HeaderFlags.OpcodeMask) != 0)
        {
            return true;
        }

        int questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        int answers = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        int authority = BinaryPrimitives.ReadUInt16BigEndian(message[8..]);
        int additional = BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        if (questions != 1 || answers != 0 || authority != 0 || additional > 16)
        {
            return false;
        }

        int position = 12;
        int length = 0;
        while (true)
        {
            if (position >= message.Length || message[position] > 63 || length + message[position] + 1 > DnsName.MaxLength)
            {
                // A question has no earlier name to point to: a compressed one is malformed as well.
                return false;
            }

            int label = message[position];
            position += label + 1;
            length += label + 1;
            if (label == 0)
            {
                break;
            }
        }

        if (position + 4 > message.Length)
        {
            return false;
        }

        DnsName.ToLower(message.Slice(12, length), name);
        query.Type = BinaryPrimitives.ReadUInt16BigEndian(message[position..]);
        query.Class = BinaryPrimitives.ReadUInt16BigEndian(message[(position + 2)..]);
        position += 4;
        query.Name = name[..length];
        query.Question = message[12..position];
        for (int i = 0; i < additional; i++)
        {
            if (!query.ReadAdditional(message, ref position))
            {
                return false;
            }
        }

        return true;
    }

    private bool ReadAdditional(ReadOnlySpan<byte> message, scoped ref int position)
    {
        int owner = position;
        while (position < message.Length && message[position] is > 0 and <= 63)
        {
            position += message[position] + 1;
        }

        if (position >= message.Length)
        {
            return false;
        }

        position += message[position] >= 0xc0 ? 2 : 1;
        if (position + 10 > message.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> fields = message[position..];
        int dataLength = BinaryPrimitives.ReadUInt16BigEndian(fields[8..]);
        position += 10 + dataLength;
        if (position > message.Length)
        {
            return false;
        }

        if (BinaryPrimitives.ReadUInt16BigEndian(fields) == RecordType.OPT)
        {
            // RFC 6891 section 6.1.1: one OPT at most, and its owner is the root.
            if (HasEdns || message[owner] != 0)
            {
                return false;
            }

            HasEdns = true;
            PayloadSize = Math.Max(512, (int)BinaryPrimitives.ReadUInt16BigEndian(fields[2..]));
            EdnsVersion = fields[5];
            DnssecOk = (fields[6] & 0x80) != 0;
        }

        return true;
    }
}
