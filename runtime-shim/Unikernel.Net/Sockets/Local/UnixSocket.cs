namespace Unikernel.Net.Sockets.Local;

/// <summary>A Unix domain socket inside the program: streams, datagrams and sequenced packets that never leave memory, with Linux's answers (unix(7)).</summary>
public sealed partial class UnixSocket : NetSocket
{
    /// <summary>net.core.wmem_default: what a peer may have unread.</summary>
    private const int DefaultBuffer = 212_992;

    /// <summary>net.unix.max_dgram_qlen.</summary>
    private const int MaximumDatagrams = 512;

    private const int MaximumBacklog = 4096;

    private readonly UnixNamespace _namespace;
    private readonly Queue<UnixSocket> _pending = new();
    private readonly Queue<UnixSocket> _connectors = new();
    private readonly Queue<(byte[] Data, byte[]? From)> _datagrams = new();
    private byte[]? _name;
    private byte[]? _peerName;
    private UnixSocket? _peer;
    private int _backlog = -1;
    private bool _wasConnected, _receiveShut, _sendShut, _peerEnded;
    private int _sendBuffer = DefaultBuffer, _receiveBuffer = DefaultBuffer;
    private int _linger = -1;
    private UnixSocket? _waitsFor; // a listener whose queue is full
    private SocketName _wantedName;

    // A stream's bytes: a ring that grows to the buffer's size and is given back when empty.
    private byte[] _ring = [];
    private int _head, _count;

    public UnixSocket(ISocketHost host, UnixNamespace names, SocketKind kind) : base(host, SocketFamily.Unix, kind, 0) => _namespace = names;

    /// <summary>Two connected sockets (socketpair(2)).</summary>
    public static (UnixSocket First, UnixSocket Second) CreatePair(ISocketHost host, UnixNamespace names, SocketKind kind)
    {
        var first = new UnixSocket(host, names, kind);
        var second = new UnixSocket(host, names, kind);
        (first._peer, second._peer) = (second, first);
        first._wasConnected = second._wasConnected = true;
        return (first, second);
    }

    private bool IsListening => _backlog >= 0;

    private bool IsStream => Kind == SocketKind.Stream;

    private bool HasConnections => Kind != SocketKind.Datagram;

    // The last message may go beyond the limit: a writable socket takes every size.
    private bool IsFull => _datagrams.Count >= MaximumDatagrams || _count >= _receiveBuffer;

    // ---- Names ----

    protected override int BindCore(in SocketName name)
    {
        if (name.Family != SocketFamily.Unix || _name is not null) return -SocketErrno.EINVAL;
        byte[] path = name.Path ?? _namespace.NextAutomatic();
        int result = _namespace.Bind(path, this);
        if (result >= 0) _name = path;
        return result;
    }

    protected override int LocalNameCore(ref SocketName name)
    {
        name = new SocketName { Family = SocketFamily.Unix, Path = _name };
        return 0;
    }

    protected override int PeerNameCore(ref SocketName name)
    {
        if (!_wasConnected) return -SocketErrno.ENOTCONN;
        name = new SocketName { Family = SocketFamily.Unix, Path = _peerName ?? _peer?._name };
        return 0;
    }

    // ---- Connecting ----

    protected override int ListenCore(int backlog)
    {
        if (!HasConnections) return -SocketErrno.EOPNOTSUPP;
        if (_name is null || _wasConnected) return -SocketErrno.EINVAL;
        _backlog = (uint)backlog > MaximumBacklog ? MaximumBacklog : backlog;
        return 0;
    }

