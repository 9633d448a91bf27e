using System.Net;
using System.Net.Sockets;

namespace WebServer;

/// <summary>One thread for all connections: Select says who is ready, and nothing that is done for one client waits for it.</summary>
internal sealed class Server(ResponseBuilder builder)
{
    private const int MaxConnections = 4096;

    private readonly List<Connection> _connections = [];
    private readonly List<Socket> _readable = [];
    private readonly List<Socket> _writable = [];

    public void Run(IPEndPoint endpoint)
    {
        using Socket listener = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        listener.Bind(endpoint);
        listener.Listen(1024);
        Console.WriteLine("web server on port " + endpoint.Port.ToString());
        while (true)
        {
            Wait(listener);
            long now = Environment.TickCount64;
            int readable = 0;
            if (_readable.Count > 0 && _readable[0] == listener)
            {
                readable = 1;
            }

            Serve(readable, now);
            if (readable == 1)
            {
                Accept(listener, now);
            }
        }
    }

    private void Wait(Socket listener)
    {
        _readable.Clear();
        _writable.Clear();
        _readable.Add(listener);
        foreach (Connection connection in _connections)
        {
            // While a response is on its way nothing more is read: a client that does not take answers gets no further ones.
            (connection.WantsToWrite ? _writable : _readable).Add(connection.Socket);
        }

        Socket.Select(_readable, _writable, null, 1_000_000);
    }

    /// <summary>Select keeps the order of its lists, so one walk finds who is ready.</summary>
    private void Serve(int readable, long now)
    {
        int writable = 0;
        int kept = 0;
        for (int i = 0; i < _connections.Count; i++)
        {
            Connection connection = _connections[i];
            bool alive;
            if (readable < _readable.Count && _readable[readable] == connection.Socket)
            {
                readable++;
                alive = connection.OnReadable(builder, now);
            }
            else if (writable < _writable.Count && _writable[writable] == connection.Socket)
            {
                writable++;
                alive = connection.OnWritable(builder, now);
            }
            else
            {
                alive = !connection.IsExpired(now);
            }

            if (alive)
            {
                _connections[kept++] = connection;
            }
            else
            {
                connection.Socket.Dispose();
            }
        }

        _connections.RemoveRange(kept, _connections.Count - kept);
    }

    private void Accept(Socket listener, long now)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = listener.Accept();
            }
            catch (SocketException)
            {
                // WouldBlock: no more of them. Anything else: the client gave up before it was served.
                return;
            }

            if (_connections.Count == MaxConnections)
            {
                socket.Dispose();
                continue;
            }

            socket.Blocking = false;
            socket.NoDelay = true;
            _connections.Add(new Connection(socket, now));
        }
    }
}
