using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace WebServer;

/// <summary>Decides the response to a request (RFC 9110 sections 13 and 14) and writes its head.</summary>
internal sealed class ResponseBuilder(Dictionary<string, StaticFile> files)
{
    private readonly byte[] _date = Encoding.ASCII.GetBytes("Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
    private long _second = -1;

    /// <summary>The part of a file that follows the head.</summary>
    public readonly struct Body(byte[] content, int offset, int length)
    {
        public byte[] Content { get; } = content;
        public int Offset { get; } = offset;
        public int Length { get; } = length;
    }

    /// <summary>Writes the head of the response into <paramref name="head"/> (1 KB suffices for all) and names its body.</summary>
    public int Build(in Request request, Span<byte> head, out Body body)
    {
        body = new Body([], 0, 0);
        if (request.Error != 0)
        {
            return Failure(head, request.Error, keepAlive: false);
        }

        if (!TryDecode(request.Target, out string path))
        {
            return Failure(head, 400, keepAlive: false);
        }

        if (!files.TryGetValue(path, out StaticFile? file))
        {
            return Failure(head, 404, request.KeepAlive);
        }

        if (request.IfMatch.Length > 0 && !Matches(request.IfMatch, file.ETag, weak: false))
        {
            return Failure(head, 412, request.KeepAlive);
        }

        if (IsNotModified(request, file))
        {
            Writer notModified = new(head);
            notModified.Add("HTTP/1.1 304 Not Modified\r\n"u8);
            notModified.Add(file.Common);
            return Finish(ref notModified, request.KeepAlive);
        }

        Writer writer = new(head);
        if (request.Range.Length > 0 && (request.IfRange.Length == 0 || request.IfRange.SequenceEqual(file.ETag)))
        {
            switch (TryRange(request.Range, file.Content.Length, out int first, out int last))
            {
                case true:
                    writer.Add("HTTP/1.1 206 Partial Content\r\n"u8);
                    writer.Add(file.Common);
                    writer.Add("Content-Range: bytes "u8);
                    writer.Add(first);
                    writer.Add("-"u8);
                    writer.Add(last);
                    writer.Add("/"u8);
                    writer.Add(file.Content.Length);
                    writer.Add("\r\nContent-Length: "u8);
                    writer.Add(last - first + 1);
                    writer.Add("\r\n"u8);
                    body = new Body(file.Content, first, request.IsHead ? 0 : last - first + 1);
                    return Finish(ref writer, request.KeepAlive);
                case false:
                    writer.Add("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */"u8);
                    writer.Add(file.Content.Length);
                    writer.Add("\r\nContent-Length: 0\r\n"u8);
                    return Finish(ref writer, request.KeepAlive);
            }
        }

        writer.Add("HTTP/1.1 200 OK\r\n"u8);
        writer.Add(file.Whole);
        body = new Body(file.Content, 0, request.IsHead ? 0 : file.Content.Length);
        return Finish(ref writer, request.KeepAlive);
    }

    /// <summary>A response without a file: refusals.</summary>
    public int Failure(Span<byte> head, int status, bool keepAlive)
    {
        Writer writer = new(head);
        writer.Add("HTTP/1.1 "u8);
        writer.Add(status switch
        {
            400 => "400 Bad Request\r\n"u8,
            404 => "404 Not Found\r\n"u8,
            405 => "405 Method Not Allowed\r\nAllow: GET, HEAD\r\n"u8,
            408 => "408 Request Timeout\r\n"u8,
            412 => "412 Precondition Failed\r\n"u8,
            414 => "414 URI Too Long\r\n"u8,
            431 => "431 Request Header Fields Too Large\r\n"u8,
            501 => "501 Not Implemented\r\n"u8,
            503 => "503 Service Unavailable\r\n"u8,
            _ => "505 HTTP Version Not Supported\r\n"u8,
        });
        writer.Add("Content-Length: 0\r\n"u8);
        return Finish(ref writer, keepAlive);
    }

    private int Finish(ref Writer writer, bool keepAlive)
    {
        // RFC 9110 section 6.6.1; made once a second.
        long second = DateTime.UtcNow.Ticks / TimeSpan.TicksPerSecond;
        if (second != _second)
        {
            _second = second;
            Encoding.ASCII.GetBytes(new DateTime(second * TimeSpan.TicksPerSecond, DateTimeKind.Utc).ToString("r", CultureInfo.InvariantCulture), _date.AsSpan(6));
        }

        writer.Add(_date);
        writer.Add(keepAlive ? "\r\n"u8 : "Connection: close\r\n\r\n"u8);
        return writer.Length;
    }

    private static bool IsNotModified(in Request request, StaticFile file)
    {
        // RFC 9110 section 13.2.2: If-None-Match wins over If-Modified-Since.
        if (request.IfNoneMatch.Length > 0)
        {
            return Matches(request.IfNoneMatch, file.ETag, weak: true);
        }

        return request.IfModifiedSince.Length > 0
            && DateTime.TryParseExact(Encoding.ASCII.GetString(request.IfModifiedSince), "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime since)
            && file.LastModified.Ticks / TimeSpan.TicksPerSecond <= since.Ticks / TimeSpan.TicksPerSecond;
    }

    /// <summary>A list of entity tags, or <c>*</c>.</summary>
    private static bool Matches(ReadOnlySpan<byte> list, ReadOnlySpan<byte> tag, bool weak)
    {
        if (list.SequenceEqual("*"u8))
        {
            return true;
        }

        int at = list.IndexOf(tag);
        return at >= 0 && (weak || at < 2 || list[at - 1] != '/');
    }

    /// <summary>One byte range. Null: not a range that this server takes, so the whole file is sent (RFC 9110 section 14.2).</summary>
    private static bool? TryRange(ReadOnlySpan<byte> value, int length, out int first, out int last)
    {
        first = 0;
        last = length - 1;
        int dash = value.IndexOf((byte)'-');
        if (!value.StartsWith("bytes="u8) || dash < 6 || value.IndexOf((byte)',') >= 0)
        {
            return null;
        }

        ReadOnlySpan<byte> from = value[6..dash];
        ReadOnlySpan<byte> to = value[(dash + 1)..];
        bool hasFrom = Utf8Parser.TryParse(from, out long start, out int used) && used == from.Length;
        bool hasTo = Utf8Parser.TryParse(to, out long end, out used) && used == to.Length;
        if ((!hasFrom && from.Length > 0) || (!hasTo && to.Length > 0) || (!hasFrom && !hasTo) || (hasFrom && hasTo && end < start))
        {
            return null;
        }

        if (!hasFrom)
        {
            first = (int)Math.Max(0, length - end);
            return end > 0 && length > 0;
        }

        first = (int)Math.Min(start, length);
        last = hasTo ? (int)Math.Min(end, length - 1) : length - 1;
        return start < length;
    }

    /// <summary>The path of a target in origin form, decoded once; no way leads out of the folder, because files are looked up whole.</summary>
    private static bool TryDecode(ReadOnlySpan<byte> target, out string path)
    {
        path = "";
        int query = target.IndexOf((byte)'?');
        if (query >= 0)
        {
            target = target[..query];
        }

        if (target.Length == 0 || target[0] != '/')
        {
            return false;
        }

        Span<byte> decoded = stackalloc byte[Request.MaxTarget];
        int length = 0;
        for (int i = 0; i < target.Length; i++)
        {
            byte value = target[i];
            if (value == '%')
            {
                if (i + 2 >= target.Length || !Utf8Parser.TryParse(target.Slice(i + 1, 2), out value, out int used, 'x') || used != 2 || value == 0)
                {
                    return false;
                }

                i += 2;
            }

            decoded[length++] = value;
        }

        path = Encoding.UTF8.GetString(decoded[..length]);
        return true;
    }

    private ref struct Writer(Span<byte> buffer)
    {
        private readonly Span<byte> _buffer = buffer;

        public int Length { get; private set; }

        public void Add(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_buffer[Length..]);
            Length += bytes.Length;
        }

        public void Add(int number)
        {
            Utf8Formatter.TryFormat(number, _buffer[Length..], out int written);
            Length += written;
        }
    }
}