    protected override int ConnectCore(in SocketName name)
    {
        if (name.Family == SocketFamily.Unspecified) return DisconnectCore();
        if (name.Family != SocketFamily.Unix || name.Path is null) return -SocketErrno.EINVAL;
        if (IsListening) return -SocketErrno.EINVAL;
        if (HasConnections && _wasConnected) return -SocketErrno.EISCONN;
        if (_namespace.Find(name.Path, out UnixSocket? target) is < 0 and var error) return error;
        if (target!.IsClosed) return -SocketErrno.ECONNREFUSED;
        if (target.Kind != Kind) return -SocketErrno.EPROTOTYPE;
        if (!HasConnections)
        {
            _peer = target;
            _peerName = name.Path;
            _wasConnected = true;
            return 0;
        }

        if (!target.IsListening || target._receiveShut) return -SocketErrno.ECONNREFUSED;
        if (target._pending.Count > target._backlog)
        {
            if (NonBlocking) return -SocketErrno.EAGAIN;
            (_waitsFor, _wantedName) = (target, name);
            target._connectors.Enqueue(this);
            return -SocketErrno.EINPROGRESS;
        }

        var accepted = new UnixSocket(Host, _namespace, Kind) { _name = target._name, _peerName = _name, _peer = this, _wasConnected = true };
        _peer = accepted;
        _peerName = name.Path;
        _wasConnected = true;
        target._pending.Enqueue(accepted);
        target.Raise(SocketReadiness.Readable);
        Raise(SocketReadiness.Writable);
        return 0;
    }

    // A connect that waits for room in the listener's queue.
    protected override int ConnectResultCore() => _waitsFor is not null ? -SocketErrno.EINPROGRESS : ConnectCore(_wantedName);

    private void LetConnect(bool all)
    {
        do
        {
            if (!_connectors.TryDequeue(out UnixSocket? connector)) return;
            connector._waitsFor = null;
            connector.Raise(SocketReadiness.Writable);
        }
        while (all);
    }

    protected override int AcceptCore(out NetSocket? socket, out SocketName peer)
    {
        (socket, peer) = (null, default);
        if (!HasConnections) return -SocketErrno.EOPNOTSUPP;
        if (!IsListening || _receiveShut) return -SocketErrno.EINVAL;
        if (!_pending.TryDequeue(out UnixSocket? accepted)) return -SocketErrno.EAGAIN;
        LetConnect(all: false);
        socket = accepted;
        peer = new SocketName { Family = SocketFamily.Unix, Path = accepted._peerName };
        return 0;
    }

    protected override int DisconnectCore()
    {
        if (HasConnections) return -SocketErrno.EINVAL;
        _peer = null;
        _peerName = null;
        _wasConnected = false;
        return 0;
    }

    // ---- Bytes ----

    protected override int SendCore(ReadOnlySpan<IoVector> buffers, int skip, in SocketMessage message)
    {
        if ((message.Flags & SocketMessageFlags.OutOfBand) != 0 && (!IsStream || IsEmpty(buffers))) return -SocketErrno.EOPNOTSUPP;
        if (PendingError != 0) return -TakeError();
        if (_sendShut) return -SocketErrno.EPIPE;
        return IsStream ? SendStream(buffers, skip, message) : SendDatagram(buffers, message);
    }

    private int SendStream(ReadOnlySpan<IoVector> buffers, int skip, in SocketMessage message)
    {
        if (message.HasName) return -(_wasConnected ? SocketErrno.EISCONN : SocketErrno.EOPNOTSUPP);
        if (!_wasConnected) return -SocketErrno.ENOTCONN;
        if (_peer is not { } peer || peer._receiveShut) return -SocketErrno.EPIPE;
        int sent = 0;
        bool full = false;
        foreach (IoVector vector in buffers)
        {
            ReadOnlySpan<byte> piece = vector.Span;
            if (skip >= piece.Length)
            {
                skip -= piece.Length;
                continue;
            }

            piece = piece[skip..];
            skip = 0;
            int count = Math.Max(Math.Min(piece.Length, _sendBuffer - peer._count), 0);
            peer.Put(piece[..count]);
            sent += count;
            if (count == piece.Length) continue;
            full = true;
            break;
        }

        if (sent > 0)
        {
            bool urgent = !full && (message.Flags & SocketMessageFlags.OutOfBand) != 0;
            if (urgent) peer.MarkUrgent();
            peer.Raise(urgent ? SocketReadiness.Readable | SocketReadiness.Urgent : SocketReadiness.Readable);
        }

        return sent == 0 && full ? -SocketErrno.EAGAIN : sent;
    }

