using System.Buffers.Binary;

namespace DnsServer;

/// <summary>Writes a response with compressed names (RFC 1035 section 4.1.4) into a buffer that may be too small: then <see cref="Truncated"/>.</summary>
/// <param name="buffer">For the response.</param>
/// <param name="question">The name that was asked for, in lower case.</param>
/// <param name="limit">Bytes of the response at most.</param>
internal ref struct ResponseWriter(Span<byte> buffer, ReadOnlySpan<byte> question, int limit)
{
    private const int MaxNames = 32;
    private readonly Span<byte> _buffer = buffer;
    private readonly int _limit = limit;
    private readonly ReadOnlySpan<byte> _question = question;
    private NameTable _names;
    private int _nameCount;

    public int Length { get; private set; } = 12;
    public bool Truncated { get; private set; }
    public int Answers { get; private set; }
    public int Authorities { get; private set; }
    public int Additionals { get; private set; }

    /// <summary>Repeats the question as it was asked.</summary>
    public void Question(scoped ReadOnlySpan<byte> question)
    {
        question.CopyTo(_buffer[Length..]);
        Remember(Length);
        Length += question.Length;
    }

    /// <summary>Writes all records of a set, or none of them where they do not fit: a set is never sent in part (RFC 2181 section 5).</summary>
    public bool Records(Section section, scoped ReadOnlySpan<byte> owner, RecordSet set, uint? ttl = null)
    {
        int start = Length;
        int names = _nameCount;
        foreach (byte[] data in set.Data)
        {
            if (!Record(owner, set.Type, ttl ?? set.Ttl, data))
            {
                Length = start;
                _nameCount = names;

                // Glue that does not fit is left out without a flag (RFC 2181 section 9), other sections are truncated.
                Truncated |= section != Section.Additional;
                return false;
            }
        }

        switch (section)
        {
            case Section.Answer:
                Answers += set.Data.Length;
                break;
            case Section.Authority:
                Authorities += set.Data.Length;
                break;
            default:
                Additionals += set.Data.Length;
                break;
        }

        return true;
    }

    /// <summary>The OPT record (RFC 6891 section 6.1.2). Room for its 11 bytes is kept by whoever sets the limit.</summary>
    public void Opt(int payloadSize, int extendedCode, bool dnssecOk)
    {
        Span<byte> record = _buffer[Length..];
        record[0] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(record[1..], RecordType.OPT);
        BinaryPrimitives.WriteUInt16BigEndian(record[3..], (ushort)payloadSize);
        record[5] = (byte)(extendedCode >> 4);
        record[6] = 0;
        record[7] = dnssecOk ? (byte)0x80 : (byte)0;
        record[8] = 0;
        record[9] = 0;
        record[10] = 0;
        Length += 11;
        Additionals++;
    }

    public readonly void Header(ushort id, int flags, bool question)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_buffer, id);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[2..], (ushort)flags);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[4..], question ? (ushort)1 : (ushort)0);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[6..], (ushort)Answers);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[8..], (ushort)Authorities);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[10..], (ushort)Additionals);
    }

    private bool Record(scoped ReadOnlySpan<byte> owner, ushort type, uint ttl, scoped ReadOnlySpan<byte> data)
    {
        if (!Name(owner) || Length + 10 + data.Length > _limit)
        {
            return false;
        }

        Span<byte> fields = _buffer[Length..];
        BinaryPrimitives.WriteUInt16BigEndian(fields, type);
        BinaryPrimitives.WriteUInt16BigEndian(fields[2..], 1);
        BinaryPrimitives.WriteUInt32BigEndian(fields[4..], ttl);
        int lengthAt = Length + 8;
        Length += 10;

        // Names in the data of these types may be compressed (RFC 3597 section 4).
        bool fits = type switch
        {
            RecordType.NS or RecordType.CNAME => Name(data),
            RecordType.MX => Bytes(data[..2]) && Name(data[2..]),
            RecordType.SOA => Soa(data),
            _ => Bytes(data),
        };
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[lengthAt..], (ushort)(Length - lengthAt - 2));
        return fits;
    }

    private bool Soa(scoped ReadOnlySpan<byte> data)
    {
        int mailbox = NameLength(data);
        int numbers = mailbox + NameLength(data[mailbox..]);
        return Name(data[..mailbox]) && Name(data[mailbox..numbers]) && Bytes(data[numbers..]);
    }

    private static int NameLength(ReadOnlySpan<byte> data)
    {
        int length = 0;
        while (data[length] != 0)
        {
            length += data[length] + 1;
        }

        return length + 1;
    }

    private bool Bytes(scoped ReadOnlySpan<byte> data)
    {
        if (Length + data.Length > _limit)
        {
            return false;
        }

        data.CopyTo(_buffer[Length..]);
        Length += data.Length;
        return true;
    }

    private bool Name(scoped ReadOnlySpan<byte> name)
    {
        while (true)
        {
            if (DnsName.IsRoot(name))
            {
                return Bytes([0]);
            }

            for (int i = 0; i < _nameCount; i++)
            {
                if (Matches(_names[i], name))
                {
                    return Bytes([(byte)(0xc0 | (_names[i] >> 8)), (byte)_names[i]]);
                }
            }

            Remember(Length);
            if (!Bytes(name[..(name[0] + 1)]))
            {
                return false;
            }

            name = DnsName.Parent(name);
        }
    }

    private void Remember(int offset)
    {
        if (_nameCount < MaxNames && offset < 0x4000 && _buffer[offset] != 0)
        {
            _names[_nameCount++] = (ushort)offset;
        }

        // A question is remembered once; the suffixes of its name can be pointed to as well.
        for (int at = offset + _buffer[offset] + 1; offset == 12 && _buffer[at] != 0 && _nameCount < MaxNames; at += _buffer[at] + 1)
        {
            _names[_nameCount++] = (ushort)at;
        }
    }

    private readonly bool Matches(int offset, scoped ReadOnlySpan<byte> name)
    {
        if (offset - 12 < _question.Length)
        {
            // The question or its end, where its labels begin.
            return name.SequenceEqual(_question[(offset - 12)..]);
        }

        while (true)
        {
            int label = _buffer[offset];
            if (label >= 0xc0)
            {
                offset = ((label & 0x3f) << 8) | _buffer[offset + 1];
                continue;
            }

            if (label != name[0])
            {
                return false;
            }

            for (int i = 1; i <= label; i++)
            {
                if (DnsName.ToLower(_buffer[offset + i]) != name[i])
                {
                    return false;
                }
            }

            if (label == 0)
            {
                return true;
            }

            offset += label + 1;
            name = DnsName.Parent(name);
        }
    }

    [System.Runtime.CompilerServices.InlineArray(MaxNames)]
    private struct NameTable
    {
        private ushort _first;
    }
}

internal enum Section
{
    Answer,
    Authority,
    Additional,
}
