using System.Buffers.Binary;
using System.Text;

namespace DnsServer;

/// <summary>Reads a master file (RFC 1035 section 5): <c>$ORIGIN</c>, <c>$TTL</c>, comments, parentheses, quoted strings.</summary>
internal ref struct ZoneFile
{
    private readonly ReadOnlySpan<byte> _text;
    private int _position;
    private int _line;
    private int _parentheses;

    private ZoneFile(ReadOnlySpan<byte> text)
    {
        _text = text;
        _line = 1;
    }

    /// <exception cref="FormatException">The file has an error; the message names the line.</exception>
    public static Zone Parse(ReadOnlySpan<byte> text)
    {
        ZoneFile file = new(text);
        return file.Parse();
    }

    private Zone Parse()
    {
        Zone? zone = null;
        byte[] origin = [0];
        byte[] owner = [];
        uint defaultTtl = 3600;
        while (_position < _text.Length)
        {
            bool continues = _text[_position] is (byte)' ' or (byte)'\t';
            if (!Next(out ReadOnlySpan<byte> token))
            {
                EndLine();
                continue;
            }

            if (token.SequenceEqual("$ORIGIN"u8))
            {
                origin = Name(Required(), origin);
            }
            else if (token.SequenceEqual("$TTL"u8))
            {
                defaultTtl = Number(Required());
            }
            else
            {
                if (!continues)
                {
                    owner = Name(token, origin);
                    token = Required();
                }

                uint ttl = defaultTtl;
                while (token.SequenceEqual("IN"u8) || IsNumber(token))
                {
                    ttl = IsNumber(token) ? Number(token) : ttl;
                    token = Required();
                }

                ushort type = Type(token);
                zone ??= type == RecordType.SOA ? new Zone(owner) : throw Error("the first record is not the SOA");
                if (owner.Length == 0 || !DnsName.IsWithin(owner, zone.Origin))
                {
                    throw Error("the name is not in the zone");
                }

                zone.GetOrAdd(owner).Add(type, ttl, Data(type, origin));
            }

            if (Next(out _))
            {
                throw Error("there is more on the line than the record has fields");
            }

            EndLine();
        }

        return zone ?? throw Error("the file holds no record");
    }

    private byte[] Data(ushort type, byte[] origin)
    {
        switch (type)
        {
            case RecordType.A:
            case RecordType.AAAA:
                return System.Net.IPAddress.TryParse(Encoding.ASCII.GetString(Required()), out System.Net.IPAddress? address)
                    && address.GetAddressBytes() is { } bytes && bytes.Length == (type == RecordType.A ? 4 : 16) ? bytes : throw Error("not an address");
            case RecordType.NS:
            case RecordType.CNAME:
                return Name(Required(), origin);
            case RecordType.MX:
                byte[] preference = new byte[2];
                BinaryPrimitives.WriteUInt16BigEndian(preference, (ushort)Number(Required()));
                return [.. preference, .. Name(Required(), origin)];
            case RecordType.SOA:
                byte[] primary = Name(Required(), origin);
                byte[] mailbox = Name(Required(), origin);
                byte[] numbers = new byte[20];
                for (int i = 0; i < 5; i++)
                {
                    BinaryPrimitives.WriteUInt32BigEndian(numbers.AsSpan(4 * i), Number(Required()));
                }

                return [.. primary, .. mailbox, .. numbers];
            default:
                byte[] text = [];
                ReadOnlySpan<byte> token = Required();
                while (true)
                {
                    byte[] value = Unescape(token);
                    if (value.Length > 255)
                    {
                        throw Error("a string is longer than 255 bytes");
                    }

                    text = [.. text, (byte)value.Length, .. value];
                    if (!Next(out token))
                    {
                        return text;
                    }
                }
        }
    }

    /// <summary>The next field of the entry; false at its end. Inside parentheses an entry goes on over line ends.</summary>
    private bool Next(out ReadOnlySpan<byte> token)
    {
        token = default;
        while (_position < _text.Length)
        {
            byte value = _text[_position];
            if (value == ';')
            {
                while (_position < _text.Length && _text[_position] != '\n')
                {
                    _position++;
                }
            }
            else if (value == '\n')
            {
                if (_parentheses == 0)
                {
                    return false;
                }

                _position++;
                _line++;
            }
            else if (value is (byte)' ' or (byte)'\t' or (byte)'\r')
            {
                _position++;
            }
            else if (value is (byte)'(' or (byte)')')
            {
                _parentheses += value == '(' ? 1 : -1;
                _position++;
            }
            else
            {
                token = value == '"' ? Quoted() : Word();
                return true;
            }
        }

        return false;
    }

    private ReadOnlySpan<byte> Quoted()
    {
        int start = ++_position;
        while (_position < _text.Length && _text[_position] is not ((byte)'"' or (byte)'\n'))
        {
            _position += _text[_position] == '\\' ? 2 : 1;
        }

        if (_position >= _text.Length || _text[_position] != '"')
        {
            throw Error("a string has no closing quote");
        }

        return _text[start.._position++];
    }

    private ReadOnlySpan<byte> Word()
    {
        int start = _position;
        while (_position < _text.Length && _text[_position] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)';' or (byte)'(' or (byte)')'))
        {
            _position++;
        }

        return _text[start.._position];
    }

    private void EndLine()
    {
        if (_position < _text.Length)
        {
            _position++;
        }

        _line++;
    }

    private ReadOnlySpan<byte> Required() => Next(out ReadOnlySpan<byte> token) ? token : throw Error("a field is missing");

    private readonly byte[] Name(ReadOnlySpan<byte> text, byte[] origin) => DnsName.TryParse(text, origin, out byte[] name) ? name : throw Error("not a name");

    private static bool IsNumber(ReadOnlySpan<byte> text) => text.Length is > 0 and < 11 && text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;

    private readonly uint Number(ReadOnlySpan<byte> text)
    {
        ulong value = 0;
        foreach (byte digit in text)
        {
            value = (value * 10) + (ulong)(digit - '0');
        }

        return IsNumber(text) && value <= uint.MaxValue ? (uint)value : throw Error("not a number");
    }

    private readonly ushort Type(ReadOnlySpan<byte> text) =>
        text.SequenceEqual("A"u8) ? RecordType.A
        : text.SequenceEqual("AAAA"u8) ? RecordType.AAAA
        : text.SequenceEqual("NS"u8) ? RecordType.NS
        : text.SequenceEqual("SOA"u8) ? RecordType.SOA
        : text.SequenceEqual("MX"u8) ? RecordType.MX
        : text.SequenceEqual("TXT"u8) ? RecordType.TXT
        : text.SequenceEqual("CNAME"u8) ? RecordType.CNAME
        : throw Error("not a record type that this server knows");

    private static byte[] Unescape(ReadOnlySpan<byte> text)
    {
        byte[] result = new byte[text.Length];
        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
            {
                i++;
            }

            result[length++] = text[i];
        }

        return result[..length];
    }

    private readonly FormatException Error(string what) => new("zone file, line " + _line.ToString() + ": " + what);
}