    private int SendDatagram(ReadOnlySpan<IoVector> buffers, in SocketMessage message)
    {
        UnixSocket? target = _peer;
        if (HasConnections)
        {
            // A name is overlooked (net/unix/af_unix.c, unix_seqpacket_sendmsg).
            if (!_wasConnected) return -SocketErrno.ENOTCONN;
            if (target is null) return -SocketErrno.EPIPE;
        }
        else if (message.HasName)
        {
            if (message.Name.Path is not { } path) return -SocketErrno.EINVAL;
            if (_namespace.Find(path, out target) is < 0 and var error) return error;
            if (target!.IsClosed) return -SocketErrno.ECONNREFUSED;
            if (target.Kind != Kind) return -SocketErrno.EPROTOTYPE;
        }

        if (target is null) return -(_wasConnected ? SocketErrno.ECONNREFUSED : SocketErrno.ENOTCONN);
        if (target.IsClosed) return -SocketErrno.ECONNREFUSED;
        if (target._receiveShut) return -SocketErrno.EPIPE;
        if (target._peer is not null && target._peer != this) return -SocketErrno.EPERM;
        long total = 0;
        foreach (IoVector vector in buffers) total += (long)vector.Count;
        if (total > _sendBuffer) return -SocketErrno.EMSGSIZE;
        if (target.IsFull) return -SocketErrno.EAGAIN;
        var datagram = new byte[total];
        int offset = 0;
        foreach (IoVector vector in buffers)
        {
            vector.Span.CopyTo(datagram.AsSpan(offset));
            offset += vector.Span.Length;
        }

        target._datagrams.Enqueue((datagram, _name));
        target._count += datagram.Length;
        target.Raise(SocketReadiness.Readable);
        return datagram.Length;
    }

    protected override int ReceiveCore(ReadOnlySpan<IoVector> buffers, int skip, ref SocketMessage message)
    {
        SocketMessageFlags flags = message.Flags;
        message.Flags = SocketMessageFlags.None;
        message.HasName = false;
        bool peek = (flags & SocketMessageFlags.Peek) != 0;
        if ((flags & SocketMessageFlags.OutOfBand) != 0) return IsStream ? TakeUrgent(buffers, peek, ref message) : -SocketErrno.EOPNOTSUPP;
        if (IsListening) return IsStream ? -SocketErrno.EINVAL : -SocketErrno.ENOTCONN;
        if (!IsStream) return ReceiveDatagram(buffers, flags, peek, ref message);
        // A sender waits only for a full buffer; it is told when a third is free, not for each byte.
        bool senderWaits = _peer is { } sender && _count > sender._sendBuffer / 3 * 2;
        int received = _count == 0 ? 0 : HasMarks ? ReadAround(buffers, skip, peek) : Read(buffers, skip, peek);
        if (!peek && senderWaits && _peer is { } told && _count <= told._sendBuffer / 3 * 2) told.Raise(SocketReadiness.Writable);
        if (received > 0 || (_count > 0 && !HasMarks)) return received;
        if (PendingError != 0) return -TakeError();
        if (!_wasConnected) return -SocketErrno.EINVAL; // as Linux for a stream that never was connected
        return _receiveShut || _peerEnded || IsEmpty(buffers) ? 0 : -SocketErrno.EAGAIN;
    }

    private static bool IsEmpty(ReadOnlySpan<IoVector> buffers)
    {
        foreach (IoVector vector in buffers)
        {
            if (vector.Count != 0) return false;
        }

        return true;
    }

    private int Read(ReadOnlySpan<IoVector> buffers, int skip, bool peek)
    {
        int received = 0;
        foreach (IoVector vector in buffers)
        {
            Span<byte> piece = vector.Span;
            if (skip >= piece.Length)
            {
                skip -= piece.Length;
                continue;
            }

            piece = piece[skip..];
            skip = 0;
            int count = Math.Min(piece.Length, _count - (peek ? received : 0));
            Copy(peek ? received : 0, piece[..count]);
            if (!peek) Take(count);
            received += count;
            if (count < piece.Length) break;
        }

        return received;
    }

