using System.Net.Sockets;

namespace WebServer;

/// <summary>One client: a buffer of what came in, a buffer of what goes out, and the rest of a file on its way.</summary>
internal sealed class Connection(Socket socket, long now)
{
    private const int MaxHead = 8192;
    private const int MaxSmallBody = 8192;
    private const long HeadMilliseconds = 10_000;
    private const long IdleMilliseconds = 60_000;

    private readonly byte[] _input = new byte[MaxHead];
    private readonly byte[] _output = new byte[1024 + MaxSmallBody];
    private int _inputLength;
    private int _outputStart;
    private int _outputEnd;
    private ResponseBuilder.Body _body;
    private int _bodySent;
    private bool _close;
    private long _since = now;

    public Socket Socket { get; } = socket;

    /// <summary>Bytes wait for the client to take them.</summary>
    public bool WantsToWrite => _outputStart < _outputEnd || _bodySent < _body.Length;

    /// <summary>
    /// A head must be whole ten seconds after its first byte, and a response must move within the same time: a slow client holds a
    /// connection, but not for long.
    /// </summary>
    public bool IsExpired(long time) => time - _since > (_inputLength > 0 || WantsToWrite ? HeadMilliseconds : IdleMilliseconds);

    /// <summary>Reads what came and answers. False: the connection ends.</summary>
    public bool OnReadable(ResponseBuilder builder, long time)
    {
        int count = Socket.Receive(_input.AsSpan(_inputLength), SocketFlags.None, out SocketError error);
        if (error == SocketError.WouldBlock)
        {
            return true;
        }

        if (error != SocketError.Success || count == 0)
        {
            return false;
        }

        if (_inputLength == 0)
        {
            _since = time;
        }

        _inputLength += count;
        return Answer(builder, time);
    }

    public bool OnWritable(ResponseBuilder builder, long time)
    {
        _since = time;
        return Flush() && (WantsToWrite || (!_close && Answer(builder, time)));
    }

    /// <summary>Answers all whole requests in the buffer, in order, as long as the client takes the responses.</summary>
    private bool Answer(ResponseBuilder builder, long time)
    {
        int position = 0;
        while (!WantsToWrite && !_close)
        {
            ReadOnlySpan<byte> rest = _input.AsSpan(position, _inputLength - position);

            // RFC 9112 section 2.2: empty lines before a request are passed over.
            if (rest.StartsWith("\r\n"u8))
            {
                position += 2;
                continue;
            }

            int end = rest.IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                if (rest.Length == MaxHead)
                {
                    bool inLine = rest.IndexOf("\r\n"u8) < 0;
                    _outputEnd = builder.Failure(_output, inLine ? 414 : 431, keepAlive: false);
                    _close = true;
                }

                break;
            }

            Request request = Request.Parse(rest[..(end + 4)]);
            _outputStart = 0;
            _outputEnd = builder.Build(request, _output, out _body);
            _bodySent = 0;
            _close = request.Error != 0 || !request.KeepAlive;
            if (_body.Length <= MaxSmallBody)
            {
                _body.Content.AsSpan(_body.Offset, _body.Length).CopyTo(_output.AsSpan(_outputEnd));
                _outputEnd += _body.Length;
                _body = default;
            }

            position += end + 4;
            if (!Flush())
            {
                return false;
            }
        }

        if (_close && WantsToWrite && !Flush())
        {
            return false;
        }

        _input.AsSpan(position, _inputLength - position).CopyTo(_input);
        _inputLength -= position;
        if (position > 0)
        {
            _since = time;
        }

        return !_close || WantsToWrite;
    }

    /// <summary>Sends as much as the client takes. False: the connection is broken.</summary>
    private bool Flush()
    {
        while (WantsToWrite)
        {
            bool head = _outputStart < _outputEnd;
            ReadOnlySpan<byte> chunk = head
                ? _output.AsSpan(_outputStart, _outputEnd - _outputStart)
                : _body.Content.AsSpan(_body.Offset + _bodySent, _body.Length - _bodySent);
            int count = Socket.Send(chunk, SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
            {
                return true;
            }

            if (error != SocketError.Success)
            {
                return false;
            }

            if (head)
            {
                _outputStart += count;
            }
            else
            {
                _bodySent += count;
            }
        }

        return true;
    }
}
