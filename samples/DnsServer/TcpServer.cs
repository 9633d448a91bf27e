using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace DnsServer;

/// <summary>
/// DNS over TCP (RFC 7766): several queries a connection, a limit of connections, and an idle limit after which a slow client is closed.
/// One thread looks after all of them with Select.
/// </summary>
internal sealed class TcpServer(Responder responder, IPEndPoint endpoint)
{
    private const int MaxConnections = 64;
    private const int IdleMilliseconds = 10_000;

    private readonly List<Connection> _connections = [];
    private readonly List<Socket> _readable = [];

    public void Run()
    {
        using Socket listener = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(endpoint);
        listener.Listen(128);
        while (true)
        {
            _readable.Clear();
            if (_connections.Count < MaxConnections)
            {
                _readable.Add(listener);
            }

            foreach (Connection connection in _connections)
            {
                _readable.Add(connection.Socket);
            }

            Socket.Select(_readable, null, null, 1_000_000);
            long now = Environment.TickCount64;
            foreach (Socket socket in _readable)
            {
                if (socket == listener)
                {
                    Accept(listener, now);
                }
            }

            for (int i = _connections.Count - 1; i >= 0; i--)
            {
                Connection connection = _connections[i];
                bool alive = !_readable.Contains(connection.Socket) || connection.Receive(responder, now);
                if (!alive || now - connection.LastActive > IdleMilliseconds)
                {
                    connection.Socket.Dispose();
                    _connections.RemoveAt(i);
                }
            }
        }
    }

    private void Accept(Socket listener, long now)
    {
        try
        {
            Socket socket = listener.Accept();
            socket.NoDelay = true;
            socket.SendTimeout = IdleMilliseconds;
            _connections.Add(new Connection(socket, now));
        }
        catch (SocketException)
        {
            // The client gave up between the handshake and now: there is nothing to serve.
        }
    }

    private sealed class Connection(Socket socket, long now)
    {
        private readonly byte[] _buffer = new byte[2 + 4096];
        private readonly byte[] _response = new byte[2 + 65535];
        private int _filled;

        public Socket Socket { get; } = socket;
        public long LastActive { get; private set; } = now;

        /// <summary>Takes what has arrived and answers each whole query. False: the connection is to be closed.</summary>
        public bool Receive(Responder responder, long now)
        {
            int count = Socket.Receive(_buffer.AsSpan(_filled), SocketFlags.None, out SocketError error);
            if (error != SocketError.Success || count == 0)
            {
                return false;
            }

            LastActive = now;
            _filled += count;
            int position = 0;
            while (_filled - position >= 2)
            {
                int length = BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(position));
                if (length > _buffer.Length - 2)
                {
                    // No query is that long.
                    return false;
                }

                if (_filled - position < 2 + length)
                {
                    break;
                }

                int size = responder.Respond(_buffer.AsSpan(position + 2, length), _response.AsSpan(2), udp: false);
                position += 2 + length;
                if (size == 0)
                {
                    return false;
                }

                BinaryPrimitives.WriteUInt16BigEndian(_response, (ushort)size);
                if (!Send(2 + size))
                {
                    return false;
                }
            }

            _buffer.AsSpan(position, _filled - position).CopyTo(_buffer);
            _filled -= position;
            return true;
        }

        private bool Send(int length)
        {
            for (int sent = 0; sent < length;)
            {
                int count = Socket.Send(_response.AsSpan(sent, length - sent), SocketFlags.None, out SocketError error);
                if (error != SocketError.Success)
                {
                    return false;
                }

                sent += count;
            }

            return true;
        }
    }
}
