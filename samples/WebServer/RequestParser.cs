using System.Buffers.Text;

namespace WebServer;

/// <summary>One request's head (RFC 9112 sections 2 to 5), as ranges of the buffer it came in.</summary>
internal ref struct Request
{
    public bool IsHead;
    public bool KeepAlive;
    public ReadOnlySpan<byte> Target;
    public ReadOnlySpan<byte> Range;
    public ReadOnlySpan<byte> IfRange;
    public ReadOnlySpan<byte> IfNoneMatch;
    public ReadOnlySpan<byte> IfModifiedSince;
    public ReadOnlySpan<byte> IfMatch;

    /// <summary>0, or the status of the refusal; the connection is closed after it.</summary>
    public int Error;
    private int _hosts;
    private int _minor;

    public const int MaxTarget = 4096;

    /// <summary>Parses the head in <paramref name="head"/>, which ends with an empty line.</summary>
    public static Request Parse(ReadOnlySpan<byte> head)
    {
        Request request = default;
        int end = head.IndexOf("\r\n"u8);
        request.Error = request.ParseLine(head[..end]);
        head = head[(end + 2)..];
        while (request.Error == 0 && head.Length > 2)
        {
            end = head.IndexOf("\r\n"u8);
            request.Error = request.ParseField(head[..end]);
            head = head[(end + 2)..];
        }

        // RFC 9112 section 3.2: exactly one Host in HTTP/1.1.
        if (request.Error == 0 && (request._hosts > 1 || (request._hosts == 0 && request._minor == 1)))
        {
            request.Error = 400;
        }

        return request;
    }

    private int ParseLine(ReadOnlySpan<byte> line)
    {
        int method = line.IndexOf((byte)' ');
        int version = line.LastIndexOf((byte)' ');
        if (method <= 0 || version <= method + 1 || line[..method].IndexOfAnyExceptInRange((byte)'A', (byte)'Z') >= 0)
        {
            return 400;
        }

        ReadOnlySpan<byte> protocol = line[(version + 1)..];
        if (protocol.Length != 8 || !protocol.StartsWith("HTTP/"u8) || protocol[6] != '.' || !IsDigit(protocol[5]) || !IsDigit(protocol[7]))
        {
            return 400;
        }

        if (protocol[5] != '1')
        {
            return 505;
        }

        _minor = protocol[7] - '0';
        KeepAlive = _minor >= 1;
        Target = line[(method + 1)..version];
        if (Target.Length > MaxTarget)
        {
            return 414;
        }

        if (Target.IndexOfAnyInRange((byte)0, (byte)' ') >= 0)
        {
            return 400;
        }

        ReadOnlySpan<byte> name = line[..method];
        IsHead = name.SequenceEqual("HEAD"u8);
        return IsHead || name.SequenceEqual("GET"u8) ? 0
            : name.SequenceEqual("POST"u8) || name.SequenceEqual("PUT"u8) || name.SequenceEqual("DELETE"u8) || name.SequenceEqual("PATCH"u8)
              || name.SequenceEqual("OPTIONS"u8) || name.SequenceEqual("TRACE"u8) || name.SequenceEqual("CONNECT"u8) ? 405 : 501;
    }

    private int ParseField(ReadOnlySpan<byte> line)
    {
        int colon = line.IndexOf((byte)':');

        // RFC 9112 sections 5.1 and 5.2: no space before the colon, no folded lines, no control characters.
        if (colon <= 0 || line[..colon].IndexOfAny((byte)' ', (byte)'\t') >= 0)
        {
            return 400;
        }

        ReadOnlySpan<byte> value = Trim(line[(colon + 1)..]);
        if (value.IndexOfAny((byte)0, (byte)'\r', (byte)'\n') >= 0)
        {
            return 400;
        }

        switch (colon)
        {
            case 4 when Is(line, "host"u8):
                _hosts++;
                break;
            case 5 when Is(line, "range"u8):
                Range = value;
                break;
            case 8 when Is(line, "if-range"u8):
                IfRange = value;
                break;
            case 8 when Is(line, "if-match"u8):
                IfMatch = value;
                break;
            case 10 when Is(line, "connection"u8):
                KeepAlive = !Contains(value, "close"u8) && (KeepAlive || Contains(value, "keep-alive"u8));
                break;
            case 13 when Is(line, "if-none-match"u8):
                IfNoneMatch = value;
                break;
            case 14 when Is(line, "content-length"u8):
                // A body on GET has no meaning; what follows it could be taken for a request, so the connection ends.
                if (!Utf8Parser.TryParse(value, out long length, out int used) || used != value.Length || length < 0)
                {
                    return 400;
                }

                KeepAlive &= length == 0;
                break;
            case 17 when Is(line, "transfer-encoding"u8):
                KeepAlive = false;
                break;
            case 17 when Is(line, "if-modified-since"u8):
                IfModifiedSince = value;
                break;
        }

        return 0;
    }

    private static bool IsDigit(byte value) => (uint)(value - '0') <= 9;

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value)
    {
        while (value.Length > 0 && value[0] is (byte)' ' or (byte)'\t')
        {
            value = value[1..];
        }

        while (value.Length > 0 && value[^1] is (byte)' ' or (byte)'\t')
        {
            value = value[..^1];
        }

        return value;
    }

    private static bool Is(ReadOnlySpan<byte> line, ReadOnlySpan<byte> lowerName)
    {
        for (int i = 0; i < lowerName.Length; i++)
        {
            if ((line[i] | 0x20) != lowerName[i])
            {
                return false;
            }
        }

        return true;
    }

    private static bool Contains(ReadOnlySpan<byte> value, ReadOnlySpan<byte> lowerToken)
    {
        for (int i = 0; i + lowerToken.Length <= value.Length; i++)
        {
            if (Is(value[i..], lowerToken))
            {
                return true;
            }
        }

        return false;
    }
}
