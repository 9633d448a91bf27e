namespace Unikernel.Net.Sockets.Tcp;

/// <summary>A socket in LISTEN: where connections wait from their SYN until they are accepted. Under the stack's lock.</summary>
public sealed class TcpListener
{
    private readonly TcpSocket _socket;
    private TcpConnection? _first, _last;

    internal TcpListener(TcpSocket socket, IpEndpoint local, bool acceptsV4, bool acceptsV6, int backlog)
    {
        _socket = socket;
        Local = local;
        AcceptsV4 = acceptsV4;
        AcceptsV6 = acceptsV6;
        Backlog = backlog;
    }

    internal TcpListener? TableNext;

    public IpEndpoint Local { get; }
    public bool AcceptsV4 { get; }
    public bool AcceptsV6 { get; }
    public int Backlog { get; internal set; }

    /// <summary>Established and not yet accepted.</summary>
    public int Waiting { get; private set; }

    internal TcpOptions Options => _socket.Options;

    internal int InterfaceIndex => _socket.Options.InterfaceIndex;

    /// <summary>There is room in the accept queue. As on Linux the backlog is one more than was asked for.</summary>
    internal bool CanEstablish => Waiting <= Backlog;

    internal bool HasConnection => _first is not null;

    /// <summary>Is this listener meant by a segment to that address? 0: no; more is more specific.</summary>
    internal int Match(IpAddress local, ushort port, int interfaceIndex)
    {
        if (port != Local.Port || !(local.IsV4 ? AcceptsV4 : AcceptsV6)) return 0;
        if (InterfaceIndex != 0 && InterfaceIndex != interfaceIndex) return 0;
        int score = InterfaceIndex != 0 ? 2 : 1;
        if (Local.Address.IsUnspecified) return score;
        return Local.Address == local ? score + 4 : 0;
    }

    internal void Established(TcpConnection connection)
    {
        connection.AcceptNext = null;
        if (_last is null) _first = connection;
        else _last.AcceptNext = connection;
        _last = connection;
        Waiting++;
        _socket.Raise(SocketReadiness.Readable);
    }

    internal TcpConnection? Take()
    {
        if (_first is not { } connection) return null;
        _first = connection.AcceptNext;
        if (_first is null) _last = null;
        connection.AcceptNext = null;
        connection.Listener = null;
        Waiting--;
        return connection;
    }
}