    private int ReceiveDatagram(ReadOnlySpan<IoVector> buffers, SocketMessageFlags flags, bool peek, ref SocketMessage message)
    {
        if (HasConnections && !_wasConnected) return -SocketErrno.ENOTCONN;
        if (PendingError != 0) return -TakeError();
        if (!_datagrams.TryPeek(out (byte[] Data, byte[]? From) datagram)) return _receiveShut || (HasConnections && _peerEnded) ? 0 : -SocketErrno.EAGAIN;

        int copied = 0;
        foreach (IoVector vector in buffers)
        {
            int count = Math.Min(vector.Span.Length, datagram.Data.Length - copied);
            datagram.Data.AsSpan(copied, count).CopyTo(vector.Span);
            copied += count;
        }

        message.HasName = datagram.From is not null;
        message.Name = new SocketName { Family = SocketFamily.Unix, Path = datagram.From };
        if (copied < datagram.Data.Length) message.Flags |= SocketMessageFlags.Truncated;
        if (!peek)
        {
            _datagrams.Dequeue();
            _count -= datagram.Data.Length;
            // Any sender may have waited for room.
            _peer?.Raise(SocketReadiness.Writable);
        }

        return (flags & SocketMessageFlags.Truncated) != 0 ? datagram.Data.Length : copied;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        if (_count + bytes.Length > _ring.Length)
        {
            var larger = new byte[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(_count + bytes.Length, 1024))];
            Copy(0, larger.AsSpan(0, _count));
            _ring = larger;
            _head = 0;
        }

