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

    // Connections that text in a SYN opened and whose handshake is not complete; of these, reset ones.
    private int _fastOpened, _fastOpenedReset;
    private Instant _fastOpenedResetUntil;

    /// <summary>
    /// One more may be opened by text in its SYN. A reset does not make room at once: who sends SYNs with a stolen cookie and somebody else's address
    /// makes that one reset them (RFC 7413 section 5.1; net/ipv4/tcp_fastopen.c, tcp_fastopen_queue_check).
    /// </summary>
    internal bool CanFastOpen(Instant now)
    {
        if (_fastOpenedReset > 0 && now >= _fastOpenedResetUntil)
        {
            _fastOpened -= _fastOpenedReset;
            _fastOpenedReset = 0;
        }

        return _fastOpened < Options.FastOpenQueue;
    }

    internal void FastOpenBegan() => _fastOpened++;

    internal void FastOpenEnded(bool wasReset)
    {
        if (!wasReset)
        {
            _fastOpened--;
            return;
        }

        _fastOpenedReset++;
        _fastOpenedResetUntil = _socket.Host.Now + TimeSpan.FromSeconds(60);
    }

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
