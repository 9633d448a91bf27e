using Unikernel.Net.Iface;

namespace Unikernel.Net.Sockets;

/// <summary>A socket that becomes readable when the network changes: what a routing socket (rtnetlink(7)) is to .NET.</summary>
public sealed class ChangeSocket : NetSocket
{
    // More than that and the reader will look at everything anyway.
    private const int Limit = 64;

    private readonly NetworkStack _stack;
    private readonly Queue<StackChange> _changes = new();

    public ChangeSocket(ISocketHost host, NetworkStack stack) : base(host, SocketFamily.Unspecified, SocketKind.Raw, 0)
    {
        _stack = stack;
        lock (host.Lock) stack.Changed += Add;
    }

    private void Add(StackChange change)
    {
        if (_changes.Count == Limit) _changes.Dequeue();
        _changes.Enqueue(change);
        Raise(SocketReadiness.Readable);
    }

    /// <summary>Takes the oldest change; false: there is none.</summary>
    public bool TryTake(out StackChange change)
    {
        lock (Host.Lock) return _changes.TryDequeue(out change);
    }

    protected internal override SocketReadiness ReadinessCore => _changes.Count > 0 ? SocketReadiness.Readable : SocketReadiness.None;

    protected override int AvailableCore => _changes.Count;

    // A receive only waits: what happened is taken by TryTake.
    protected override int ReceiveCore(ReadOnlySpan<IoVector> buffers, int skip, ref SocketMessage message)
    {
        message.Flags = SocketMessageFlags.None;
        return _changes.Count > 0 ? 0 : -SocketErrno.EAGAIN;
    }

    protected override int SendCore(ReadOnlySpan<IoVector> buffers, int skip, in SocketMessage message) => -SocketErrno.EOPNOTSUPP;

    protected override int BindCore(in SocketName name) => -SocketErrno.EINVAL;

    protected override int ConnectCore(in SocketName name) => -SocketErrno.EOPNOTSUPP;

    protected override int ShutdownCore(SocketShutdown how) => -SocketErrno.EOPNOTSUPP;

    protected override int LocalNameCore(ref SocketName name) => 0;

    protected override int PeerNameCore(ref SocketName name) => -SocketErrno.ENOTCONN;

    protected override Instant CloseCore()
    {
        _stack.Changed -= Add;
        _changes.Clear();
        return Instant.Zero;
    }
}
