namespace Unikernel.Net.Sockets.Tcp;

/// <summary>Ports: who is bound, who listens, and which are free for connections that chose none.</summary>
public sealed partial class TcpTransport
{
    /// <summary>Linux's range (net.ipv4.ip_local_port_range).</summary>
    private const int FirstEphemeral = 32768, LastEphemeral = 60999;

    private readonly TcpSocket?[] _bound = new TcpSocket?[64];
    private uint _portCounter;

    internal void AddBound(TcpSocket socket)
    {
        ref TcpSocket? bucket = ref _bound[socket.Local.Port % _bound.Length];
        socket.BoundNext = bucket;
        bucket = socket;
    }

    internal void RemoveBound(TcpSocket socket)
    {
        ref TcpSocket? link = ref _bound[socket.Local.Port % _bound.Length];
        while (link is not null && link != socket) link = ref link.BoundNext;
        if (link is not null) link = socket.BoundNext;
        socket.BoundNext = null;
    }

    /// <summary>Would this name collide with another socket's (Linux: inet_csk_bind_conflict)?</summary>
    internal bool IsTaken(TcpSocket socket, IpEndpoint name, bool forListening)
    {
        for (TcpSocket? other = _bound[name.Port % _bound.Length]; other is not null; other = other.BoundNext)
        {
            if (other == socket || other.Local.Port != name.Port || !Overlap(socket, name.Address, other)) continue;
            if (socket.Options.InterfaceIndex != 0 && other.Options.InterfaceIndex != 0 && socket.Options.InterfaceIndex != other.Options.InterfaceIndex) continue;
            if (socket.Options.ReusePort && other.Options.ReusePort) continue;
            if (socket.Options.ReuseAddress && other.Options.ReuseAddress && !other.IsListening) continue;
            if (forListening && !other.IsListening) continue;
            return true;
        }

        return false;
    }

    private static bool Overlap(TcpSocket socket, IpAddress address, TcpSocket other)
    {
        bool bothV4 = (address.IsV4 || socket.AcceptsV4) && (other.Local.Address.IsV4 || other.AcceptsV4);
        bool bothV6 = address.IsV6 && other.Local.Address.IsV6;
        if (!bothV4 && !bothV6) return false;
        return address.IsUnspecified || other.Local.Address.IsUnspecified || address == other.Local.Address;
    }

    /// <summary>A port that no one is bound to; 0: none is left.</summary>
    internal ushort ChooseBindPort(TcpSocket socket, IpAddress address)
    {
        const int Count = LastEphemeral - FirstEphemeral + 1;
        uint start = (uint)_secret.Hash(TcpSecret.Purpose.EphemeralPort, address, 0, default, 0, ++_portCounter);
        for (uint i = 0; i < Count; i++)
        {
            var port = (ushort)(FirstEphemeral + (start + i) % Count);
            if (!IsTaken(socket, new IpEndpoint(address, port), forListening: false)) return port;
        }

        Counters.PortsExhausted++;
        return 0;
    }

    /// <summary>A port for a connection to that peer (RFC 6056 section 3.3.3: a hash of the peer plus a counter); 0: none is left.</summary>
    internal ushort ChooseConnectPort(TcpSocket socket, IpAddress local, IpAddress remote, ushort remotePort)
    {
        const int Count = LastEphemeral - FirstEphemeral + 1;
        uint start = (uint)_secret.Hash(TcpSecret.Purpose.EphemeralPort, local, 0, remote, remotePort) + _portCounter++;
        for (uint i = 0; i < Count; i++)
        {
            var port = (ushort)(FirstEphemeral + (start + i) % Count);
            if (_table.Find(local, port, remote, remotePort) is null && !IsTaken(socket, new IpEndpoint(local, port), forListening: false)) return port;
        }

        Counters.PortsExhausted++;
        return 0;
    }

    internal void AddListener(TcpListener listener)
    {
        ref TcpListener? bucket = ref _listeners[listener.Local.Port % _listeners.Length];
        listener.TableNext = bucket;
        bucket = listener;
        HasListened = true;
    }

    internal void RemoveListener(TcpListener listener, Instant now)
    {
        ref TcpListener? link = ref _listeners[listener.Local.Port % _listeners.Length];
        while (link is not null && link != listener) link = ref link.TableNext;
        if (link is not null) link = listener.TableNext;
        listener.TableNext = null;
        // Nobody will accept what waits.
        while (listener.Take() is { } connection) connection.Abort(now, 0);
        var entries = new List<TcpTableEntry>();
        if (HalfOpenCount > 0) _table.CopyTo(entries);
        foreach (TcpTableEntry entry in entries)
        {
            if (entry is TcpConnection { State: TcpState.SynReceived } halfOpen && halfOpen.Listener == listener) halfOpen.Abort(now, 0);
        }
    }

    private TcpListener? FindListener(IpAddress local, ushort port, in IpPacketInfo ip)
    {
        TcpListener? best = null;
        int bestScore = 0, equals = 0;
        for (TcpListener? listener = _listeners[port % _listeners.Length]; listener is not null; listener = listener.TableNext)
        {
            int score = listener.Match(local, port, ip.InterfaceIndex);
            if (score == 0 || score < bestScore) continue;
            equals = score == bestScore ? equals + 1 : 1;
            // Several that share the port (SO_REUSEPORT): each peer always meets the same one, and all get their share.
            if (score > bestScore || _secret.TableHash(ip.Source, (uint)equals) % (uint)equals == 0) best = listener;
            bestScore = score;
        }

        return best;
    }

    internal bool IsFree(IpAddress local, ushort localPort, IpAddress remote, ushort remotePort) => _table.Find(local, localPort, remote, remotePort) is null;

    internal void Add(TcpConnection connection) => _table.Add(connection);

    internal void Remove(TcpConnection connection) => _table.Remove(connection);

    /// <summary>Every connection, for printing; those in TIME-WAIT are listed with their names only.</summary>
    public void CopyConnections(List<TcpTableEntry> list) => _table.CopyTo(list);

    /// <inheritdoc cref="CopyConnections"/>
    public List<TcpTableEntry> ListConnections()
    {
        var list = new List<TcpTableEntry>();
        _table.CopyTo(list);
        return list;
    }

    /// <summary>Every listener, for printing.</summary>
    public List<TcpListener> ListListeners()
    {
        var list = new List<TcpListener>();
        foreach (TcpListener? first in _listeners)
        {
            for (TcpListener? listener = first; listener is not null; listener = listener.TableNext) list.Add(listener);
        }

        return list;
    }
}