        int tail = (_head + _count) & (_ring.Length - 1);
        int first = Math.Min(bytes.Length, _ring.Length - tail);
        bytes[..first].CopyTo(_ring.AsSpan(tail));
        bytes[first..].CopyTo(_ring);
        _count += bytes.Length;
    }

    private void Copy(int offset, Span<byte> destination)
    {
        if (destination.IsEmpty) return;
        int start = (_head + offset) & (_ring.Length - 1);
        int first = Math.Min(destination.Length, _ring.Length - start);
        _ring.AsSpan(start, first).CopyTo(destination);
        _ring.AsSpan(0, destination.Length - first).CopyTo(destination[first..]);
    }

    private void Take(int count)
    {
        _count -= count;
        if (HasMarks) PassMarks(count);
        if (_count > 0)
        {
            _head = (_head + count) & (_ring.Length - 1);
            return;
        }

        _head = 0;
        // A ring of ordinary size stays for the next message; a large one is given back.
        if (_ring.Length > 16 * 1024) _ring = [];
    }

    protected override int AvailableCore => IsListening ? -SocketErrno.EINVAL
        : HasConnections ? _count - _taken.Length : _datagrams.TryPeek(out (byte[] Data, byte[]? From) next) ? next.Data.Length : 0;

    // ---- Ending ----

    protected override int ShutdownCore(SocketShutdown how)
    {
        if ((uint)how > (uint)SocketShutdown.Both) return -SocketErrno.EINVAL;
        SocketReadiness mine = SocketReadiness.None, theirs = SocketReadiness.None;
        if (how != SocketShutdown.Send)
        {
            _receiveShut = true;
            mine |= SocketReadiness.Readable | SocketReadiness.ReadClosed;
            theirs |= SocketReadiness.Writable;
        }

        if (how != SocketShutdown.Receive)
        {
            _sendShut = true;
            mine |= SocketReadiness.Writable;
            if (HasConnections && _peer is not null)
            {
                _peer._peerEnded = true;
                theirs |= SocketReadiness.Readable | SocketReadiness.ReadClosed;
            }
        }

        if (_receiveShut && _sendShut) mine |= SocketReadiness.Closed;
        Raise(mine);
        if (HasConnections && theirs != SocketReadiness.None) _peer?.Raise(theirs);
        return 0;
    }

    protected override Instant CloseCore()
    {
        if (_name is not null) _namespace.Release(_name, this);
        LetConnect(all: true);
        while (_pending.TryDequeue(out UnixSocket? waiting)) waiting.Abandon(reset: true);
        Abandon(reset: HasConnections && (_count > _taken.Length || _datagrams.Count > 0));
        _ring = [];
        _count = 0;
        _datagrams.Clear();
        return Instant.Zero;
    }

    // The peer sees the end of the stream, or a reset if it had sent what nobody read (unix(7): ECONNRESET).
    private void Abandon(bool reset)
    {
        if (_peer is not { } peer) return;
        _peer = null;
        if (peer._peer != this) return;
        peer._peer = null;
        peer._peerEnded = true;
        if (!HasConnections) return;
        if (reset) peer.PendingError = SocketErrno.ECONNRESET;
        peer.Raise(SocketReadiness.Readable | SocketReadiness.Writable | SocketReadiness.ReadClosed | SocketReadiness.Closed | (reset ? SocketReadiness.Error : SocketReadiness.None));
    }

    // ---- Readiness and options ----

    protected internal override SocketReadiness ReadinessCore
    {
        get
        {
            SocketReadiness ready = PendingError != 0 ? SocketReadiness.Error : SocketReadiness.None;
            if (IsListening) return ready | (_pending.Count > 0 ? SocketReadiness.Readable : SocketReadiness.None);
            if (!HasConnections)
            {
                if (_datagrams.Count > 0 || _receiveShut) ready |= SocketReadiness.Readable;
                if (_peer is null || !_peer.IsFull) ready |= SocketReadiness.Writable;
                return ready;
            }

            if (_waitsFor is not null) return ready;
            if (!_wasConnected) return ready | SocketReadiness.Writable | SocketReadiness.Closed;
            if (_count > 0 || _datagrams.Count > 0 || _peerEnded || _receiveShut) ready |= SocketReadiness.Readable;
            if (_urgent >= 0) ready |= SocketReadiness.Urgent;
            if (_peerEnded || _receiveShut) ready |= SocketReadiness.ReadClosed;
            if (_peer is null || (_sendShut && _receiveShut)) ready |= SocketReadiness.Closed;
            if (_peer is null || _sendShut || (IsStream ? _peer._count <= _sendBuffer / 3 * 2 : !_peer.IsFull)) ready |= SocketReadiness.Writable;
            return ready;
        }
    }

    protected override int SetOptionCore(SocketOption option, int value)
    {
        switch (option)
        {
            case SocketOption.SendBuffer:
                _sendBuffer = Math.Clamp(value, 2304, 1 << 20) * 2;
                return 0;
            case SocketOption.ReceiveBuffer:
                _receiveBuffer = Math.Clamp(value, 1152, 1 << 20) * 2;
                return 0;
            case SocketOption.Linger:
                _linger = Math.Max(value, -1);
                return 0;
            case SocketOption.OutOfBandInline:
                _urgentInline = value != 0;
                return base.SetOptionCore(option, value);
            case SocketOption.ReuseAddress:
                return Keep(option, value != 0 ? 1 : 0); // without effect, as on Linux
            case SocketOption.ReusePort:
                return value != 0 ? -SocketErrno.EOPNOTSUPP : 0;
            default:
                return base.SetOptionCore(option, value);
        }
    }

    protected override int GetOptionCore(SocketOption option, ref int value)
    {
        switch (option)
        {
            case SocketOption.SendBuffer:
                value = _sendBuffer;
                return 0;
            case SocketOption.ReceiveBuffer:
                value = _receiveBuffer;
                return 0;
            case SocketOption.Linger:
                value = _linger;
                return 0;
            case SocketOption.AcceptConnection:
                value = IsListening ? 1 : 0;
                return 0;
            case SocketOption.ReuseAddress or SocketOption.ReusePort:
                return Kept(option, 0, ref value);
            default:
                return base.GetOptionCore(option, ref value);
        }
    }
}
